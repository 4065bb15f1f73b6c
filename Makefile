# Every target does its own set-up; it needs Python (3.11 or newer), make and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test check format bench city docs clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[sumo,dev,docs]'
	touch $@

demo: setup  ## times the synthetic city's signals and judges the plan in SUMO; a whole programme on one street (about 5 minutes)
	$(BIN)/trafficopt run scenarios/cangzhou --minutes 30 --seeds 3 --out out/cangzhou
	$(BIN)/trafficopt run trafficopt/examples/main_street --programme --seeds 5 --max-seconds 10 --out out/main_street

test: setup  ## everything, with real SUMO
	$(BIN)/pytest

check: setup  ## format, lint, types, layers, fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/unit tests/physics tests/invariants tests/architecture

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup  ## before and after on the maps of ../shared/maps and the city, as tables
	$(BIN)/python benchmarks/before_after.py

city: setup  ## builds the synthetic city again from its tables
	$(BIN)/python scenarios/cangzhou/build

docs: setup  ## the documentation as a site, to be opened at out/docs/index.html
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) out
