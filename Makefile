# Everything runs from .venv, built from the lock files with hashes.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

.PHONY: help env console demo up test quick integration browser check format lock bench docs clean

help: ## List the targets.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

env: $(STAMP) ## Build the environment .venv from the lock files.

$(STAMP): requirements/bootstrap.lock requirements/all.lock pyproject.toml
	@$(PYTHON) -c 'import sys, venv, ensurepip; assert sys.version_info[:2] == (3, 11)' \
	  || { echo "make: Python 3.11 with venv is needed (Debian 12: apt install python3-venv), or name one: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements/bootstrap.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --require-hashes requirements/all.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

lock: ## Pin every dependency again, with hashes.
	$(BIN)/uv pip compile pyproject.toml --all-extras --upgrade --generate-hashes --no-header --no-annotate --python-version 3.11 -o requirements/all.lock
