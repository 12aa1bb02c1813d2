# Two commands matter: `make demo` and `make test`. Both set up what they need in .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SYNDICATE := $(BIN)/syndicate
CONFIG := config/syndicate.toml
READY := $(VENV)/.ready
NODE_READY := tests/node_modules/.ready
WORKERS ?= 3
FUZZ_SECONDS ?= 60

.PHONY: help setup demo run test lint test-long torture fuzz bench bench-full screenshots lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(READY) ## make .venv with everything locked

# uv is quicker; where the index does not offer it, pip takes the same lock as exported (without resolving).
$(READY): pyproject.toml uv.lock requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Syndicate needs Python 3.11 or later; this is $$($(PYTHON) --version)"; exit 2; }
	@echo "Setting up $(VENV): half a minute, once …"
	@$(PYTHON) -m venv $(VENV) || { echo "venv is missing: sudo apt-get install python3-venv"; exit 2; }
	@if [ -z "$(NO_UV)" ] && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; then \
		VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv sync --frozen --inexact --quiet; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .; \
	fi
	@touch $@

demo: setup ## collect, publish and deliver the shipped sample once
	@$(SYNDICATE) -c $(CONFIG) subscribers import config/samples/subscribers.csv --consent "shipped sample" --quiet
	@$(SYNDICATE) -c $(CONFIG) run --once

run: setup ## everything until Ctrl-C, at http://127.0.0.1:8080 (RUN_ARGS=--allow-root in a container)
	@$(SYNDICATE) -c $(CONFIG) run $(RUN_ARGS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

test: lint $(NODE_READY) ## lint, types and all tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

# Readers written in JavaScript and axe-core; their tests are skipped by name where npm is absent.
$(NODE_READY): tests/package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix tests && touch $@; \
	else echo "npm is not installed: sudo apt-get install nodejs npm"; fi

test-long: lint $(NODE_READY) ## the slow cases too
	@KILLS=200 TIMING=1 LEASES=1 READERS=50000 WALK=10000 EXAMPLES=200 HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n $(WORKERS) --timeout 1800 $(PYTEST_ARGS)

torture: setup ## 200 kills of a running send (KILLS=2000 for more); whether time tells who is known
	@KILLS=$${KILLS:-200} $(BIN)/python -m pytest tests/deliver -k kill -n $(WORKERS) --dist worksteal --timeout 5400 $(PYTEST_ARGS)
	@TIMING=1 $(BIN)/python -m pytest tests/web/test_timing.py --timeout 1800 $(PYTEST_ARGS)

# atheris has wheels for some versions of Python only, so that it is no dependency of the tests.
fuzz: setup ## bytes that nobody thought of, FUZZ_SECONDS (60) for each reader; what broke one is left in var/fuzz
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: "atheris>=3.0" \
	|| { echo "skipped: fuzz: atheris has no wheel for $$($(BIN)/python --version); use Python 3.11 to 3.13"; exit 0; }; \
	for target in page html feed sitemap date feedlint bounce; do \
		$(BIN)/python -m tests.fuzz $$target -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 || exit 1; \
	done

bench: setup ## ratios against references, also in var/bench.json
	@$(BIN)/python -m benchmarks

bench-full: setup ## the same with a million items in the store
	@FULL=1 $(BIN)/python -m benchmarks

screenshots: setup ## pages and mails as PNG in var/screenshots
	@$(BIN)/python -m tests.screenshots

lock: setup ## after a change of the dependencies
	@$(BIN)/uv lock && $(BIN)/uv export --frozen --no-emit-project --no-hashes --all-groups --format requirements-txt -o requirements.lock >/dev/null

clean: ## take away what set-up and tests made; var/ stays
	rm -rf $(VENV) tests/node_modules dist build .mypy_cache .ruff_cache .pytest_cache
