# Two commands matter: `make up` runs the portal, `make test` proves it.
PYTHON ?= python3
PORT ?= 8000
T ?= tests/pure
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

# The suite starts thousands of processes: each would compile the whole portal anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help up test oldest core fast one fmt check assets migrations lock shell bench chaos

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes

$(READY): requirements.txt | $(BIN)/pip
	$(INSTALL) -r requirements.txt
	@touch $@

$(READY_DEV): requirements-dev.txt $(READY)
	$(INSTALL) -r requirements-dev.txt
	@touch $@

# `exec`: Ctrl-C and SIGTERM reach the portal itself, with no shell in between.
up: $(READY)  ## run the whole portal here; PORT=8100 chooses the port
	@exec $(BIN)/python manage.py up --port $(PORT)

test: $(READY_DEV)  ## the whole suite, in some processes at once
	$(BIN)/pytest -n 4 -m "not chaos"

fast: $(READY_DEV)  ## the tests that need no database: about a minute
	$(BIN)/pytest -m "not browser and not servers" tests/pure tests/gateway

one: $(READY_DEV)  ## the tests of one path: make one T=tests/contacts
	$(BIN)/pytest $(T)

fmt: $(READY_DEV)  ## mend what can be mended, and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: $(READY_DEV)  ## lint, types, import contracts, made files, templates, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m assets --check
	$(BIN)/djhtml --check --tabwidth 2 --extra-block empty_card,endempty_card templates
	$(BIN)/python manage.py check
	@$(MAKE) --no-print-directory migrations

assets: $(READY_DEV)  ## the styles and the scripts of every page, anew: after a change of templates, styles or scripts
	$(BIN)/python -m assets

# Of models and files alone: no database is asked.
migrations: $(READY_DEV)  ## whether a change of the models lacks its migration
	$(BIN)/python manage.py makemigrations --check --dry-run --settings tests.no_database

# For every platform and each Python from the oldest on; wheels alone, for no hash covers what a build fetches.
LOCK := $(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes \
	--only-binary :all: --emit-build-options --custom-compile-command "make lock"

lock: $(READY_DEV)  ## renew what the requirements are pinned to; P=requests: that one alone
	$(LOCK) $(if $(P),--upgrade-package $(P),--upgrade) requirements.in -o requirements.txt
	$(LOCK) $(if $(P),--upgrade-package $(P),--upgrade) requirements-dev.in -o requirements-dev.txt

shell: $(READY)  ## Python in the portal, on its database
	@exec $(BIN)/python manage.py shell

oldest: $(READY_DEV)  ## the servers' tests on the oldest PostgreSQL that the portal works with, Debian's 15
	POSTGRESQL_PROGRAMS=/usr/lib/postgresql/15/bin PORTAL_DATA_DIR=$(CURDIR)/.local/tests-15 \
	$(BIN)/pytest -n 4 tests/servers tests/sql --ignore tests/servers/test_takeover.py

core: $(READY_DEV)  ## the scenes of chaos, short; alone, for they say how long things take
	$(BIN)/pytest tests/chaos

chaos: $(READY_DEV)  ## texts go out while everything breaks and everybody stops them; half an hour
	$(BIN)/python -m tests.chaos

bench: $(READY_DEV)  ## speed beside bare loops, and what things cost beside the last release; W=costs: the costs alone
	$(BIN)/python -m benchmarks $(W)
