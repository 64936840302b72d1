# Two commands do everything, installing included: `make demo` and `make test`. See README.md.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
CACHE := $(or $(CITYNODE_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/citynode)
# Compiled modules are kept: the commands that tests and the demo run start three times as fast.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help prepare engines demo test test-unit test-lab lint lint-types lint-tests lint-rest format docs goldens bench clean

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

prepare:
	@./prepare.sh
	@./compiled.sh take $(CACHE)

demo: prepare ## the main job on the lab, from the city's data to a page of measured figures
	@$(PY) -m demo
	@./compiled.sh keep $(CACHE)

test: lint engines ## everything: the tests without a lab fill the time that those with one wait for
	@$(PY) -m pytest tests -n 4 --dist loadfile
	@./compiled.sh keep $(CACHE)

test-unit: prepare ## pure tests and what needs no lab: seconds
	@$(PY) -m pytest tests -m "not lab" -n 4 --dist worksteal

test-lab: engines ## the running city: routers, clusters, databases, broken on purpose
	@$(PY) -m pytest tests -m lab -n 4 --dist loadfile

engines: prepare
	@$(PY) -m cli.main engines fetch

lint: prepare ## ruff, mypy, the direction of imports, ansible-lint, generated files
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint-types lint-tests lint-rest

lint-types: # beside the rest: alone it takes as long as all of that; what it knew of the last checkout it keeps, one run at a time
	@mkdir -p $(CACHE) && flock $(CACHE)/mypy.lock .venv/bin/mypy --cache-dir $(CACHE)/mypy

lint-tests: # every test can be read; what that compiles, none of the processes that run them need compile again
	@said=$$($(PY) -m pytest tests --collect-only -qq 2>&1) || { echo "$$said"; exit 1; }

lint-rest:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet . || { echo "try: make format"; exit 1; }
	@.venv/bin/lint-imports
	@cd playbooks && ANSIBLE_HOME=$${TMPDIR:-/tmp}/citynode-ansible PATH=$(CURDIR)/.venv/bin:$$PATH ansible-lint --offline --profile production -q .
	@$(PY) -m cli.catalogue --check
	@$(PY) -m cli.reference --check
	@$(PY) -m cli.codemap --check

format: prepare ## format the code
	@.venv/bin/ruff format --quiet . && .venv/bin/ruff check --fix --quiet .

docs: prepare ## write what is generated: the reference, the map of the code, the Chinese catalogue
	@$(PY) -m cli.catalogue && $(PY) -m cli.reference && $(PY) -m cli.codemap

goldens: prepare ## write the expected results of the pure tests anew; review the difference like code
	@CITYNODE_GOLDENS=write $(PY) -m pytest tests/unit -q

bench: prepare ## list the benchmarks; each runs by its own name against the lab in use
	@$(PY) -m benchmarks

clean: ## the environment and caches of this folder (not the engines)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
