# make demo   everything a new user needs to see, from nothing
# make check  lint, types, layers and the unit tests, within a minute
# make test   every check: lint, types, layers, all tests
# make venv   .venv with the command installed
# make trials real faults, by the minute, and planted ones that they have to find; LONG=1 for
#             hours, TRIALS="kill9 clock" for some
# make release  wheel and sdist, built twice alike and tried on each Python that is here
# make bench  ratios against a peer and raw code; SECTIONS="sqlite replay" for some

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
PYTEST_ARGS ?=
# Tests start processes of our own, which are to be compiled once.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
SECTIONS ?=
TRIALS ?=
LONG ?=

.PHONY: demo check test lint trials bench release docs venv dev clean
.DEFAULT_GOAL := test

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "pactwatch needs python3.11 or newer on the PATH" >&2; exit 1; }
	@echo "creating $(VENV) with $(PYTHON)" >&2
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "the venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.runtime: requirements.txt pyproject.toml | $(BIN)/python
	@echo "installing locked requirements" >&2
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "installing locked test requirements" >&2
	@$(PIP) --no-compile --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev
	@echo "installing the locked peer to measure against" >&2
	@$(PIP) --require-hashes -r requirements-bench.txt
	@touch $@

venv: $(VENV)/.runtime
dev: $(VENV)/.dev

demo: venv
	@$(BIN)/pactwatch demo

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(PYTEST) tests/unit $(PYTEST_ARGS)

test: lint
	$(PYTEST) -n auto --maxprocesses=8 --dist worksteal $(PYTEST_ARGS)

docs: dev
	$(BIN)/python -m docs.catalogues
	$(BIN)/python -m docs.generate
	$(BIN)/python -m docs.new_databases
	$(BIN)/python -m dashboards.grafana
	$(BIN)/python -m dashboards.datasette_files
	$(BIN)/python -m tests.support.surface

trials: dev
	@code=0; $(BIN)/python -m trials $(if $(LONG),--long) $(TRIALS) || code=1; \
		$(if $(TRIALS),,$(BIN)/python -m trials.mutants || code=1;) exit $$code

# Commands are measured as they are installed: with their bytecode.
bench: $(VENV)/.bench
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m benchmarks $(SECTIONS)

release: dev
	@$(BIN)/python -m releases

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
