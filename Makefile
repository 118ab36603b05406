# A machine needs git, make and Python 3.11 or later (with venv); everything else is set up in .venv.
# With uv (https://docs.astral.sh/uv/) the set-up is quicker, and the same.

PYTHON ?= python3
PORT ?= 8000
# How many processes the tests use.
JOBS ?= 2
# What of the benchmark: make bench BENCH="--only ratio_wire --runs 5".
BENCH ?=
# Into which folder all mails are rendered.
MAILS ?= var/mails

BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
CATALOGUES := $(wildcard config/locale/*/LC_MESSAGES/django.po)
TRANSLATED := .venv/translated
RUNTIME := .venv/runtime
DEVELOPMENT := .venv/development
# To run the site, the tools of development are not needed; where they are, they are no hindrance.
INSTALLED := $(if $(or $(wildcard $(DEVELOPMENT)),$(filter-out run,$(MAKECMDGOALS))),$(DEVELOPMENT),$(RUNTIME))

.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite chaos check bench mails messages lock clean
.DELETE_ON_ERROR:

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: $(INSTALLED) $(TRANSLATED) ## Run the whole site here: make run PORT=8765
	@EMBEDDED=1 SITE_URL=http://localhost:$(PORT) exec $(BIN)/python manage.py runembedded --port $(PORT)

test: $(DEVELOPMENT) $(TRANSLATED) ## Run the tests, on PostgreSQL and Valkey, then on SQLite
	$(BIN)/pytest -n $(JOBS)
	@$(MAKE) --no-print-directory test-sqlite

test-sqlite: $(DEVELOPMENT) $(TRANSLATED) ## Run the tests on SQLite alone
	TEST_DATABASE=sqlite $(BIN)/pytest -n $(JOBS)

chaos: $(DEVELOPMENT) $(TRANSLATED) ## Break everything around the sending engine, at length: twenty minutes
	CHAOS=long $(BIN)/pytest -o faulthandler_timeout=900 --verbose tests/chaos

check: $(DEVELOPMENT) $(TRANSLATED) ## Look the code over: style, types, imports, migrations, translations, deployment
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m config.messages check
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@echo manage.py makemigrations --check
	@$(PRODUCTION) DATABASE_URL=sqlite:///:memory: $(BIN)/python manage.py makemigrations --check --dry-run --skip-checks
	@echo manage.py check --deploy
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(DEVELOPMENT) $(TRANSLATED) ## Measure how fast it sends and answers, beside others: twenty minutes
	@$(BIN)/python -m benchmarks $(BENCH)

mails: $(DEVELOPMENT) $(TRANSLATED) ## Render every mail in every language, to look at: make mails MAILS=folder
	@$(BIN)/python -m tests.previews $(MAILS)

messages: $(DEVELOPMENT) ## Bring the catalogues of translations up to date with the code
	$(BIN)/python -m config.messages extract

lock: ## Resolve the dependencies anew (needs uv)
	uv lock --upgrade
	$(EXPORT) --no-dev --output-file requirements.txt
	$(EXPORT) --output-file requirements-dev.txt

clean: ## Take away what make made; what a site keeps, in var/, stays
	rm -rf .venv .bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-artifacts tests/html_checker/node_modules
	find benchmarks config hub statements subscriptions tests -name __pycache__ -prune -exec rm -rf {} +
	find config/locale -name '*.mo' -delete

EXPORT := uv export --frozen --quiet --no-annotate --no-header --format requirements-txt

# A made-up site in production, for the checks. None of it is used anywhere.
PRODUCTION := env --ignore-environment PATH="$(PATH)" \
	SECRET_KEY=made-up-for-make-check-and-long-enough-to-pass-0123456789abcdef \
	ADDRESS_KEY=made-up-for-make-check-too-but-another-one-0123456789abcdef \
	WEBHOOK_SECRET=made-up:for-make-check \
	SITE_URL=https://statements.example.org \
	DATABASE_URL=postgres://communique@127.0.0.1:9/communique \
	REDIS_URL=redis://127.0.0.1:9/0 \
	EMAIL_URL=smtp://127.0.0.1:9 \
	DEFAULT_FROM_EMAIL=statements@example.org

# pip's way of asking serves both. --seed: uv leaves pip out, and the next make may not find uv any more.
INSTALL := $(if $(UV),uv pip install --quiet --python,) $(BIN)/python $(if $(UV),,-m pip --disable-pip-version-check install --quiet) --require-hashes -r

$(BIN)/python:
	@$(if $(UV),,$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; say where: make PYTHON=python3.13")')
	$(if $(UV),uv venv --quiet --seed,$(PYTHON) -m venv) .venv

$(RUNTIME) $(DEVELOPMENT): | $(BIN)/python
	@echo "Setting up .venv from $<: this takes a minute the first time."
	@$(INSTALL) $<
	@touch $@
$(RUNTIME): requirements.txt
$(DEVELOPMENT): requirements-dev.txt

$(TRANSLATED): $(CATALOGUES) config/messages.py | $(INSTALLED)
	@$(BIN)/python -m config.messages compile
	@touch $@
