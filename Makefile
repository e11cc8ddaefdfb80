# Every command sets up its own virtual environment first; repeated runs skip that.
# Needs only Python 3.11 or newer, make and git: `make PYTHON=python3.12 demo` picks an interpreter.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
RELOCK := $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-annotate --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help demo try serve test lint fmt bench picture screenshots realdata audit attack docs lock wheel clean

help: ## show these commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(STAMP) ## open the synthetic patients as an EHR would, and print their cards
	@$(BIN)/leg-cds demo

try: $(STAMP) ## open an EHR page in the browser to try the service in
	@$(BIN)/leg-cds demo --ehr

serve: $(STAMP) ## answer on http://127.0.0.1:5000, for the CDS Hooks Sandbox
	@$(BIN)/leg-cds serve --port 5000

test: $(STAMP) ## run every test
	$(BIN)/pytest -n 4 --dist worksteal

lint: $(STAMP) ## check style, types, layers, sizes, documents and the Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tools.check_sizes
	$(BIN)/python -m tools.check_docs
	$(BIN)/python -m tools.messages --check
	$(BIN)/hadolint Dockerfile

fmt: $(STAMP) ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## measure requests and reviews beside baselines; writes BENCHMARKS.md and two pages in docs/
	$(BIN)/python -m bench
	$(BIN)/python -m bench.hospital
	$(BIN)/python -m bench.population

picture: $(STAMP) ## draw the README picture from the cards of one synthetic patient
	$(BIN)/python -m tools.make_picture

realdata: $(STAMP) ## examine the public data sets in LEG_CDS_REAL_DATA; writes docs/real-data.md
	$(BIN)/python -m tools.real_data_report "$(LEG_CDS_REAL_DATA)"

screenshots: $(STAMP) ## take the pictures of the documents again; needs Chromium
	$(BIN)/python -m tools.make_screenshots
	PICTURES_DIR=docs/img $(BIN)/pytest -q tests/browser -k picture

docs: $(STAMP) ## build the documentation site into site/
	$(BIN)/python -m tools.make_site

attack: $(STAMP) ## run the attacks of docs/security/attacks.md against a service started for it
	$(BIN)/python -m tests.security.attack

audit: $(STAMP) ## write the SBOM and look for known vulnerabilities; "not checked" when offline
	$(BIN)/python -m tools.audit_dependencies

lock: $(STAMP) ## resolve the dependencies again, newest first
	$(RELOCK) --upgrade pyproject.toml --all-extras --group dev -o requirements/dev.txt
	$(RELOCK) pyproject.toml --extra postgres -c requirements/dev.txt -o requirements/run.txt
	$(RELOCK) --group build -c requirements/dev.txt -o requirements/build.txt

wheel: $(STAMP) ## build the wheel into dist/
	$(BIN)/python -m build --no-isolation --wheel

clean: ## remove the virtual environment and everything built
	rm -rf $(VENV) dist build site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "leg-soreness-cds needs Python 3.11 or newer; '$(PYTHON)' is not." >&2; \
		echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
