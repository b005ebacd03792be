"""Which language a text is in, and whether the default embedder can do anything with it.

Told by the commonest words of 27 languages, else by the script: enough for documents, too little for a few
words. A language in Latin letters that it has no words for is unknown (""), not called by a neighbour's name.
Knows no model.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from rag.settings import Settings

SAMPLE = 20_000  # characters looked at, from the beginning
LEAST_LETTERS = 8
LEAST_WORDS = 4  # common words of a language that must stand in a text
LEAST_SHARE = 0.12  # of all its words that must be common ones of its language
KANA = 0.05  # of the letters of a Japanese text that are kana, at least

NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr":
    "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it":
    "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt":
    "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sr": "Serbian", "sv": "Swedish", "ta":
    "Tamil", "te": "Telugu", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi":
    "Vietnamese", "zh": "Chinese",
}  # fmt: skip

# The first word of a letter's Unicode name, and the language that most texts in that script are in.
_SCRIPTS = {
    "ARABIC": "ar", "BENGALI": "bn", "CJK": "zh", "CYRILLIC": "ru", "DEVANAGARI": "hi", "GREEK": "el",
    "HANGUL": "ko", "HEBREW": "he", "HIRAGANA": "ja", "KATAKANA": "ja", "TAMIL": "ta", "TELUGU": "te",
    "THAI": "th",
}  # fmt: skip

_COMMON = {
    "ar": "في من على أن إلى التي هذا هذه الذي عن مع كل لا ما هو أو لم كان قد بين ذلك كما هي",
    "bg": "и на да се за от е не с в са като или по това при че може ще има към",
    "ca": "de la que el en i a els les del un per amb no una és al dels o com més són aquest també",
    "cs": "a se na je v že s z do o k pro ale by jako tak jsem za jsou po od při nebo není který která",
    "da": "og i at det er en til af på den som for ikke de med har et der fra kan vil eller blev var hvis",
    "de": "der die und das ist nicht ein eine zu den mit von für auf dem sich des als auch es an werden "
    "wird oder aus bei nach im einer sind wurde",
    "en": "the of and to in is that for it as was with be by on not this are or from at which have you an "
    "they has were their can will if",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o fue esta son "
    "entre pero",
    "fa": "و در به از که این را با است برای آن یک هر شود خود تا بر می یا",
    "fi": "ja on ei se että oli hän mutta ovat joka tai kun myös niin ole voi kuin sen jos tämä siitä "
    "mitä vain sitä",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont "
    "avec ou aux cette",
    "hr": "i je u da na se ne za su kao od sa po ili što koji kako ako to iz će bi nije",
    "hu": "a az és hogy nem is egy van ez de meg volt mint csak vagy már azt el ki még ha fel minden",
    "id": "yang dan di ini itu dengan untuk dari dalam tidak akan pada ke juga adalah oleh ada atau dapat "
    "bisa kita anda sebagai",
    "it": "di che e la il un a per in una non è del i le si con da della sono come al dei lo gli anche "
    "nel alla più",
    "nl": "de en het van een in is dat op te zijn met voor niet die er aan ook als bij om door worden "
    "naar heeft uit deze of",
    "no": "og i det er på som en til å av for at med ikke de har den et om fra var vil kan eller seg ble "
    "blir hvis",
    "pl": "w i na z do się nie że to jest o jak od za po przez dla są ale który lub oraz może być tym jego",
    "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao das "
    "são ou você",
    "ro": "și de în a la cu care nu o pe un să din este se mai pentru sau că sunt ca fost prin au al unei",
    "ru": "и в не на что с как по это к из у за от для так или но все его если же бы только",
    "sk": "a sa na je v že s z do o k pre ale by ako som za sú po od pri alebo nie tento ktorý",
    "sr": "и је у да на се не за су као од са по или што који ако то из би",
    "sv": "och i att det som en på är av för med den till inte om ett har de var kan eller från sig också "
    "när men",
    "tr": "ve bir bu için ile da de ne olarak daha çok gibi olan var en ya veya kadar sonra değil her ama "
    "olduğu",
    "uk": "і в не на що з як до та це у за від для є або але й про якщо його ви щоб був також тому бути",
    "ur": "کے میں کی ہے اور سے کا کو اس نے پر یہ ایک کہ ہیں نہیں بھی تھا جو",
    "vi": "và của là có được các một trong cho không với những người để này đã khi từ như đến vào ra cũng "
    "bạn",
}
_WORDS = {code: frozenset(words.split()) for code, words in _COMMON.items()}
_WORD = re.compile(r"[^\W\d_]+")

DEFAULT: str = Settings.model_fields["embedder"].default
ENGLISH_LETTERS = frozenset("ca cs da de es fi fr hr hu id it nl no pl pt ro sk sv tr vi".split())


def language(text: str) -> str:
    """Return the ISO 639-1 code of the language of a text, "" where that cannot be told."""
    looked_at = text[:SAMPLE]
    scripts = Counter(
        unicodedata.name(letter, "").partition(" ")[0] for letter in looked_at if letter.isalpha()
    )
    if scripts.total() < LEAST_LETTERS:
        return ""
    return _by_words(looked_at) or _by_script(scripts)


def _by_words(text: str) -> str:
    words = Counter(word.lower() for word in _WORD.findall(text))
    found = {code: sum(words[word] for word in common) for code, common in _WORDS.items()}
    best = max(found, key=found.__getitem__)
    return best if found[best] >= max(LEAST_WORDS, LEAST_SHARE * words.total()) else ""


def _by_script(scripts: Counter[str]) -> str:
    ((script, count),) = scripts.most_common(1)
    if script == "CJK" and scripts["HIRAGANA"] + scripts["KATAKANA"] > KANA * scripts.total():
        return "ja"
    return _SCRIPTS.get(script, "") if count * 2 > scripts.total() else ""


def weakness(code: str, embedder: str) -> str:
    """Say how badly an embedder finds that language by meaning; "" where it does well, or nobody measured."""
    if embedder != DEFAULT or code in ("", "en"):
        return ""
    how = "poorly" if code in ENGLISH_LETTERS else "hardly at all"
    return f"The embedder in use finds {NAMES[code]} {how} by meaning; search by words finds it."


def warning(codes: Sequence[str], embedder: str) -> str:
    """Say how many documents, by their languages, an embedder serves badly; "" for none."""
    weak = Counter(code for code in codes if weakness(code, embedder))
    if not weak:
        return ""
    ((most, _),) = weak.most_common(1)
    many = f"{weak.total():,} of {len(codes):,} documents are not in English"
    return (
        f"{many}{', most of them' if len(weak) > 1 else ', but'} in {NAMES[most]}. {weakness(most, embedder)}"
    )
