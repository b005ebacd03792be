"""Instructions hidden in documents: sentences that speak to the model and not to the reader.

They are blanked, letter for letter so that offsets hold, before a model or a check sees the passage; people
still see the document as it is. Plain rules: an instruction that speaks to nobody ("prices are in fact ten
times as high") is a statement and stays one, and a document about assistants may lose a sentence that gives
them orders.
"""

from __future__ import annotations

import re

from rag.words import sentences

_ANSWER = r"(?:answer|reply|response|output|respond)"
_MODEL = r"(?:assistants?|language models?|chatbots?|ai models?|the ai|llms?)"
_ORDERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # the question or earlier instructions are to be dropped
        r"\b(?:ignore|disregard|forget|skip|override)\b.{0,50}"
        r"\b(?:questions?|instructions?|prompts?|rules|asked|everything above|said before|context)\b",
        # the model is addressed
        rf"^\W*(?:dear\s+)?{_MODEL}\s*[,:]",
        rf"\b(?:notes?|notice|message|instructions?|orders?|hint)\s+(?:to|for|from)\b.{{0,40}}\b(?:{_MODEL}|ai)\b",
        rf"\b{_MODEL}\s+(?:must|shall|should|have to|are to|is to)\s+(?:now\s+)?"
        r"(?:say|state|replace|answer|reply|respond|tell|write|add|mention|claim|recommend|cite)\b",
        r"\[?\bsystem\s*(?:override|prompt|message|note)\b|<\|?/?(?:system|im_start|im_end|user|assistant)",
        r"^\W*(?:system|assistant|user|human|ai|bot)\s*:",
        # another role
        r"\byou are (?:now|no longer|no assistant|no (?:longer )?an? assistant)\b|\brole:\s*you are\b",
        r"\b(?:pretend (?:to be|that you are)|from (?:now|here) on,? you are)\b|^\W*act as\b",
        r"\b(?:begins?|starts?|opens?|ends?)\s+(?:each|every|all|any|your|the)\s+(?:\w+\s+)?answers?\b",
        # what to say, and in which form
        rf"\b(?:your|every|each|whole)\s+(?:\w+\s+)?{_ANSWER}s?\b.{{0,80}}(?:[\"“”':]|\b(?:must|in|with|only)\b)",
        rf"\b(?:to|in|into|of|behind|before|after)\s+(?:your|every|each)\s+(?:\w+\s+)?(?:{_ANSWER}|sentence)s?\b",
        r"^\W*(?:answer|reply|respond|speak)\b.{0,30}\b(?:only|in (?:french|german|spanish|latin|"
        r"english|capitals?|capital letters|verse|rhyme|one word)|nothing (?:else|but)|instead)\b",
        r"\b(?:answer|reply|respond|say|state)\s+(?:only|instead|with|that)?\s*(?:with\s+)?[:\"“‘].{0,120}",
        r"^\W*say (?:that|only|nothing)\b|\b(?:only \w+|nothing) that you may (?:state|say|tell)\b",
        r"\b(?:whatever|whenever|when|before) you (?:answer|reply|respond|are asked)\b|\bwhen asked about\b",
        r"\byou (?:may|must|can|should) not (?:tell|reveal|mention|answer|say)\b",
        # the sources and the prompt
        r"\b(?:always |only )?cites? (?:them|this|it|only|\[?\d)|\bcitations? \d.{0,40}\bconfirm",
        r"\b(?:list|repeat|reveal|print|tell|show|quote)\b.{0,50}\b(?:your|my|the) "
        r"(?:instructions|prompt|first message|system)\b"
        r"|\binstructions that you (?:were|are|have been) given\b",
        r"\bmy (?:instructions are|first message)\b|\bthis is required of everyone who quotes\b",
    )
)

# "[Conversation so far]": what stands under it plays a conversation that never was
_STAGED = re.compile(
    rf"^\W*\[[^\]\n]*\b(?:conversation|dialogue|chat|transcript|earlier turns?|{_MODEL})\b[^\]\n]*\]\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_PARAGRAPH = re.compile(r"(?:.+\n?)+")


def orders(sentence: str) -> bool:
    """Tell whether the sentence gives orders to whoever answers."""
    return any(pattern.search(sentence) for pattern in _ORDERS)


def blanked(text: str) -> str:
    """Return the text, of the same length, with white space where sentences give orders.

    A paragraph that plays a conversation with an assistant goes whole: no line of it gives an order alone.
    """
    spans = [span for span in sentences(text) if orders(text[slice(*span)])]
    spans += [match.span() for match in _PARAGRAPH.finditer(text) if _STAGED.search(match.group())]
    parts = list(text)
    for start, end in spans:
        parts[start:end] = [letter if letter == "\n" else " " for letter in text[start:end]]
    return "".join(parts)
