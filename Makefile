# make test    everything: virtual environment, install, lint, types, tests
# make check   lint and types only
# make demo    the first answer, from the model in the box

VENV ?= .venv
PYTHON ?= python3

.PHONY: test check demo clean

test: check
	$(VENV)/bin/python -m pytest

check: $(VENV)/installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy sf_mlx cli

demo: $(VENV)/installed
	$(VENV)/bin/sf-mlx demo

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade pip
	$(VENV)/bin/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
