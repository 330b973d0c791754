# Two commands matter: `make up` runs the portal, `make test` proves it.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

.DEFAULT_GOAL := help
.PHONY: help up test check bench chaos

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(READY): requirements.txt | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(READY_DEV): requirements-dev.txt requirements.txt | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(READY)

# `exec`: Ctrl-C and SIGTERM reach the portal itself, with no shell in between.
up: $(READY)  ## run the whole portal here; PORT=8100 chooses the port
	@exec $(BIN)/python manage.py up --port $(PORT)

test: $(READY_DEV)  ## the whole suite
	$(BIN)/pytest

check: $(READY_DEV)  ## lint, types, import contracts, templates, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djhtml --check --tabwidth 2 --extra-block empty_card,endempty_card templates
	$(BIN)/python manage.py check

chaos: $(READY_DEV)  ## texts go out while everything breaks and everybody stops them; a quarter of an hour
	$(BIN)/python -m tests.chaos

bench: $(READY_DEV)  ## speed, as ratios beside bare loops
	$(BIN)/python -m benchmarks
