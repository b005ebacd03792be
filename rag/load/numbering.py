"""The numbers that Word shows before paragraphs and does not store: "2.", "4.1", "(a)", a bullet."""

from __future__ import annotations

import re
from collections import defaultdict

from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from lxml.etree import _Element

_ROMAN = {1000: "m", 900: "cm", 500: "d", 400: "cd", 100: "c", 90: "xc"}
_ROMAN |= {50: "l", 40: "xl", 10: "x", 9: "ix", 5: "v", 4: "iv", 1: "i"}
_DEEPEST = 9


class Numbering:
    """Counts the numbered paragraphs of a document as they go by."""

    def __init__(self, word: WordDocument) -> None:
        self._levels = _definitions(word)
        self._styles = _style_numbers(word)
        self._counts: dict[str, list[int]] = defaultdict(lambda: [0] * _DEEPEST)

    def label(self, paragraph: _Element) -> str:
        """What stands before this paragraph, with a space behind it; "" where it is not numbered."""
        number, level = self._place(paragraph)
        if number is None or (number, level) not in self._levels:
            return "- " if number else ""
        form, pattern, first = self._levels[number, level]
        if form in ("bullet", "none"):
            return "- " if form == "bullet" else ""
        counts = self._counts[number]
        counts[level] = max(counts[level], first - 1) + 1
        counts[level + 1 :] = [0] * (_DEEPEST - level - 1)
        return self._filled(number, pattern, counts) + " "

    def _filled(self, number: str, pattern: str, counts: list[int]) -> str:
        """The pattern ("%1.%2") with its figures."""

        def figure(match: re.Match[str]) -> str:
            level = int(match.group(1)) - 1
            form = self._levels.get((number, level), ("decimal", "", 1))[0]
            return written(max(counts[level], 1), form)

        return re.sub(r"%([1-9])", figure, pattern)

    def _place(self, paragraph: _Element) -> tuple[str | None, int]:
        """Number definition and level of a paragraph, its own or its style's."""
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        number, level = (
            self._styles.get(style.get(qn("w:val"), ""), (None, 0)) if style is not None else (None, 0)
        )
        own = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if own is not None:
            number, level = _numbers(own, number, level)
        return (None if number == "0" else number), level


def written(count: int, form: str) -> str:
    """The count as Word writes it in this form: decimal, lowerLetter, upperRoman and so on."""
    if form.endswith("Letter"):
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter.upper() if form.startswith("upper") else letter
    if form.endswith("Roman"):
        text = ""
        for value, sign in _ROMAN.items():
            text, count = text + sign * (count // value), count % value
        return text.upper() if form.startswith("upper") else text
    return f"{count:02d}" if form == "decimalZero" else str(count)


def _numbers(properties: _Element, number: str | None, level: int) -> tuple[str | None, int]:
    identity, depth = properties.find(qn("w:numId")), properties.find(qn("w:ilvl"))
    if identity is not None:
        number = identity.get(qn("w:val"))
    if depth is not None and (depth.get(qn("w:val")) or "").isdecimal():
        level = min(int(depth.get(qn("w:val")) or 0), _DEEPEST - 1)
    return number, level


def _style_numbers(word: WordDocument) -> dict[str, tuple[str | None, int]]:
    found: dict[str, tuple[str | None, int]] = {}
    for style in word.styles.element.findall(qn("w:style")):
        properties = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if properties is not None:
            found[style.get(qn("w:styleId"))] = _numbers(properties, None, 0)
    return found


def _definitions(word: WordDocument) -> dict[tuple[str, int], tuple[str, str, int]]:
    """Form, pattern and first figure by number definition and level."""
    part = next(
        (rel.target_part for rel in word.part.rels.values() if rel.reltype.endswith("/numbering")), None
    )
    if part is None:
        return {}
    root: _Element = part.element
    abstract = {
        one.get(qn("w:abstractNumId")): {
            int(level.get(qn("w:ilvl"), "0")): (
                _value(level, "w:numFmt", "decimal"),
                _value(level, "w:lvlText", ""),
                int(_value(level, "w:start", "1")),
            )
            for level in one.findall(qn("w:lvl"))
        }
        for one in root.findall(qn("w:abstractNum"))
    }
    return {
        (number.get(qn("w:numId"), ""), level): definition
        for number in root.findall(qn("w:num"))
        for level, definition in abstract.get(_value(number, "w:abstractNumId", ""), {}).items()
    }


def _value(parent: _Element, name: str, default: str) -> str:
    child = parent.find(qn(name))
    return child.get(qn("w:val"), default) if child is not None else default
