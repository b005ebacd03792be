"""The language of a document: told from its text, kept with it, and told for what older Docents added."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from rag.catalog import Catalog
from rag.catalog.language import DEFAULT, NAMES, language, warning, weakness
from rag.catalog.schema import STEPS
from rag.types import Chunk, Document, DocumentInfo

# Article 1 of the Universal Declaration of Human Rights.
TEXTS = {
    "ar": "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميرًا وعليهم أن يعامل "
    "بعضهم بعضًا بروح الإخاء.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und "
    "Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "en": "All human beings are born free and equal in dignity and rights. They are endowed with reason "
    "and conscience and should act towards one another in a spirit of brotherhood.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están "
    "de razón y conciencia, deben comportarse fraternalmente los unos con los otros.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de "
    "raison et de conscience et doivent agir les uns envers les autres dans un esprit de "
    "fraternité.",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di "
    "ragione e di coscienza e devono agire gli uni verso gli altri in spirito di fratellanza.",
    "ja": "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "nl": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd met "
    "verstand en geweten, en behoren zich jegens elkander in een geest van broederschap te "
    "gedragen.",
    "pt": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e "
    "de consciência, devem agir uns para com os outros em espírito de fraternidade.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и "
    "совестью и должны поступать в отношении друг друга в духе братства.",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "zh": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
}


@pytest.mark.parametrize("code", TEXTS)
def test_the_language_of_a_paragraph_is_told(code):
    assert language(TEXTS[code]) == code and code in NAMES


def test_an_english_text_that_quotes_another_language_stays_english():
    assert language(f"{TEXTS['en']} In Chinese: 人人生而自由. {TEXTS['en']}") == "en"


@pytest.mark.parametrize("text", ["", "A-17", "12 | 45 | 9", "Lorem ipsum dolor sit amet consectetur"])
def test_what_cannot_be_told_is_unknown(text):
    assert language(text) == ""


def test_only_what_the_default_embedder_is_known_to_miss_is_warned_of():
    assert (
        weakness("en", DEFAULT)
        == weakness("", DEFAULT)
        == weakness("zh", "intfloat/multilingual-e5-small")
        == ""
    )
    assert "Chinese hardly at all" in weakness("zh", DEFAULT)
    assert "German poorly" in weakness("de", DEFAULT)


def test_a_library_is_warned_of_by_its_commonest_weak_language():
    said = warning(["en", "zh", "zh", "de", ""], DEFAULT)
    assert said.startswith("3 of 5 documents are not in English, most of them in Chinese.")
    assert "in German. The embedder in use finds German poorly" in warning(["de", "en"], DEFAULT)
    assert warning(["en", ""], DEFAULT) == warning(["zh"], "another/embedder") == ""


def added(catalog, id, text):
    info = DocumentInfo(id, f"{id}.txt", "Documents", "adding", "text/plain", id, len(text), 0, 0, "")
    catalog.begin(info)
    chunk = Chunk(f"{id}-0", id, 0, text, 0, len(text))
    catalog.finish_all([(id, Document(text, "text/plain"), [chunk])])


def test_a_document_is_kept_with_its_language(tmp_path):
    catalog = Catalog(tmp_path / "catalog.sqlite")
    added(catalog, "d1", TEXTS["de"])
    assert [info.language for info in catalog.documents("Documents")] == ["de"]
    catalog.close()


def test_documents_of_an_older_docent_get_theirs_when_it_is_opened(tmp_path):
    path = tmp_path / "catalog.sqlite"
    catalog = Catalog(path)
    added(catalog, "d1", TEXTS["zh"])
    before = catalog.documents("Documents")
    catalog.close()
    step = next(number for number, step in enumerate(STEPS) if "COLUMN language" in step[0])
    with sqlite3.connect(path) as older:
        older.execute("ALTER TABLE documents DROP COLUMN language")
        older.execute("ALTER TABLE chats DROP COLUMN asked")  # of a later step
        older.execute(f"PRAGMA user_version = {step}")
    older.close()
    catalog = Catalog(path)
    assert catalog.documents("Documents") == [replace(before[0], language="zh")]
    catalog.close()
