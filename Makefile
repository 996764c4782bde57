# Two commands are enough: `make serve` and `make test`. Both set everything up first.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip install --disable-pip-version-check -q
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help setup weights serve test check bench format clean chromium

help: ## Show this help
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing PyTorch and the rest into $(VENV); this takes a few minutes once."
	@# PyPI's own torch carries gigabytes of CUDA: without a GPU the CPU build is asked for first.
	command -v nvidia-smi >/dev/null || $(PIP) --retries 0 --index-url https://download.pytorch.org/whl/cpu torch==2.13.0 2>/dev/null || true
	$(PIP) -c constraints.txt torch==2.13.0
	$(PIP) -c constraints.txt -e '.[dev]'
	@touch $@

setup: $(STAMP) ## Make .venv and install everything into it

weights: $(STAMP)
	$(BIN)/chatbot models fetch

serve: setup weights ## Serve the sample shop on http://127.0.0.1:8000 (PORT=… for another port)
	$(BIN)/chatbot serve --port $(PORT)

# The browser tests drive Debian's Chromium; on a machine without apt they say what is missing.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	 { echo "Installing Chromium for the browser tests"; $(if $(filter 0,$(shell id -u)),,sudo -n) apt-get update -qq && $(if $(filter 0,$(shell id -u)),,sudo -n) apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } || \
	 echo "Chromium could not be installed: install it by hand (Debian: apt install chromium), or the browser tests will fail."

# Two processes share two cores, so each computes with one thread.
test: setup weights chromium ## Run all tests (with model weights and a browser)
	$(BIN)/coverage erase
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --cov --cov-report= -m "not remote" $(ARGS)
	$(BIN)/coverage report

check: setup ## Format, lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

format: setup ## Format the code
	$(BIN)/ruff check --fix -q .
	$(BIN)/ruff format -q .

bench: setup weights ## Measure: the engine beside its peers, retrieval, the server under load (ARGS="--only engine,peers")
	$(BIN)/python -m tests.bench $(ARGS)

clean: ## Remove what was built (not the data and not the weights)
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .coverage htmlcov
