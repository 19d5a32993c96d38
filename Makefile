# One command each: `make help` lists them. Settings of the environment (docs/configuration.md) are honoured.

PORT ?= 8000
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done || echo python3)
# What is installed besides the core; `EXTRAS=` leaves torch out (the packaged embedding model does not need it).
EXTRAS ?= local keyless
INSTALL = $(PYTHON) .ci/install.py
MANAGE = .venv/bin/python manage.py

.PHONY: help run install demo test test-models check pins bench screenshots
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: install ## install what is missing, then start everything on PORT (8000)
	@exec $(MANAGE) up --port $(PORT)

install: ## only the first part of it: the environment in .venv/, and the assets
	@$(INSTALL) $(EXTRAS)

demo: ## like run, with a toy model server started beside it
	@$(INSTALL) $(EXTRAS) demo
	@.venv/bin/python -c "from webui import demo; demo.request()"
	@exec $(MANAGE) up --port $(PORT)

test: test-models ## a fresh start, then every test
	@.venv/bin/python -m tests

test-models: ## what the tests need besides: development tools, and real model weights in .cache/models
	@$(INSTALL) $(EXTRAS) dev demo voice ldap
	@.venv/bin/python -m tests.servers.models

check: ## ruff, mypy, import contract, size budgets, templates, TypeScript
	@$(INSTALL) $(EXTRAS) dev
	@.venv/bin/python .ci/check.py

pins: ## constraints.txt anew: the newest releases that pyproject.toml allows, with the hashes of their files
	@$(INSTALL) $(EXTRAS) dev
	@.venv/bin/python .ci/pins.py

bench: ## the benchmarks: a table, and bench.json
	@$(INSTALL) $(EXTRAS) dev demo
	@.venv/bin/python -m tests.bench $(ONLY)

screenshots: ## docs/screenshots anew, from a real server
	@$(INSTALL) $(EXTRAS) dev
	@.venv/bin/python -m tests.browser.screenshots
