# Everything runs in .venv, made from the locks; only Python 3.11 (or newer) and make are needed.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOWEST := $(BIN)/uv pip install --quiet --python build/lowest/bin/python
export PYTHONHASHSEED := 0
export OMP_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests reproduce test test-long faults lint coverage lowest mutation lab lock calibration audit clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

reproduce: setup ## Run every notebook offline, write figures/, site and paper, print the verdicts
	$(BIN)/analysis run --jobs 2 --force
	$(BIN)/analysis readme
	$(BIN)/analysis report
	$(BIN)/analysis claims

test: setup-tests lint ## Run all checks: lint, types, layers, tests
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

test-long: setup-tests ## Run the tests that take minutes each
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m long

faults: setup-tests ## Every fault of a machine: containers, mounts, limits, kills (KILLS=30: so many)
	$(BIN)/python -m pytest -q -n 2 -m "long or not long" tests/runs/test_machines.py tests/runs/test_faults.py

coverage: setup-tests ## The tests again, with the share of lines that they reach (half as long again)
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

lint: setup-tests
	$(BIN)/ruff check -q .
	$(BIN)/ruff format -q --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The tools of the tests stay as locked; what the package itself asks for is taken at its lowest.
lowest: setup-tests ## The tests again with the lowest versions that pyproject.toml allows (needs the network)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python build/lowest
	$(LOWEST) --no-deps --require-hashes -r requirements-dev.lock
	$(BIN)/uv pip compile --quiet --no-header --resolution lowest-direct --extra report --extra lab pyproject.toml -o build/lowest.txt
	$(LOWEST) -r build/lowest.txt
	$(LOWEST) --no-deps --no-build-isolation --editable .
	build/lowest/bin/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

mutation: setup-tests ## Change methods and claims in small ways and count what the tests notice (half an hour)
	$(BIN)/python scripts/mutation.py

lab: setup ## Open the notebooks in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

calibration: setup ## Simulate worlds with a known answer (some 70 minutes of one processor)
	$(BIN)/python -m benchmarks.calibration --jobs 2

audit: setup-tests ## Look the locked versions up for known vulnerabilities (needs the network)
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock

lock: setup-tests ## Write the locks again after a change of pyproject.toml
	$(BIN)/python scripts/lock.py

clean: ## Remove what runs and set-up made; figures/ stays
	rm -rf build .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

setup: .venv/ready-run ## Make .venv with what the notebooks need

setup-tests: .venv/ready-tests

# A stamp is written last, so that an interrupted set-up is taken up again.
# Locks are complete, so nothing is resolved here (--no-deps).
.venv/ready-run: requirements.lock pyproject.toml | .venv/bin/python
	@echo "setting up .venv from requirements.lock (a minute or two, once)"
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-tests: requirements-dev.lock pyproject.toml | .venv/bin/python
	@echo "setting up .venv from requirements-dev.lock (a minute or two, once)"
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements-dev.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ .venv/ready-run

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "error: no Python from 3.11 on found; install one or say PYTHON=/path/to/python3.11"; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is older than Python 3.11; say PYTHON=/path/to/python3.11"; exit 2; }
	@"$(PYTHON)" -m venv --clear .venv
