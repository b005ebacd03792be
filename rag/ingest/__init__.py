"""Files into the library and out of it: `Ingest` drives load, chunk, embed and the stores."""

from rag.ingest.batch import CANCELLED
from rag.ingest.ingest import Ingest
from rag.ingest.sources import Source, Upload, files_of, hidden, unwritable

__all__ = ["CANCELLED", "Ingest", "Source", "Upload", "files_of", "hidden", "unwritable"]
