"""Messages to token ids, as the model was trained to see them, and the ids that end an answer.

Renders the model's own chat template; imports no transformers, which takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rag.errors import MissingWeights
from rag.types import Message
from rag.weights import load_json, load_tokenizer


class Chat:
    """The chat format of the model in a folder."""

    def __init__(self, folder: Path) -> None:
        """Raise MissingWeights where the model has no chat template or no usable tokenizer."""
        self.tokenizer = load_tokenizer(folder)
        described = load_json(folder, "tokenizer_config.json") or {}
        source = chat_template(folder, described)
        if not source:
            raise MissingWeights(
                f"The model in {folder} has no chat template: it was not trained to follow instructions. "
                "Choose an instruct or chat model."
            )
        self.special = {
            name: word for name in ("bos_token", "eos_token") if (word := text(described.get(name)))
        }
        self._template = environment().from_string(source)
        added = self.tokenizer.get_added_tokens_decoder().values()
        self._control = sorted((token.content for token in added if token.special), key=len, reverse=True)
        self.ends = end_ids(folder)
        end = self.tokenizer.token_to_id(self.special.get("eos_token", ""))
        if end is not None:
            self.ends.add(end)

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Return the prompt's token ids, up to where the answer starts."""
        plain = [{"role": message.role, "content": self._harmless(message.content)} for message in messages]
        try:
            prompt = self._render(plain)
        except TemplateError:  # some templates know no system message
            prompt = self._render(without_system(plain))
        ids: list[int] = self.tokenizer.encode(prompt, add_special_tokens=False).ids
        return ids

    def _render(self, messages: list[dict[str, str]]) -> str:
        return self._template.render(messages=messages, add_generation_prompt=True, **self.special)

    def _harmless(self, content: str) -> str:
        """Drop what the tokenizer would read as a control token: a document must not start a new turn."""
        for word in self._control:
            content = content.replace(word, "")
        return content


def chat_template(folder: Path, described: dict[str, Any]) -> str:
    """Return the template's source, "" where the model has none."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    found = described.get("chat_template") or ""
    if isinstance(found, list):  # several, by name
        found = next((entry["template"] for entry in found if entry["name"] == "default"), "")
    return str(found)


def environment() -> ImmutableSandboxedEnvironment:
    """Return a sandbox that offers what chat templates rely on, and no more."""
    sandbox = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )

    def refuse(message: str) -> None:
        raise TemplateError(message)

    sandbox.globals["raise_exception"] = refuse
    sandbox.globals["strftime_now"] = lambda pattern: datetime.now().astimezone().strftime(pattern)
    return sandbox


def without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the messages with the system's put at the head of the first question."""
    if len(messages) < 2 or messages[0]["role"] != "system":
        return messages
    first = {"role": "user", "content": f"{messages[0]['content']}\n\n{messages[1]['content']}"}
    return [first, *messages[2:]]


def end_ids(folder: Path) -> set[int]:
    """Return the ids after which the model has no more to say."""
    ends: set[int] = set()
    for name in ("config.json", "generation_config.json"):
        found = (load_json(folder, name) or {}).get("eos_token_id")
        ends |= set(found) if isinstance(found, list) else {found} if found is not None else set()
    return ends


def text(token: Any) -> str:  # noqa: ANN401 - a token is written as a string or as a described object
    """Return a special token's text, "" for none."""
    return str(token["content"] if isinstance(token, dict) else token or "")
