# Two commands matter: `make demo` and `make test`. Everything they need they set up themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
export IMPASTO_REFERENCE_DATA ?= $(abspath ../shared/data)

.PHONY: install demo test check bench peers docs lock clean

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'impasto needs Python 3.11 or newer: make PYTHON=python3.12 ...')"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev,models,pdf,spectra]"
	touch $@

demo: install
	$(BIN)/impasto demo demo

test: install
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# make bench NAME=photon
bench: install
	$(BIN)/python -m benchmarks $(or $(NAME),list)

# Peers clash with impasto's dependencies, so each lives in an environment of its own.
peers: $(patsubst benchmarks/peers/requirements-%.txt,.peers/%/.installed,$(wildcard benchmarks/peers/requirements-*.txt))

.peers/%/.installed: benchmarks/peers/requirements-%.txt
	$(PYTHON) -m venv .peers/$*
	.peers/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	touch $@

docs: install
	$(BIN)/python tools/figures.py docs/figures

# Pin what is installed now; review the difference before committing it.
lock: install
	$(BIN)/python tools/lock.py > constraints.txt.new && mv constraints.txt.new constraints.txt

clean:
	rm -rf $(VENV) .peers demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
