# Each target makes what it needs on a fresh Debian 12 or 13 machine; afterwards the command is .venv/bin/colonnade.
BIN := .venv/bin
DEMO := examples/guestbook/colonnade.toml

.PHONY: help demo demo-down check test test-long golden lock setup setup-lab setup-test unit types lint format imports

help: ## show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

demo: setup-lab ## the guestbook on ten machines of this computer, in a few minutes (root)
	@scripts/demo $(DEMO)

demo-down: setup-lab ## take the demo's machines away again (root)
	@$(BIN)/colonnade lab down -f $(DEMO)

check: setup ## linters, types and every test without machines, in under a minute
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target unit types lint format imports

test: setup-test ## check, then the tests in a browser and on real machines (root)
	@$(MAKE) --no-print-directory check
	@$(BIN)/pytest -m browser -v
	@$(BIN)/pytest -m "lab and not long" -v --durations=15

test-long: setup-test ## lab tests of many minutes: scaling, several apps, recipes, alerts by mail (root)
	@$(BIN)/pytest -m long -v --durations=15

golden: setup ## write the golden files and docs/spec.md anew; read their diff before you commit them
	@$(BIN)/python scripts/golden
	@$(BIN)/python scripts/reference

lock: setup ## renew the pins in requirements.lock
	@scripts/lock

setup:
	@scripts/setup

setup-lab:
	@scripts/setup lab

setup-test:
	@scripts/setup lab browser

unit:
	@$(BIN)/pytest -m "not lab and not browser" -n 3 --dist worksteal

types:
	@$(BIN)/mypy src tests bench

lint:
	@$(BIN)/ruff check --quiet
	@$(BIN)/python scripts/reference --check

format:
	@$(BIN)/ruff format --check --quiet

imports:
	@$(BIN)/lint-imports --no-logo
