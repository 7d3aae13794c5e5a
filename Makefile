# `make run`: chat with the bot.  `make test`: every check.  `make style`: train what ships.
# `make bench`: measure, and write docs/performance.md; `make bench ROW=name` measures one row.

PYTHON ?= python3
# Bytecode is kept even where the environment would not: the tests start hundreds of bots.
export PYTHONDONTWRITEBYTECODE :=
RUN := .venv-run
DEV := .venv
STYLES := names surnames dinosaurs
LABEL_names := --title "First names" --licence "PDDL-1.0 and CC0-1.0" \
	--description "First names of the English-speaking world"
LABEL_surnames := --title "Surnames" --licence "public domain" \
	--description "Surnames of the United States, by the census of 1990"
LABEL_dinosaurs := --title "Dinosaurs" --licence "WTFPL" \
	--description "Genera of dinosaurs"
SOURCES := pyproject.toml README.md $(shell find bot -type f -not -name '*.pyc')

.PHONY: run test bench style clean

run: $(RUN)/ready
	@$(RUN)/bin/namesmith $(ARGS)

test: $(DEV)/ready
	$(DEV)/bin/ruff check
	$(DEV)/bin/ruff format --check
	$(DEV)/bin/mypy
	$(DEV)/bin/lint-imports
	$(DEV)/bin/pytest -n auto --maxprocesses 8 --dist loadfile $(PYTEST)

bench: $(DEV)/ready
	ROW=$(ROW) $(DEV)/bin/python -m tests.benchmarks

style: $(STYLES:%=style-%)

# Not named after the files that they make: to `run`, those are sources like any other.
style-%: model/corpora/%.txt $(DEV)/ready
	$(DEV)/bin/python -m model train --recipe best --corpus $< --out runs/$* --fresh
	$(DEV)/bin/python -m export runs/$* bot/styles/$*.onnx $(LABEL_$*)

clean:
	rm -rf $(RUN) $(DEV) build dist

# The wheel with its runtime dependencies and nothing else: what a user's machine would have.
$(RUN)/ready: $(SOURCES)
	@echo "Setting up (once) ..." >&2
	@test -x $(RUN)/bin/python || $(PYTHON) -m venv $(RUN)
	@$(RUN)/bin/pip install --quiet --disable-pip-version-check . >&2
	@touch $@

$(DEV)/ready: pyproject.toml
	test -x $(DEV)/bin/python || $(PYTHON) -m venv $(DEV)
	$(DEV)/bin/pip install --quiet --disable-pip-version-check ".[train,dev]"
	@touch $@
