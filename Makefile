# make ask Q="..."   answers a question from the articles in seeds/; the first run installs everything into .venv
# Variables: PYTHON (3.11 or newer), STORE (folder of the store), Q (the question).

PYTHON ?= python3
STORE ?= .nutgraf
Q ?= What did the US and South Korean envoys agree on?

# The question reaches the shell as it was typed, quotes and dollar signs included.
override Q := $(value Q)
export Q STORE

BIN := .venv/bin
# What an install must give: seen by pip only when pyproject.toml changes.
INSTALLED := .venv/.installed
INSTALLED_TEST := .venv/.installed-test

.DEFAULT_GOAL := help
.PHONY: help ask chat eval test browser clean
.DELETE_ON_ERROR:

help:
	@echo 'make ask [Q="..."]   answer a question from the articles in seeds/'
	@echo 'make chat            open the chat page'
	@echo 'make eval            measure the answers on questions with known answers'
	@echo 'make test            run every check'
	@echo 'make clean           remove .venv and caches (stores stay)'

ask: $(INSTALLED)
	@$(BIN)/nutgraf index seeds --store "$$STORE"
	@echo
	@printf '%s\n\n' "$$Q"
	@$(BIN)/nutgraf ask "$$Q" --store "$$STORE"

chat: $(INSTALLED)
	@$(BIN)/nutgraf index seeds --store "$$STORE"
	@$(BIN)/nutgraf serve --open --store "$$STORE"

eval: $(INSTALLED)
	@$(BIN)/nutgraf eval

test: $(INSTALLED_TEST) browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nutgraf doctor
	$(BIN)/python -m pytest -n 2 --dist loadfile

# The tests of the page need a Chromium. Debian's is taken; nothing is downloaded behind the package manager's back.
browser:
	@if ! command -v chromium >/dev/null; then \
	  if ! command -v apt-get >/dev/null; then \
	    echo 'error: the tests of the chat page need chromium; install it with your package manager' >&2; exit 1; \
	  fi; \
	  if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	fi

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'error: Nutgraf needs Python 3.11 or newer; try: make $(MAKECMDGOALS) PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo 'error: no virtual environment could be made; on Debian: apt-get install python3-venv' >&2; exit 1; }

$(INSTALLED): pyproject.toml | $(BIN)/python
	@echo 'Installing into .venv (a few minutes the first time)'
	@$(BIN)/pip install -qq --editable .
	@touch $@

$(INSTALLED_TEST): pyproject.toml | $(BIN)/python
	@echo 'Installing what the tests need into .venv'
	@$(BIN)/pip install -qq --editable '.[test]'
	@touch $(INSTALLED) $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build
	find rag index ui eval tests -name __pycache__ -prune -exec rm -rf {} +
