# The few commands a person types; continuous integration runs these and nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench render rules apply readme pictures servers tested measured identity test-stack

PYTHON := .venv/bin/python

help: ## show this
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

setup: .venv/.locked ## make .venv with everything that uv.lock names

.venv/.locked: uv.lock pyproject.toml provisioning/setup.sh
	@provisioning/setup.sh
	@touch $@

servers:
	@provisioning/install.sh python servers

tested:
	@provisioning/install.sh python servers tests

measured:
	@provisioning/install.sh python servers tests load

identity:
	@provisioning/install.sh python identity

demo: servers setup ## run the whole stack on this machine, with simulated patients, until Ctrl-C
	@$(PYTHON) -m provisioning local

# Tests wait for their servers about a fifth of the time: two cores are busy with three processes.
test: tested setup ## run every test, against real servers; TESTS=tests/chevet for a part
	@$(PYTHON) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(TESTS)

test-stack: identity setup ## run the tests before a real Keycloak: 177 MB, fetched once into ~/.cache/chevet
	@$(PYTHON) -m provisioning keycloak
	@$(PYTHON) -m pytest tests/stack

lint: setup ## check style, types and who imports whom
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports

bench: measured setup ## list the measurements; BENCH="urgent --queued 1000" runs one
	@$(PYTHON) -m bench $(or $(BENCH),--help)

render: setup ## render every configuration file of Prometheus, Alertmanager and Grafana into rendered/
	@$(PYTHON) -m provisioning render

rules: servers setup ## render, and have promtool and amtool check rules, configuration and routes
	@$(PYTHON) -m provisioning rules

apply: servers setup ## render for the stack that runs (CHEVET_HOME), have it reload, and see that it did
	@$(PYTHON) -m provisioning apply

readme: setup ## render the README's table of vitals from the catalogue
	@$(PYTHON) -m provisioning readme

pictures: tested setup ## draw the README's pictures from a ward that does not exist
	@$(PYTHON) -m tests.filled docs/pictures
