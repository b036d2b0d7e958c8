# Nothing but Python 3.11+ and make is needed; uv is used when it is there.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: run test lint types imports fmt bench docs-check
.DELETE_ON_ERROR:

run: $(READY)
	@$(BIN)/ember run

test: $(READY) lint types imports
	@$(BIN)/python -m pytest -n auto --dist loadfile --durations=10

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

imports: $(READY)
	@$(BIN)/lint-imports

docs-check: $(READY)
	@$(BIN)/python -m pytest tests/house

fmt: $(READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(READY)
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.side_by_side --peers

# The steps of the installation read no standard input: `make run` gets its lines from there.
$(READY): requirements.lock pyproject.toml
	@echo "Installing Ember's libraries into .venv (once; about a minute)" >&2
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) .venv && \
		VIRTUAL_ENV=.venv uv pip install --quiet --require-hashes -r requirements.lock && \
		VIRTUAL_ENV=.venv uv pip install --quiet --no-deps --no-build-isolation -e . ; \
	else \
		$(PYTHON) -m venv .venv && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi </dev/null >&2
	@touch $@
