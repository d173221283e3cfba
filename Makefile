# make demo    the first answer, from the model in the box
# make test    everything: virtual environment, install, lint, types, tests
# make check   lint, types and generated pages only
# make docs    write the generated pages again
# make clean   away with the virtual environment and everything built
#
# PYTHON=python3.12 names the interpreter, VENV=folder the virtual environment

VENV ?= .venv

# A moved checkout, a removed Python, or one that is named now: look again
ifneq ($(and $(shell $(VENV)/bin/sf-mlx --version 2>/dev/null),$(if $(PYTHON),,any)),any)
$(VENV)/package $(VENV)/dev: FORCE
endif

.PHONY: test check docs demo clean FORCE

demo: $(VENV)/package
	@$(VENV)/bin/sf-mlx demo

test: check
	$(VENV)/bin/python -m pytest

check: $(VENV)/dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m docs.generate --check

docs: $(VENV)/dev
	$(VENV)/bin/python -m docs.generate

$(VENV)/package: pyproject.toml setup.py packaging/venv.sh
	@PYTHON='$(PYTHON)' sh packaging/venv.sh '$(VENV)' .
	@touch $@

$(VENV)/dev: pyproject.toml setup.py packaging/venv.sh
	@PYTHON='$(PYTHON)' sh packaging/venv.sh '$(VENV)' '.[dev]'
	@touch $@ $(VENV)/package

clean:
	rm -rf $(VENV) build dist *.egg-info
