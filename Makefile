# make demo · make test · make quick · make book · make wheel · make starter · make prove · make proofs ·
# make torture · make bench: each makes and reuses .venv, and does no work twice.
PYTHON ?= python3
EDITION ?= open
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python

# Compiled once, also where the environment forbids it: the tests start hundreds of programs.
export PYTHONDONTWRITEBYTECODE :=

# One thread for each test process: those that share cores wait for each other. What builds on earlier tests
# of its file is a group, and stays in one process.
PYTEST := -m pytest --numprocesses auto --dist loadgroup

.PHONY: demo test quick pytest test-oldest lint book pdf wheel starter experiments prove proofs torture bench vectors \
        clean

$(VENV)/.python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12, say" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	touch $@

# Installed again only when pyproject.toml changes. uv takes ten seconds where pip takes two minutes; pip knows
# mirrors that uv has not been told of.
$(VENV)/.installed: pyproject.toml | $(VENV)/.python
	$(PIP) uv
	$(UV) --editable '.[evaluate,book,dev]' || $(PIP) --editable '.[evaluate,book,dev]'
	touch $@

$(VENV)/.torch: $(VENV)/.installed
	$(PIP) --editable '.[torch]'
	touch $@

# The book is made while the captioners learn.
demo: $(VENV)/.installed
	$(BIN)/python -m coursebuilder book --beside '$(BIN)/captioning demo'

# The book, executed: the open edition, with the solutions folded, or `make book EDITION=class`, without.
book: $(VENV)/.installed
	$(BIN)/python -m coursebuilder book --edition $(EDITION)

# Two wheels in dist/: the students', which holds no answers, and the reference, for those who learn alone.
wheel: $(VENV)/.installed
	rm -rf dist
	$(BIN)/python -m hatchling build --target wheel
	cd solutions && ../$(BIN)/python -m hatchling build --target wheel --directory ../dist

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

# No lint, no proof, no slow test. What is quick builds on nothing, and reads no logs: each process takes its
# half in one piece, and then from what is left of the other's.
quick: $(VENV)/.installed
	OPENBLAS_NUM_THREADS=1 $(BIN)/python $(PYTEST) --dist worksteal -p no:logging -m "not slow and not proof"

# The table exercise x mistake: the reference passes, a stub gets nothing, every mistake is caught.
prove: $(VENV)/.installed
	$(BIN)/python -m autograder.proof

# Thousands of damaged files of every kind, where the tests try twelve of each: some ten minutes.
torture: $(VENV)/.installed
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.torture --files 4200

# Longer proofs than a change needs: the reference on a thousand seeds, where the tests try 25; every verdict on
# every answer that we have, in a sandbox; every gradient by differences, which must get nothing; attacks under
# nbgrader alone; a class of 200; every experiment of the book on a student's own layers, and equal seeds with
# every mistake, which the tests try in part.
proofs: prove
	$(BIN)/python -m autograder.proof.false_alarms --seeds 1000
	$(BIN)/python -m coursebuilder sandbox
	$(BIN)/python -m coursebuilder differences
	$(BIN)/python -m tests.hostile stock
	$(BIN)/python -m tests.hostile class 200
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest tests/test_student_walk.py tests/test_judge_grade.py --whole

# The tests with the oldest releases that pyproject.toml admits.
test-oldest: $(VENV)/.python
	$(PIP) uv
	$(BIN)/uv venv --quiet --seed --python $(BIN)/python $(VENV)/oldest
	$(BIN)/uv pip install --quiet --python $(VENV)/oldest/bin/python --resolution lowest-direct --editable '.[evaluate,book,dev]'
	OPENBLAS_NUM_THREADS=1 $(VENV)/oldest/bin/python $(PYTEST)

bench: $(VENV)/.torch
	$(BIN)/python -m benchmarks

vectors: $(VENV)/.torch
	$(BIN)/python -m tests.vectors.generate

clean:
	rm -rf $(VENV) demo dist _book
