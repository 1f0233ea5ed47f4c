# Needs make, git and Python 3.11 or later with venv. `make help` lists the targets.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
SITE := _build/html

.DEFAULT_GOAL := help
.PHONY: help book check test test-fast lint verify bench release serve clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

book: .venv/book ## build the site, and swap it in when it is finished
	$(BIN)/python -m book.publish --end-with-parent

check: .venv/book ## check the data, in a second or two
	$(BIN)/python -m analysis check

test: .venv/dev lint ## run every check and test
	$(BIN)/python -m pytest --ignore=tests/site --numprocesses=auto
	$(BIN)/python -m pytest tests/site --numprocesses=auto --maxschedchunk=1

test-fast: .venv/dev lint ## the same without building the site, and without the slow ones
	$(BIN)/python -m pytest --ignore=tests/site --numprocesses=auto -m "not slow"

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

verify: .venv/book ## build twice, and compare every byte
	$(BIN)/python -m book.verify

bench: .venv/bench ## time the statistics beside other packages, and the build beside the defaults
	$(BIN)/python -m tests.benchmarks.statistics
	$(BIN)/python -m book.bench

release: .venv/book ## freeze the current results as a version: make release NOTE="what it is"
	$(BIN)/python -m analysis release --note "$(NOTE)"

serve: ## show the site at http://127.0.0.1:8000, or at another PORT
	$(PYTHON) -m http.server $(PORT) --bind 127.0.0.1 --directory $(SITE)

clean: ## remove what was built, but not .venv
	rm -rf _build .hypothesis .mypy_cache .pytest_cache .ruff_cache

# The files .venv/book, .venv/dev and .venv/bench say which requirements are installed; they are only
# made anew when the requirements change.

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=...")'
	$(PYTHON) -m venv .venv

.venv/book: requirements.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/book
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/bench: tests/benchmarks/requirements.txt .venv/book
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r $<
	@touch $@
