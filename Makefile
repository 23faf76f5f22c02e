# Everything is run through .venv, made with uv where it is installed, else with venv and pip.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types layers check cov bench faults mutants build clean

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

help:  ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP)  ## Make .venv and install the program with its development tools
$(STAMP): pyproject.toml connectors_cli/__init__.py
	@if command -v uv >/dev/null; then \
		uv venv --quiet --allow-existing --python $(PYTHON) .venv && uv pip install --quiet --python $(BIN)/python -e '.[dev]'; \
	else \
		$(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'; \
	fi
	@touch $(STAMP)

demo: $(STAMP)  ## Run the main job in a throw-away home
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/demo.sh

test: $(STAMP)  ## Run the tests
	$(BIN)/python -m pytest -q -n auto

lint: $(STAMP)  ## Check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory types layers

types: $(STAMP)  ## Check types
	$(BIN)/mypy

layers: $(STAMP)  ## Check that imports point down
	$(BIN)/lint-imports

cov: $(STAMP)  ## Run the tests with branch coverage and its lower bound
	$(BIN)/python -m pytest -q -n auto --cov --cov-branch --cov-report=term

check: lint cov  ## All that must pass before a change lands

bench: $(STAMP)  ## Measure start-up, throughput and memory, as ratios in one run
	$(BIN)/python tests/bench.py

faults: $(STAMP)  ## Kill, cut off, fill, alter and count what is lost (some minutes)
	$(BIN)/python tests/faults

mutants: $(STAMP)  ## Alter the code of seals, keys, roles and the gate: do the tests notice? (most of an hour)
	$(BIN)/python tests/mutants.py

build: $(STAMP)  ## Build the wheel, install it in a fresh environment and run it
	$(BIN)/python -m build --wheel --outdir dist .
	$(BIN)/python tests/try_wheel.py dist

clean:  ## Remove what was made
	rm -rf .venv build dist mutants .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
