# Everything a fresh Debian or Ubuntu with Python needs; `make help` lists the targets.

PYTHON ?= python3
BUDGET ?= 60s
JOBS ?= auto
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help fuzz test lint cover bench mutate clean

help:  ## List the targets
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

$(VENV)/ready: pyproject.toml .ci/venv
	@PYTHON="$(PYTHON)" .ci/venv "$(VENV)"
	@touch $@

fuzz: $(VENV)/ready  ## Hunt on the model machine and on each QEMU found (BUDGET=60s)
	$(BIN)/pytest --vmstate-fuzz --vmstate-budget $(BUDGET)

test: $(VENV)/ready  ## Run all tests, linters, types and import contracts; gets QEMU where it is missing
	@qemu=$$(.ci/qemu $(VENV)) && PATH="$$qemu$$PATH" $(BIN)/pytest -n $(JOBS)

lint: $(VENV)/ready  ## Run the linters, types and import contracts alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

cover: $(VENV)/ready  ## Run all tests and measure branch coverage, workers counted
	$(BIN)/coverage erase
	@qemu=$$(.ci/qemu $(VENV)) && PATH="$$qemu$$PATH" $(BIN)/coverage run -m pytest -n $(JOBS)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

$(VENV)/bench: $(VENV)/ready
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[bench]'
	@touch $@

bench: $(VENV)/bench  ## Measure cycles per second and codecs as ratios against their peers
	@qemu=$$(.ci/qemu $(VENV)) && PATH="$$qemu$$PATH" $(BIN)/pytest benchmarks -m bench -s -n 0

mutate: $(VENV)/ready  ## Plant a mistake at each operator of the engine; print those that no test notices
	@.ci/mutate "$(VENV)"

clean:  ## Remove the virtual environment and all caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* build *.egg-info
