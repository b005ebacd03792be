"""`python -m rag.weights`: check the installed weights and make them ready, as `make install` does."""

from __future__ import annotations

import sys

from rag.errors import RagError
from rag.weights import prepare_default_weights

if __name__ == "__main__":
    try:
        prepare_default_weights()
    except RagError as exc:
        sys.exit(str(exc))
