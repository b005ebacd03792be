"""Files to Documents: `FileReader` reads them in a child process within `Limits`."""

from rag.load.kinds import readable
from rag.load.limits import Limits, clean_name
from rag.load.reader import FileReader

__all__ = ["FileReader", "Limits", "clean_name", "readable"]
