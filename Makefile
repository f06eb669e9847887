# Everything runs from .venv, which is made from requirements/dev.lock on first use. `make` alone lists the targets.

MAKEFLAGS += --no-print-directory
BIN := .venv/bin
STAMP := .venv/.up-to-date
SAMPLE := sample_data/onboarding.xlsx
DEMO := IMPORTER_STATE_DIR=.demo $(BIN)/importer run $(SAMPLE) --sandbox --yes --report-dir .demo

.DEFAULT_GOAL := help
.PHONY: help demo test simulate kills machine torture mutants fuzz coverage check generate lock audit matrix office disk clean setup

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## Import the sample course into a local stand-in of Nexudus, twice
	@rm -rf .demo && mkdir .demo
	@echo "== The sample course goes in:" && $(DEMO)
	@echo "== The same command again sends nothing, as everything is there already:" && $(DEMO)

# Half of the time tests wait for a clock or for another process, so more of them run than there are cores (2 in CI).
WORKERS ?= 3
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -q -m "not slow"
CORE := delivery.py api.py tokens.py alter.py changes.py pacing.py window.py breaker.py doubts.py service.py group_commit.py \
	journal/*.py send/*.py
CORE_TESTS := $(patsubst %,tests/unit/test_%.py,delivery api tokens alter changes pacing breaker doubts service group_commit \
	journal journal_across_runs journal_changes journal_recovery history ballast rescue send above looking queue \
	taking_up changing late)

test: setup ## Run all tests but those marked slow, those of delivery first
	@$(MAKE) coverage; delivery=$$?; $(PYTEST) $(addprefix --ignore=,$(CORE_TESTS)) && exit $$delivery

coverage: setup ## See that the tests of delivery take every branch of its modules
	@$(PYTEST) $(CORE_TESTS) --cov=importer --cov-branch --cov-report=
	@$(BIN)/python -m coverage report --include="$$(echo '$(addprefix importer/,$(CORE))' | tr ' ' ,)" --fail-under=100

SEEDS ?= 2000
simulate: setup ## Let SEEDS simulated imports go wrong in every way, and print what happened
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) --json docs/figures/simulate.json

PAIRS ?= 300
kills: setup ## Kill a small simulated import at each effect, and at PAIRS pairs of effects
	@$(BIN)/python -m tests.simulation.kills --pairs $(PAIRS) --json docs/figures/kills.json

EXAMPLES ?= 1000
machine: setup ## Let Hypothesis choose what happens in EXAMPLES simulated lives
	@EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -q tests/simulation/test_state_machine.py

KILLS ?= 200
torture: setup ## Kill the real command KILLS times amid its work, and compare what is there with what it says
	@$(BIN)/python -m tests.torture --kills $(KILLS) --json docs/figures/torture.json

mutants: setup ## Plant faults in the importer, and see that the simulation catches each
	@$(BIN)/python -m tests.simulation.mutants --json docs/figures/mutants.json

office: setup ## Open reports in LibreOffice, which has to be here, and see what it finds in them
	@$(BIN)/python -m pytest -q tests/office

disk: setup ## Import onto a disk that is really full; needs Linux and the right to mount one
	@$(BIN)/python -m pytest -q -m slow tests/flow/test_storage.py

SECONDS ?= 60
fuzz: setup ## Load damaged spreadsheets for SECONDS seconds: each has to be read or refused
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

check: setup ## Check format, lint, types, the order of imports and generated files
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not formatted: run .venv/bin/ruff format ." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/python tools/generate.py --check

generate: setup ## Write the generated files anew: templates, samples, tables of the documentation
	@$(BIN)/python tools/generate.py

lock: $(STAMP) ## Resolve the dependencies of pyproject.toml anew into requirements/*.lock
	@.ci/lock $(BIN)/python

audit: setup ## Look for known vulnerabilities of the locked dependencies; needs the network
	@.ci/audit $(BIN)/python

matrix: ## Run the tests on each of Python 3.11 to 3.14 that is here
	@.ci/matrix

clean: ## Remove everything that is made, .venv included
	@rm -rf .venv .venv.log .matrix .demo .fuzz build dist htmlcov .coverage .coverage.*
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find importer tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# An environment may forbid Python to write .pyc files, and without them every command starts more than twice as slowly.
setup: $(STAMP)
	@$(BIN)/python -m compileall -q importer

$(STAMP): requirements/dev.lock pyproject.toml .ci/venv
	@echo "Setting up .venv (about a minute, once) …" >&2
	@.ci/venv .venv $(PYTHON)
	@touch $@
