# make demo · make test · make quick · make book · make starter · make prove · make proofs · make bench: each makes
# and reuses .venv, and does no work twice.
PYTHON ?= python3
EDITION ?= open
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Compiled once, also where the environment forbids it: the tests start hundreds of programs.
export PYTHONDONTWRITEBYTECODE :=

# One thread for each test process: two that share two cores wait for each other. What builds on earlier tests
# of its file is a group, and stays in one process.
PYTEST := -m pytest --numprocesses auto --dist loadgroup

.PHONY: demo test quick pytest test-oldest lint book pdf starter experiments prove proofs bench vectors clean

$(VENV)/.python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12, say" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	touch $@

# Installed again only when pyproject.toml changes.
$(VENV)/.installed: pyproject.toml | $(VENV)/.python
	$(INSTALL) --editable '.[evaluate,book,dev]'
	touch $@

$(VENV)/.torch: $(VENV)/.installed
	$(INSTALL) --editable '.[torch]'
	touch $@

# The book is made while the captioners learn.
demo: $(VENV)/.installed
	$(BIN)/python -m coursebuilder book --beside '$(BIN)/captioning demo'

# The book, executed: the open edition, with the solutions folded, or `make book EDITION=class`, without.
book: $(VENV)/.installed
	$(BIN)/python -m coursebuilder book --edition $(EDITION)

# The same as one PDF, printed by Chromium: _book/open.pdf.
pdf: book
	$(BIN)/python -m coursebuilder pdf --edition $(EDITION)

# What a student gets, made from book/, solutions/ and the registry of exercises; it is committed.
starter: $(VENV)/.installed
	$(BIN)/python -m coursebuilder starter

# The long experiments whose script, settings or scenes have changed; what they find is committed beside them.
experiments: $(VENV)/.installed
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m coursebuilder experiments

# .pre-commit-config.yaml runs the same.
lint: $(VENV)/.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/python -m coursebuilder rules

test: lint prove pytest

# The tests alone; the slowest are named at the end.
pytest: $(VENV)/.installed
	OPENBLAS_NUM_THREADS=1 $(BIN)/python $(PYTEST) --durations=20

# What can be had in a minute: no lint, no proof, no slow test.
quick: $(VENV)/.installed
	OPENBLAS_NUM_THREADS=1 $(BIN)/python $(PYTEST) -m "not slow"

# The table exercise x mistake: the reference passes, a stub gets nothing, every mistake is caught.
prove: $(VENV)/.installed
	$(BIN)/python -m autograder.proof

# Longer proofs than a change needs: the reference on a thousand seeds, where the tests try 25; and every verdict
# on every answer that we have, in a sandbox.
proofs: prove
	$(BIN)/python -m autograder.proof.false_alarms --seeds 1000
	$(BIN)/python -m coursebuilder sandbox

# The tests with the oldest releases that pyproject.toml admits.
test-oldest: $(VENV)/.python
	$(INSTALL) uv
	$(BIN)/uv venv --quiet --seed --python $(BIN)/python $(VENV)/oldest
	$(BIN)/uv pip install --quiet --python $(VENV)/oldest/bin/python --resolution lowest-direct --editable '.[evaluate,book,dev]'
	OPENBLAS_NUM_THREADS=1 $(VENV)/oldest/bin/python $(PYTEST)

bench: $(VENV)/.torch
	$(BIN)/python -m benchmarks

vectors: $(VENV)/.torch
	$(BIN)/python -m tests.vectors.generate

clean:
	rm -rf $(VENV) demo _book
