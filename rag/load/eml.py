"""Mail as saved to a file: subject, who and when, the text; attachments are files within it."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Sequence
from email.message import EmailMessage

from rag.errors import UnreadableFile
from rag.load.decode import decode
from rag.load.draft import Draft, one_line
from rag.load.html import Walker, tree
from rag.load.limits import Limits
from rag.load.parts import add, holding, spend
from rag.types import Document

_SHOWN = ("From", "To", "Cc", "Date")


def read(data: bytes, limits: Limits) -> Document:
    """The message; of text and HTML versions of one body the text is taken."""
    if b"\0" in data[:64]:  # no mail travels in UTF-16, but some were saved so
        data = (decode(data) or "").encode("utf-8")
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise UnreadableFile("is named like a mail but holds none; give it the extension of what it is.")
    draft = Draft()
    draft.heading(1, _header(message, "Subject"))
    for name in _SHOWN:
        value = _header(message, name)
        draft.block(f"{name}: {value}" if value else "", "\n")
    body = message.get_body(("plain", "html"))
    if isinstance(body, EmailMessage):
        _body(draft, body)
    attached(draft, _attachments(message), limits)
    return draft.document("message/rfc822")


def attached(draft: Draft, files: Sequence[tuple[str, bytes]], limits: Limits) -> None:
    """Name the attachments and read them, where files within files are to be read."""
    names = ", ".join(one_line(name) for name, _ in files)
    draft.block(f"Attachments: {names}" if names else "")
    if limits.nesting < 1:
        return
    with holding(limits):
        spend(len(files), sum(len(data) for _, data in files), limits)
        for name, data in files:
            add(draft, name, data, 2, limits)


def _attachments(message: EmailMessage) -> list[tuple[str, bytes]]:
    """Name and bytes of each; a mail that was forwarded whole goes by its subject."""
    found: list[tuple[str, bytes]] = []
    for part in message.iter_attachments() if message.is_multipart() else ():
        inner = part.get_payload(0) if part.get_content_type() == "message/rfc822" else None
        if isinstance(inner, EmailMessage):
            name = part.get_filename() or f"{_header(inner, 'Subject') or 'forwarded'}.eml"
            found.append((name, inner.as_bytes()))
        elif isinstance(part, EmailMessage):
            data = part.get_payload(decode=True)
            found.append((part.get_filename() or "unnamed", data if isinstance(data, bytes) else b""))
    return found


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (
        ValueError,
        IndexError,
        AttributeError,
        TypeError,
    ):  # headers that break the rules break the parser
        return ""


def _body(draft: Draft, body: EmailMessage) -> None:
    content = body.get_payload(decode=True)
    text = decode(content, body.get_content_charset()) if isinstance(content, bytes) else None
    if not text:
        return
    page = tree(text) if body.get_content_type() == "text/html" else None
    if page is not None:
        Walker(draft).walk(page)
    else:
        draft.block(text)
