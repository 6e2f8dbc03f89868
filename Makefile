# make demo: from a fresh machine to the main result; needs Python 3.11 or newer and no root.
# make energyplus: what the commands need that run EnergyPlus.
# make test: from a fresh machine to all checks; installs Chromium, a CJK font and Mosquitto where they are missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := runs/demo

# Python keeps what it compiled, also where the environment forbids it (many containers do): without this each of the
# hundreds of processes that the tests start compiles every module of every library once more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo energyplus test check long lock clean system examples

demo: $(VENV)/.demo
	$(BIN)/twin demo --out $(RUN)

# The engine is locked together with the tools of the tests.
energyplus: $(VENV)/.test

# Kernels compile while the packages come that only the tests need.
test: $(VENV)/.demo
	@sh tests/all_checks.sh "$(MAKE)" $(VENV)

# The fast half, for every edit.
check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -m "not long"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (set PYTHON=...)."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The lock is whole, so pip need not look for what belongs to what; modules are compiled when they are first used.
$(VENV)/.demo: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.demo
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-test.lock
	@touch $@

# Tests use the system's Chromium, a font with Chinese glyphs, and Mosquitto.
system:
	@sh tests/install_system.sh

# March again what the pages show before anybody marched anything.
examples: $(VENV)/.test
	$(BIN)/python -P tests/shared/bundled_runs.py
	$(BIN)/python -P tests/shared/bundled_outlook.py
	$(BIN)/python -P tests/shared/bundled_study.py
	$(BIN)/python -P tests/shared/bundled_check.py
	$(BIN)/python -P tests/shared/bundled_preview.py
	$(BIN)/python -P tests/shared/bundled_twin.py

# Names, versions and hashes, for every platform; no address in it.
lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra build --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --extra test --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 -c requirements.lock -o requirements-test.lock

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis runs
