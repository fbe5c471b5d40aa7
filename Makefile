# make demo · make test · make bench: each makes and reuses .venv, and does no work twice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench vectors clean

# One stamp per set of extras: installed again only when pyproject.toml changes.
$(VENV)/.python: 
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=python3.12, say")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/.python
	$(BIN)/python -m pip install --quiet --editable '.[evaluate,dev]'
	touch $@

$(VENV)/.torch: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[torch]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/captioning demo

test: lint
	$(BIN)/python -m pytest --numprocesses auto

lint: $(VENV)/.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/.torch
	$(BIN)/python -m benchmarks

vectors: $(VENV)/.torch
	$(BIN)/python -m tests.vectors.generate

clean:
	rm -rf $(VENV) demo
