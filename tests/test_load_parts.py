"""Files within files: archives and attachments, where their text stands, and what they may cost."""

import io
import random
import re
import zipfile
from email.message import EmailMessage

import pytest

from rag.chunk import Splitter
from rag.errors import UnreadableFile
from rag.load import Limits
from rag.load.parse import parse
from tests import hostile


@pytest.fixture
def read(tmp_path):
    def read(name, data, **limits):
        (tmp_path / "upload").write_bytes(data)
        return parse(tmp_path / "upload", name, Limits(**limits))

    return read


def chunks(document):
    return Splitter(lambda text: len(text.split()) + 2, 60, 0).split(document, "d")


def mail(**files):
    message = EmailMessage()
    message["Subject"] = "Your order"
    message.set_content("The papers are attached.")
    for name, data in files.items():
        message.add_attachment(
            data, maintype="application", subtype="octet-stream", filename=name.replace("_", ".")
        )
    return bytes(message)


def nested(depth):
    data = hostile.packed({"bottom.txt": "At the bottom."})
    for number in range(depth - 1):
        data = hostile.packed({f"level{number}.zip": data})
    return data


def test_a_passage_of_an_attachment_names_mail_file_and_page(read):
    pages = ("One line of the cover. " * 8, "The fee is 40 pounds. " * 8)
    document = read("mail.eml", mail(terms_pdf=hostile.pdf(*pages)))
    first, *_, last = (chunk for chunk in chunks(document) if "terms.pdf" in chunk.heading)
    assert (first.heading, first.page) == ("Your order > terms.pdf", 1)
    assert (last.heading, last.page) == ("Your order > terms.pdf", 2) and "40 pounds" in last.text
    body = next(chunk for chunk in chunks(document) if "papers are attached" in chunk.text)
    assert (body.heading, body.page) == ("Your order", None)


def test_small_files_of_an_archive_are_not_mixed_into_one_passage(read):
    document = read(
        "notes.zip", hostile.packed({"a/one.txt": "First words.", "b/two.md": "# Second\n\nMore."})
    )
    assert [chunk.heading for chunk in chunks(document)] == ["a/one.txt", "b/two.md > Second"]
    assert document.media_type == "application/zip"


def test_a_bad_file_in_an_archive_is_told_of_and_the_others_are_read(read):
    data = hostile.packed({"good.txt": "Words.", "bad.pdf": hostile.damaged_pdf(), "tool.bin": hostile.JUNK})
    document = read("mixed.zip", data)
    assert "Words." in document.text
    assert [note.split(" ")[0] for note in document.notes] == ["bad.pdf", "tool.bin"]
    with pytest.raises(
        UnreadableFile, match=r"^none\.zip is an archive in which no file could be read: bad\.pdf"
    ):
        read("none.zip", hostile.packed({"bad.pdf": hostile.damaged_pdf()}))


def test_an_encrypted_file_in_an_archive_is_told_of(read):
    data = bytearray(hostile.packed({"a.txt": "Words.", "b.txt": "Secret."}))
    central = data.rindex(b"PK\x01\x02")
    data[central + 8] |= 1
    document = read("half.zip", bytes(data))
    assert document.notes == ("b.txt is encrypted; unpack the archive and add the file itself.",)


def test_archives_in_archives_are_read_as_deep_as_allowed(read):
    assert "At the bottom." in read("deep.zip", nested(3)).text
    with pytest.raises(UnreadableFile, match="too deep in others"):
        read("deeper.zip", nested(4))


def test_a_mail_in_a_mail_keeps_its_own_attachments(read):
    outer = EmailMessage()
    outer["Subject"] = "Forwarded"
    outer.set_content("See below.")
    inner = EmailMessage()
    inner["Subject"] = "Original"
    inner.set_content("Here it is.")
    inner.add_attachment(b"item,price\nTent,129\n", maintype="text", subtype="csv", filename="list.csv")
    outer.add_attachment(inner)
    document = read("a.eml", bytes(outer))
    assert [heading.title for heading in document.headings if heading.file] == ["Original.eml", "list.csv"]
    assert "| Tent | 129 |" in document.text


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("bomb.zip", hostile.zip_bomb(12), "unpacks to 12 MB and the limit is 10 MB"),
        ("nested.zip", hostile.packed({f"{n}.zip": hostile.zip_bomb(6) for n in range(2)}), "than 10 MB"),
        ("many.zip", hostile.packed({f"{n}.txt": "x" for n in range(30)}), "more than 20 files"),
        (
            "spread.zip",
            hostile.packed(
                {f"{n}.zip": hostile.packed({f"{m}.txt": "x" for m in range(9)}) for n in range(3)}
            ),
            "more than 20 files",
        ),
    ],
)
def test_a_bomb_is_refused_by_name(read, name, data, words):
    with pytest.raises(UnreadableFile, match=f"^{re.escape(name)}.*{words}"):
        read(name, data, memory_mb=40, parts=20)


def test_the_size_that_an_archive_states_is_not_believed(read):
    data = bytearray(hostile.zip_bomb(3))
    central = data.rindex(b"PK\x01\x02")
    for place in (22, central + 24):  # uncompressed sizes, in the local and the central header
        data[place : place + 4] = (1000).to_bytes(4, "little")
    with pytest.raises(UnreadableFile, match=r"liar\.zip"):
        read("liar.zip", bytes(data))


def test_noise_that_begins_like_an_archive_is_refused(read):
    noise = random.Random(1).randbytes(5000)
    with pytest.raises(UnreadableFile, match=r"^noise\.zip is a damaged file"):
        read("noise.zip", b"PK\x03\x04" + noise)


def test_files_in_files_can_be_left_unread(read):
    document = read("mail.eml", mail(terms_pdf=hostile.pdf("The fee is 40 pounds.")), nesting=0)
    assert "Attachments: terms.pdf" in document.text and "40 pounds" not in document.text


def test_entries_of_an_operating_system_are_no_files(read):
    data = hostile.packed({"__MACOSX/._a.txt": b"\0\1", ".DS_Store": b"\0\1", "a.txt": "Words."})
    document = read("mac.zip", data)
    assert document.notes == () and document.text.endswith("Words.")


def test_names_of_entries_lead_nowhere(read):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../etc/pass\u202ewd.txt", "Words.")
    assert read("up.zip", out.getvalue()).headings[0].title == "etc/passwd.txt"
