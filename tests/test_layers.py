"""The shape of the house: who may import whom, who owns which library, and what stays light.

The tables are the rule; the tree is asked of git, so a new module that nobody placed fails here.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Lowest first. A module or package imports only what stands in an earlier row; modules of one package
# may import each other.
LEVELS = (
    ("types", "errors"),
    ("protocols", "settings", "home", "words", "tables", "versions", "within"),
    (
        "log",
        "chosen",
        "prompts",
        "guard",
        "filters",
        "compose",
        "clarify",
        "fuse",
        "ranking",
        "spell",
        "outline",
        "titles",
        "chunk",
    ),
    ("weights", "load", "pages"),
    (
        "encoder",
        "scope",
        "reading",
    ),
    ("embed", "rerank", "generate", "catalog", "vectors"),
    ("judge",),
    ("retrieve", "ground", "rewrite", "short", "compute", "ingest"),
    ("draft", "rows"),
    ("replies",),
    ("answer",),
    ("lenses", "train", "makes", "moving"),
    ("upkeep",),
    ("parts",),
    ("keeping",),
    ("library",),
    ("records", "audit", "evaluate", "bench"),
    ("remote",),
    ("jobs",),
    ("watch",),
    ("serve",),
    ("owner",),
    ("ui", "cli"),
    ("__main__", "app"),
)
LEVEL = {unit: row for row, units in enumerate(LEVELS) for unit in units}
LEVEL["__init__"] = LEVEL["library"] + 1  # `rag` hands out Library, lazily

MODELS = {"weights", "encoder", "embed", "rerank", "generate", "judge", "train", "lenses", "bench"}
OWNERS = {
    "numpy": set(LEVEL),
    "pydantic": {"settings", "chosen", "serve"},
    "pydantic_settings": {"settings"},
    "filelock": {"home"},
    "torch": MODELS,
    "transformers": MODELS,
    "peft": {"generate", "train", "lenses", "weights"},
    "tokenizers": MODELS,
    "safetensors": MODELS,
    "gguf": {"weights"},
    "huggingface_hub": {"weights"},
    "jinja2": {"generate"},
    "openai": {"generate"},
    "chromadb": {"vectors"},
    "sqlalchemy": {"catalog"},
    "sqlite3": {"catalog"},
    "langchain_text_splitters": {"chunk"},
    "pypdf": {"load"},
    "pypdfium2": {"load", "pages"},
    "docx": {"load", "audit"},
    "reportlab": {"audit"},
    "charset_normalizer": {"load"},
    "onnxruntime": {"load"},
    "PIL": {"load"},
    "markdown_it": {"load"},
    "lxml": {"load"},
    "openpyxl": {"load"},
    "oxmsg": {"load"},
    "pptx": {"load"},
    "striprtf": {"load"},
    "streamlit": {"ui", "app", "bench"},
    "altair": {"ui"},
    "plotly": {"ui"},
    "gensim": {"lenses"},
    "pandas": {"ui"},
    "sentence_transformers": {"bench"},
    "xllamacpp": {"bench"},
    "langchain_chroma": {"bench"},
    "langchain_core": {"bench"},
    "langchain_huggingface": {"bench"},
    "fastapi": {"serve"},
    "starlette": {"serve", "ui"},
    "uvicorn": {"owner"},
    "mcp": {"serve"},
    "httpx": {"remote", "generate"},
    "typer": {"cli"},
    "watchfiles": {"watch"},
    "ir_measures": {"evaluate"},
    "scipy": {"evaluate", "lenses", "load"},
    "sklearn": {"evaluate", "train", "lenses"},
    "click": {"cli"},
}
FOREIGN = frozenset(sys.stdlib_module_names) - {"sqlite3"} | {"__future__"}

HEAVY = ("torch", "transformers", "chromadb", "sqlalchemy", "streamlit", "fastapi", "openai", "pypdf")
LIGHT = ("rag.types", "rag.protocols", "rag.settings", "rag.retrieve", "rag.answer", "rag.library")


def tree() -> list[str]:
    """Every tracked Python file of the program, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "rag/*.py", "app.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


def unit(path: str) -> str:
    """The row entry a file belongs to: its module or package right below `rag`."""
    return Path(path).parts[-1 if path.count("/") < 2 else 1].removesuffix(".py")


def imported(path: str) -> Iterator[str]:
    """Dotted names that a file imports anywhere, inside functions too."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside(name: str) -> str:
    """The unit that `rag.<...>` names; `from rag import Library` names the library."""
    second = name.split(".")[1]
    return "library" if second == "Library" else second


@pytest.mark.parametrize("path", tree())
def test_a_module_imports_only_lower_ones(path):
    own = unit(path)
    assert own in LEVEL, f"{path} has no place in LEVELS"
    wanted = {inside(name) for name in imported(path) if name.startswith("rag.")} - {own}
    assert wanted <= set(LEVEL), f"{path} imports what has no place in LEVELS: {wanted - set(LEVEL)}"
    assert {name for name in wanted if LEVEL[name] >= LEVEL[own]} == set()


@pytest.mark.parametrize("path", tree())
def test_a_library_is_imported_only_by_its_owner(path):
    own = unit(path)
    foreign = {name.split(".")[0] for name in imported(path)} - FOREIGN - {"rag"}
    assert foreign <= set(OWNERS), f"{path} imports what nobody owns: {foreign - set(OWNERS)}"
    assert {name for name in foreign if own not in OWNERS[name]} == set()


@pytest.mark.parametrize("module", LIGHT)
def test_a_light_module_loads_nothing_heavy(module):
    code = f"import sys, {module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == []
