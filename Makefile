# Everything runs in .venv, which uv creates where it is installed, else venv and pip (UV= asks for those).
.DEFAULT_GOAL := help
.PHONY: help setup demo seed-connectors test test-slow lint types layers check cov bench faults mutants texts picture \
	statements newest lock build reproducible sbom audit clean

PYTHON ?= python3
UV ?= $(shell command -v uv 2>/dev/null)
BIN := .venv/bin
PROGRAM := .venv/.program
STAMP := .venv/.installed
LOCK := .ci/requirements.txt
DEV_LOCK := .ci/requirements-dev.txt
RELEASE_LOCK := .ci/requirements-release.txt

# $(call create,FOLDER) creates an environment, $(call install,FOLDER,WHAT) installs packages into one.
ifneq ($(UV),)
create = $(UV) venv --quiet --allow-existing --python $(PYTHON) $(1)
install = $(UV) pip install --quiet --python $(1)/bin/python $(2)
else
create = $(PYTHON) -m venv $(1)
install = $(1)/bin/python -m pip install --quiet --disable-pip-version-check $(2)
endif
compile = uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

# Byte code is kept, and not compiled again by each of the thousand processes that tests start.
export PYTHONDONTWRITEBYTECODE =

help:  ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP)  ## Install the program and its development tools into .venv (1 min)
$(STAMP): pyproject.toml connectors_cli/__init__.py $(DEV_LOCK)
	@echo "Installing the program and its development tools into .venv ..."
	@$(call create,.venv)
	@$(call install,.venv,--require-hashes --requirement $(DEV_LOCK))
	@$(call install,.venv,--no-deps --no-build-isolation --editable .)
	@touch $(STAMP)

demo: $(PROGRAM)  ## Run the main job in a throw-away home (30 s the first time, then 10 s)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/demo.sh

seed-connectors: $(PROGRAM)  ## Check the catalog's files, and write them into your store (5 s)
	$(BIN)/connectors catalog lint catalog/*.json
	$(BIN)/connectors init

ifneq ($(wildcard $(STAMP)),)
$(PROGRAM): $(STAMP)
	@touch $(PROGRAM)
else
$(PROGRAM): pyproject.toml connectors_cli/__init__.py $(LOCK)
	@echo "Installing the program into .venv, without its development tools ..."
	@$(call create,.venv)
	@$(call install,.venv,--require-hashes --requirement $(LOCK))
	@$(call install,.venv,--no-deps --editable .)
	@touch $(PROGRAM)
endif

test: $(STAMP)  ## Run the tests but the slow ones (3 min on two cores)
	$(BIN)/python -m pytest -q -n auto --dist worksteal -rs -m "not slow"

test-slow: $(STAMP)  ## Run the slow tests: kills, faults, servers (11 min on two cores)
	$(BIN)/python -m pytest -q -n auto --dist worksteal -rs -m slow

lint: $(STAMP)  ## Check style, types and layers (30 s)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory types layers

types: $(STAMP)  ## Check types (20 s)
	$(BIN)/mypy

layers: $(STAMP)  ## Check that imports point down (5 s)
	$(BIN)/lint-imports

cov: $(STAMP)  ## Run all tests with branch coverage and its lower bound (15 min)
	$(BIN)/python -m pytest -q -n auto --cov --cov-branch --cov-report=term

check: lint cov  ## Run all that must pass before a change lands (15 min)

bench: $(STAMP)  ## Measure start-up, throughput and memory, as ratios in one run (15 min)
	$(BIN)/python tests/bench.py

faults: $(STAMP)  ## Kill, cut off, fill, alter and count what is lost (5 min)
	$(BIN)/python tests/faults

mutants: $(STAMP)  ## Alter the code of seals, keys, roles and the gate: do the tests notice? (1 h)
	$(BIN)/python tests/mutants.py

texts: $(STAMP)  ## Write the options of the fast lane and the help in pipes, from the commands
	$(BIN)/python tests/support/command_table.py
	$(BIN)/python tests/support/help_texts.py

statements: $(STAMP)  ## Compile the statements of everyday writes and the tables of a new store
	$(BIN)/python -m connectors_cli.store.orm.generate

picture: $(STAMP)  ## Draw the README's picture from a demo store (needs tmux)
	$(BIN)/python tests/picture.py

newest:  ## Run all tests against the newest versions of all dependencies (8 min)
	@rm -rf build/newest
	@$(call create,build/newest)
	@$(call install,build/newest,--upgrade --editable '.[dev]')
	build/newest/bin/python -m pytest -q -n auto -rs

lock:  ## Renew the hash-checked lists of dependencies in .ci (10 s, needs uv)
	$(compile) pyproject.toml --extra dev --output-file $(DEV_LOCK)
	$(compile) pyproject.toml --constraints $(DEV_LOCK) --output-file $(LOCK)
	$(compile) --group release --output-file $(RELEASE_LOCK)

# The time that files in packages get: that of the last commit, so that anybody builds the same bytes.
build reproducible: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1580601600)

build: $(STAMP)  ## Build wheel and sdist, install the wheel in a fresh environment and run it (1 min)
	@rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .
	$(BIN)/python tests/try_wheel.py dist

reproducible: $(STAMP)  ## Build twice, in unlike surroundings, and compare the bytes (10 s)
	$(BIN)/python tests/reproducible.py

sbom: build  ## Write what the wheel installs next to it, as CycloneDX (2 min)
	@rm -rf build/program build/release
	@$(call create,build/program)
	@$(call install,build/program,--require-hashes --requirement $(LOCK))
	@$(call install,build/program,--no-deps dist/*.whl)
	@$(call create,build/release)
	@$(call install,build/release,--require-hashes --requirement $(RELEASE_LOCK))
	@version=$$(build/program/bin/connectors --version | cut -d ' ' -f 2) && \
	sed "s/^dynamic = .*/version = \"$$version\"/" pyproject.toml >build/pyproject.toml && \
	build/release/bin/cyclonedx-py environment --pyproject build/pyproject.toml --output-reproducible \
		--output-file "dist/connectors_cli-$$version.cdx.json" build/program/bin/python

audit:  ## Ask the index for known vulnerabilities of the locked versions (30 s)
	@$(call create,build/release)
	@$(call install,build/release,--require-hashes --requirement $(RELEASE_LOCK))
	build/release/bin/pip-audit --disable-pip --require-hashes --requirement $(LOCK)
	build/release/bin/pip-audit --disable-pip --require-hashes --requirement $(DEV_LOCK)

clean:  ## Remove what these targets created
	rm -rf .venv build dist mutants .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
