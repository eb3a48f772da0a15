# Everything a person does with this project. Each target sets up what it needs: on a fresh machine `make demo` is enough.

PYTHON_HERE := .venv/bin/python
LOCAL := $(PYTHON_HERE) -m deploy.local
PYTEST := $(PYTHON_HERE) -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup up demo down status logs gen fmt check test e2e bench migrate revision lock clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## Make the virtual environment .venv, exactly as requirements.lock says
	@sh deploy/local/setup.sh

up: setup ## Start everything on this machine and leave it running (GATEWAY_PORT=8080, EDGAR=small or live)
	@$(LOCAL) up

demo: setup ## Show the main job from end to end: filings to figures, through the real door
	@$(LOCAL) demo

down: ## Stop what `make up` started
	@if [ -x $(PYTHON_HERE) ]; then $(LOCAL) down; fi

status: setup ## Say what runs, and where
	@$(LOCAL) status

logs: setup ## Follow the logs of what runs
	@$(LOCAL) logs

gen: setup ## Write the stubs and the OpenAPI document from the protos
	@$(PYTHON_HERE) -m protos.generate

fmt: setup ## Put code and protos into their usual form
	@$(PYTHON_HERE) -m ruff check --fix-only --quiet .
	@$(PYTHON_HERE) -m ruff format --quiet .
	@.venv/bin/buf format --write

check: setup ## Look at everything that can be judged without running it; change nothing
	@$(PYTHON_HERE) -m deploy.check

test: setup ## Run every test: the quick ones side by side, then those that need the machine for themselves
	@failed=0; \
	$(PYTEST) --numprocesses auto --maxprocesses 4 --dist loadfile --ignore tests/e2e || failed=1; \
	$(PYTEST) tests/e2e || failed=1; \
	exit $$failed

e2e: setup ## Run the tests that speak to the whole stack through its door
	@$(PYTEST) tests/e2e

bench: setup ## Measure, beside what others do
	@$(PYTHON_HERE) -m bench

migrate: setup ## Bring every service's schema up to date
	@$(LOCAL) migrate

revision: setup ## Write a migration from the models: make revision S=form4 M="add a column"
	@if [ -z "$(S)" ] || [ -z "$(M)" ]; then echo 'Say which service and what changes: make revision S=form4 M="…"'; exit 2; fi
	@$(LOCAL) revision "$(S)" "$(M)"

COMPILE := .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate \
	--no-header --python-version 3.11

lock: setup ## Resolve requirements.lock anew from pyproject.toml, and from it what the image holds and is built with
	@$(COMPILE) --extra stack --extra dev --output-file requirements.lock pyproject.toml
	@$(COMPILE) --constraint requirements.lock --output-file deploy/requirements.lock pyproject.toml
	@echo hatchling | $(COMPILE) --constraint requirements.lock --output-file deploy/build.lock -

clean: ## Stop everything and delete all that the other targets made: data, logs, caches, .venv
	@if [ -x $(PYTHON_HERE) ]; then $(LOCAL) clean; fi
	@rm -rf .venv .run .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
