"""Pictures are found by what they show; their vectors come with the first search and go with the document."""

from __future__ import annotations

import io
import json
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from rag.cli.program import run
from rag.errors import MissingWeights, NotFound, RagError
from rag.home import Home
from rag.ingest.traces import Traces
from rag.lenses.pictures import Wanted
from rag.lenses.sight import Sight
from rag.lenses.space import unit
from rag.library import Library, Parts
from rag.owner import Owner, connect
from rag.settings import Settings
from tests.fakes import HashEmbedder
from tests.hostile import encrypted_pdf, pdf
from tests.models import tiny_encoder, tiny_sight

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 220)}
SIZE = 64


class ColourSight:
    """Sees the mean colour of a picture, and knows the words red, green and blue."""

    name = "colours"

    def __init__(self):
        self.looked_at = 0

    def of_words(self, texts, /):
        return unit(np.array([[word in text for word in COLOURS] for text in texts], dtype=np.float32))

    def of_pictures(self, pictures, /):
        self.looked_at += len(pictures)
        return unit(np.stack([picture.reshape(-1, 3).mean(axis=0) for picture in pictures]))


def picture(colour, kind="PNG"):
    data = io.BytesIO()
    Image.new("RGB", (SIZE, SIZE // 2), COLOURS[colour]).save(data, kind)
    return data.getvalue()


def named(name, data):
    file = io.BytesIO(data)
    file.name = name
    return file


@pytest.fixture
def sight():
    return ColourSight()


@pytest.fixture
def library(tmp_path, monkeypatch, sight):
    monkeypatch.setenv("RAG_IMAGE_MODEL", "colours")
    monkeypatch.setenv("RAG_OCR", "0")
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "home"))
    home = Home(tmp_path / "home")
    home.acquire()
    with Owner.of(Library(Parts(home, Settings.read(), embedder=HashEmbedder(), sight=sight))) as owner:
        yield owner.library


def add(library, **files):
    """Add files by name (dots as underscores); return their ids in that order."""
    reports = library.add([named(name.replace("_", "."), data) for name, data in files.items()])
    assert [report.status for report in reports] == ["added"] * len(files), reports
    return [report.document for report in reports]


def names(found):
    return [one.file for one in found.found]


def test_words_find_the_picture_that_shows_them(library):
    add(
        library, red_png=picture("red"), green_jpg=picture("green", "JPEG"), blue_webp=picture("blue", "WEBP")
    )
    found = library.pictures(Wanted("something green"))
    assert names(found)[0] == "green.jpg" and len(found.found) == 3
    assert found.found[0].score > found.found[1].score
    assert "Only 3 pictures" in found.note and "not measured" in found.note
    assert len(library.pictures(Wanted("green"), k=1).found) == 1


def test_a_picture_finds_those_like_it_and_one_of_the_library_not_itself(library):
    first, other, _ = add(
        library,
        red_png=picture("red"),
        rose_bmp=picture("red", "BMP"),
        blue_gif=picture("blue", "GIF"),
    )
    assert names(library.pictures(Wanted(picture=picture("blue"))))[0] == "blue.gif"
    assert names(library.pictures(Wanted(document=first))) == ["rose.bmp", "blue.gif"]
    assert names(library.pictures(Wanted(document=first), documents=[first])) == []
    with pytest.raises(NotFound, match=r"rose\.bmp has 1 pictures"):
        library.pictures(Wanted(document=other, page=2))


def test_pages_of_a_tiff_and_of_a_pdf_are_pictures_too_the_latter_when_asked_for(library):
    frames = [Image.new("RGB", (SIZE, SIZE), COLOURS[colour]) for colour in ("red", "blue")]
    data = io.BytesIO()
    frames[0].save(data, "TIFF", save_all=True, append_images=frames[1:])
    add(library, scan_tiff=data.getvalue(), text_pdf=pdf("Lamps burn for nine hours.", "Kettles boil."))
    best = library.pictures(Wanted("blue")).found[0]
    assert (best.file, best.page) == ("scan.tiff", 2)
    assert names(library.pictures(Wanted("blue"), k=9)) == ["scan.tiff"] * 2
    told = []
    found = library.pictures(Wanted("blue"), k=9, pages=True, on_look=lambda *far: told.append(far))
    assert sorted(names(found)) == ["scan.tiff"] * 2 + ["text.pdf"] * 2
    assert told == [(1, 2), (2, 2)]


def test_a_picture_is_looked_at_once(library, sight):
    add(library, red_png=picture("red"), blue_png=picture("blue"))
    for _ in range(3):
        library.pictures(Wanted("red"))
    assert sight.looked_at == 2
    add(library, green_png=picture("green"))
    assert names(library.pictures(Wanted("green")))[0] == "green.png"
    assert sight.looked_at == 3


def test_damaged_vectors_are_made_anew(library, sight):
    (document,) = add(library, red_png=picture("red"))
    library.pictures(Wanted("red"))
    (kept,) = library.home.cache.rglob(f"{document}.npy")
    kept.write_bytes(b"nothing")
    assert library.pictures(Wanted("red")).found[0].score > 0.9
    assert sight.looked_at == 2


def test_what_a_picture_showed_is_forgotten_with_it(library, monkeypatch):
    def scattered(self, pictures, /):
        seeds = [zlib.crc32(picture.tobytes()) for picture in pictures]
        return unit(np.stack([np.random.default_rng(seed).normal(size=512) for seed in seeds]))

    monkeypatch.setattr(ColourSight, "of_pictures", scattered)
    monkeypatch.setattr(ColourSight, "of_words", lambda self, texts, /: np.eye(1, 512, dtype=np.float32))
    red, _ = add(library, red_png=picture("red"), blue_png=picture("blue"))
    elsewhere = library.within("Client B")
    elsewhere.add([named("blue.png", picture("blue"))])
    library.pictures(Wanted("red"))
    elsewhere.pictures(Wanted("red"))
    (kept,) = library.home.cache.rglob(f"{red}.npy")
    traces = Traces.of("", np.load(kept), b"")
    assert traces.found(library.home.root)
    forgotten = library.forget(red)
    assert any("pictures" in trace.file for trace in forgotten.before)
    assert forgotten.after == () and traces.found(library.home.root) == []
    (blue,) = library.pictures(Wanted("red")).found
    # What stays elsewhere, the same picture in another collection, is no trace of this one.
    assert library.forget(blue.document).after == ()
    assert names(elsewhere.pictures(Wanted("red"))) == ["blue.png"]


def test_a_picture_removed_while_it_is_looked_at_leaves_no_vectors(library, sight, monkeypatch):
    (document,) = add(library, red_png=picture("red"))
    seeing = sight.of_pictures

    def removed_meanwhile(pictures, /):
        library.remove(document)
        return seeing(pictures)

    monkeypatch.setattr(sight, "of_pictures", removed_meanwhile)
    assert library.pictures(Wanted("red")).found == ()
    assert list(library.home.cache.rglob("*.npy")) == []


def test_a_collection_sees_its_own_pictures_only(library):
    add(library, red_png=picture("red"))
    other = library.within("Client B")
    assert other.pictures(Wanted("red")).found == ()
    other.add([named("red again.png", picture("red"))])
    assert names(other.pictures(Wanted("red"))) == ["red again.png"]


def test_a_process_beside_the_owner_gets_the_same(library):
    add(library, red_png=picture("red"), blue_png=picture("blue"))
    with connect(library.home.root) as beside:
        for wanted in (Wanted("red"), Wanted(picture=picture("blue"))):
            assert beside.pictures(wanted) == library.pictures(wanted)
        with pytest.raises(RagError, match="Give words or a picture"):
            beside.pictures(Wanted(" "))


def test_what_is_no_picture_is_said(library):
    (note,) = add(library, note_txt=b"The lamp burns.")
    with pytest.raises(RagError, match=r"note\.txt is no picture"):
        library.pictures(Wanted(document=note))
    with pytest.raises(RagError, match="damaged picture"):
        library.pictures(Wanted(picture=b"The lamp burns."))
    assert "no other picture here" in library.pictures(Wanted("red")).note


def test_a_locked_pdf_is_named_and_stops_no_other(library):
    library.unlock("secret")
    add(library, red_png=picture("red"), locked_pdf=encrypted_pdf("secret"))
    found = library.pictures(Wanted("red"), pages=True)
    assert names(found) == ["red.png"] and "locked.pdf cannot be looked at" in found.note


def test_the_command_prints_pictures_and_refuses_two_wishes(library, capsys):
    add(library, red_png=picture("red"), blue_png=picture("blue"))
    assert run(["pictures", "blue", "--json"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first["file"] == "blue.png" and first["page"] == 1
    assert run(["pictures", "--like", "blue.png", "--csv"]) == 0
    assert [line.split(",")[0] for line in capsys.readouterr().out.splitlines()] == ["file", "red.png"]
    assert run(["pictures", "blue", "--like", "blue.png"]) == 2


# --- without a model, and with a real one ---------------------------------------------------------


def test_without_a_model_it_says_how_to_set_one_and_photographs_are_refused(tmp_path):
    with Library.open(tmp_path / "home", Settings(ocr=False)) as library:
        (report,) = library.add([named("red.png", picture("red"))])
        assert report.status == "refused"
        with pytest.raises(MissingWeights, match="RAG_IMAGE_MODEL"):
            library.pictures(Wanted("red"))


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_any_model_of_this_kind_sees_and_reads(tmp_path, kind):
    sight = Sight(Settings(image_model=str(tiny_sight(tmp_path / kind, kind)), device="cpu"))
    wide = np.zeros((20, 60, 3), np.uint8)
    tall = np.random.default_rng(0).integers(0, 255, (90, 33, 3), dtype=np.uint8)
    seen, alone = sight.of_pictures([wide, tall]), sight.of_pictures([tall])
    read = sight.of_words(["warm water", "cold stone " * 40])
    assert seen.shape[1] == read.shape[1] and seen.dtype == read.dtype == np.float32
    assert np.allclose(np.linalg.norm(np.concatenate([seen, read]), axis=1), 1, atol=1e-5)
    assert np.allclose(seen[1], alone[0], atol=1e-5) and not np.allclose(seen[0], seen[1], atol=1e-2)
    assert not np.allclose(read[0], read[1], atol=1e-3)


def test_the_model_that_is_set_is_the_one_that_sees(tmp_path):
    """CLIP's own way of comparing, done by hand, gives the scores that are shown."""
    from transformers import AutoModel, AutoProcessor

    folder = tiny_sight(tmp_path / "clip", "clip")
    settings = Settings(image_model=str(folder), ocr=False, device="cpu")
    drawn = Image.new("RGB", (40, 40), "white")
    ImageDraw.Draw(drawn).ellipse((5, 5, 30, 30), fill="black")
    data = io.BytesIO()
    drawn.save(data, "PNG")
    parts = Parts(Home(tmp_path / "home"), settings, embedder=HashEmbedder())
    with Library.of(parts) as library:
        library.add([named("ball.png", data.getvalue())])
        (found,) = library.pictures(Wanted("warm stone")).found
    model, processor = AutoModel.from_pretrained(folder), AutoProcessor.from_pretrained(folder)
    given = processor(text=["warm stone"], images=[drawn], return_tensors="pt", padding=True)
    with torch.no_grad():
        expected = model(**given).logits_per_image[0, 0] / model.logit_scale.exp()
    assert found.score == pytest.approx(float(expected), abs=1e-4)


def test_a_model_of_text_alone_is_refused(tmp_path):
    with pytest.raises(MissingWeights, match="bert"):
        Sight(Settings(image_model=str(tiny_encoder(tmp_path / "bert"))))
    with pytest.raises(MissingWeights, match="There is no folder"):
        Sight(Settings(image_model=str(tmp_path / "nowhere")))
