# Two commands for a new user: `make demo` and `make test`. Both build the environment in .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint types imports pytest reference clean help

help:
	@echo "make demo   install, run the demonstration study offline, write runs/demo/report.html"
	@echo "make test   install, then lint, types, import rules, tests and documentation tests"
	@echo "make reference   write the generated pages of docs/reference anew"

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "TherapyArc needs Python 3.11 or later; run: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/therapyarc models fetch
	$(BIN)/therapyarc run studies/demo/study.yaml --out runs/demo

test: $(STAMP) lint types imports pytest

lint: $(STAMP)
	$(BIN)/ruff check src tests docs benchmarks
	$(BIN)/ruff format --check src tests docs benchmarks

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports

pytest: $(STAMP)
	$(BIN)/therapyarc models fetch
	$(BIN)/pytest -n 2

reference: $(STAMP)
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) runs .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
