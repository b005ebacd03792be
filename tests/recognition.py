"""Draw typed PDF pages as pictures, recognise them, and tell how much of their text came back.

`python -m tests.recognition FOLDER [--pages N]` takes the first page with 200 letters of each PDF, N at most
(default 20). Words count as often as they stand there; Chinese, Japanese and Korean count by letter.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import collections
import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from PIL.Image import Image

from rag.load.draft import Draft
from rag.load.ocr import recognise
from rag.load.pdf.compose import compose
from rag.load.pdf.page import PageText, picture, recognised, typed

UNIT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
LETTERS = 200


def pages(folder: Path) -> Iterator[tuple[str, PageText, Image]]:
    """Name, text and picture of one typed page of each PDF that opens."""
    for path in sorted(folder.rglob("*.pdf")):
        try:
            pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError:
            continue
        for page in list(pdf)[:5]:
            text = typed(page)
            if sum(len(word.text) for word in text.words) >= LETTERS:
                yield path.name, text, picture(page)
                break


def written(page: PageText | None) -> collections.Counter[str]:
    """The units of a page's text."""
    draft = Draft()
    compose(draft, [page] if page else [], {})
    return collections.Counter(UNIT.findall(draft.document("").text.lower()))


def main() -> None:
    """Print a line a page, and the means."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=20)
    wanted = parser.parse_args()
    shares, seconds = [], []
    for name, text, image in pages(wanted.folder):
        if len(shares) == wanted.pages:
            break
        began = time.process_time()
        sheet = recognise(image)
        seconds.append(time.process_time() - began)
        truth, found = written(text), written(recognised(sheet))
        shares.append((truth & found).total() / truth.total())
        precise = (truth & found).total() / max(found.total(), 1)
        print(
            f"{shares[-1]:.3f} {precise:.3f} sure {sheet.sure:.3f} {seconds[-1]:5.1f} s "
            f"{len(sheet.lines):4} lines  {name}",
            flush=True,
        )
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    usual = sorted(seconds)[len(seconds) // 2]
    mean = sum(shares) / len(shares)
    print(f"{len(shares)} pages: recall {mean:.3f}, at most {most / 1e6:,.0f} MB")
    print(f"usually {usual:.1f} s of one core a page")


if __name__ == "__main__":
    main()
