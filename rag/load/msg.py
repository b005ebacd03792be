"""Outlook messages, by python-oxmsg: subject, who and when, the text; attachments are files within it."""

from __future__ import annotations

import io

from oxmsg import Message

from rag.errors import UnreadableFile
from rag.load.draft import Draft
from rag.load.eml import attached
from rag.load.html import Walker, tree
from rag.load.limits import Limits
from rag.types import Document


def read(data: bytes, limits: Limits) -> Document:
    """The message; its HTML version where it has no plain one."""
    try:
        message = Message.load(io.BytesIO(data))
        draft = Draft()
        draft.heading(1, message.subject or "")
        sent = message.sent_date.isoformat(" ", "minutes") if message.sent_date else ""
        to = ", ".join(one.name or one.email_address for one in message.recipients)
        for name, value in (("From", message.sender), ("To", to), ("Date", sent)):
            draft.block(f"{name}: {value}" if value else "", "\n")
        page = tree(message.html_body) if message.html_body and not message.body else None
        if page is not None:
            Walker(draft).walk(page)
        draft.block(message.body or "")
        files = [(one.file_name or "unnamed", one.file_bytes or b"") for one in message.attachments]
    except (OSError, KeyError, ValueError, AttributeError, IndexError, TypeError, UnicodeError) as error:
        raise UnreadableFile("is a damaged Outlook message; save it again.") from error
    attached(draft, files, limits)
    return draft.document("application/vnd.ms-outlook")
