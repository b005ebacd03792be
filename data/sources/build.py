"""Builds the PDF and DOCX samples from the texts beside this file: `python data/sources/build.py [FOLDER]`.

For developers (needs reportlab and python-docx). The Markdown, CSV and HTML samples are written by hand
in data/samples/ and are not built.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pdf
import word
from markup import read

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "samples"


def build(target: Path) -> None:
    """Write the built samples into the folder `target`."""
    pdf.write(read(HERE / "support-handbook.md"), pdf.HANDBOOK, target / "support-handbook.pdf")
    pdf.write(read(HERE / "supply-agreement.md"), pdf.CONTRACT, target / "supply-agreement.pdf")
    word.write(read(HERE / "product-manual.md"), target / "product-manual.docx")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES)
