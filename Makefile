# Needs Python 3.11 or newer with pip, and make; everything else goes into .venv.

PYTHON ?= python3
TORCH := torch==2.13.0

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
PINS := pyproject.toml constraints.txt

# Stamps: what they stand for is complete, since a failed recipe never reaches its last line.
MADE := $(VENV)/.made
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

.PHONY: help mine install test check docs bench clean

help:
	@echo "make mine     install motifkit into $(VENV) and mine datasets/goog.csv: motifs.npz, motifs.png"
	@echo "make install  install motifkit into $(VENV)"
	@echo "make test     run the tests"
	@echo "make check    run the linter, the format check and the type checker"
	@echo "make docs     build the documentation: build/docs/index.html"
	@echo "make bench    measure; takes about two hours on an otherwise idle machine"
	@echo "make clean    remove $(VENV), caches and builds; results stay"
	@echo "PYTHON=python3.12 and the like choose another Python for $(VENV)"

mine: $(INSTALLED)
	$(BIN)/motifkit mine datasets/goog.csv --len 4 --force -o motifs.npz --plot motifs.png

install: $(INSTALLED)
	@echo "motifkit is in $(VENV); try: $(BIN)/motifkit demo"

# Two processes with one thread each: torch's threads would compete for the cores.
test: $(INSTALLED_DEV)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(INSTALLED_DEV)
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

# Warnings are errors; needs no network.
docs: $(INSTALLED_DEV)
	$(BIN)/python -m sphinx -W --keep-going -q docs build/docs
	@echo "wrote build/docs/index.html"

# pytest exits with 5 when no test is marked slow, which is not a failure.
bench: $(INSTALLED_DEV)
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m pytest -m slow --timeout=0 || [ $$? -eq 5 ]

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks
	find motifkit tests datasets -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@command -v "$(PYTHON)" >/dev/null || { echo "no $(PYTHON) here: install Python 3.11 or newer, or name one with PYTHON=" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "motifkit needs Python 3.11 or newer, $(PYTHON) is $$("$(PYTHON)" -V 2>&1); name a newer one with PYTHON=" >&2; exit 1; }
	@echo "making $(VENV)"
	@# Some systems ship Python without ensurepip; there the outer pip fills the environment.
	@"$(PYTHON)" -m venv $(VENV) >/dev/null 2>&1 || { \
	  "$(PYTHON)" -m venv --without-pip $(VENV) && \
	  "$(PYTHON)" -m pip --disable-pip-version-check --python $(BIN)/python install --quiet pip; }
	@touch $@

# The build backend comes first, and pinned, so that nothing is fetched unpinned to build motifkit itself.
$(INSTALLED): $(MADE) $(PINS)
	@echo "installing $(TORCH), the largest part: this may take some minutes"
	@$(PIP) "$(TORCH)"
	@echo "installing motifkit and the rest"
	@$(PIP) hatchling editables
	@$(PIP) --no-build-isolation --editable .
	@# As pip does for non-editable packages: otherwise every start without a writable cache compiles everything.
	@$(BIN)/python -m compileall -q motifkit
	@touch $@

$(INSTALLED_DEV): $(INSTALLED)
	@echo "installing the tools for tests and checks"
	@$(PIP) --no-build-isolation --editable '.[dev]'
	@touch $@
