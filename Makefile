# make study   set up, then answer the question for Gyeyang (the main job)
# make test    set up, then check style, types and every test
# make bench   set up, then measure the engine beside its peers (BENCH=--help shows its options)
# make mutants   change every rule a little and see whether the tests notice (some minutes)
# make lab     set up, then open the notebooks in JupyterLab
# make notebooks   run the notebooks again, after an edit of their text
# make docs    build the documentation as a site, in site/
# make lock    choose new versions of the parts (after an edit of pyproject.toml)
# make clean   remove what set-up and checks made; keeps results
#
# Set-up fills .venv once, and again when requirements.lock changes. It takes the first supported Python it
# finds; name another one with   make study PYTHON=/path/to/python3.12
# uv fetches the parts, in a tenth of the time pip takes, from where pip is set to look.

.DEFAULT_GOAL := study
.DELETE_ON_ERROR:
.PHONY: study test bench mutants lab notebooks docs lock clean

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

# A stamp is the last thing its recipe writes, so an interrupted set-up starts again from nothing. An
# interpreter named by hand has a stamp of its own: another name fills .venv anew.
PARTS := .venv/parts-installed$(subst /,-,$(PYTHON))
READY := .venv/ready

# Some systems have a command called python3.13 that only prints an error, or a Python without venv: try each.
SUPPORTED := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
CANDIDATES := $(or $(PYTHON),python3.13 python3.12 python3.11 python3)

study: $(READY)
	@$(BIN)/eum study gyeyang-2020

test: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pytest -m "not slow" --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

bench: $(READY)
	@$(BIN)/python -m tests.benchmarks.run $(BENCH)

mutants: $(READY)
	@$(BIN)/python tests/mutation/run.py

lab: $(READY)
	@$(BIN)/jupyter lab --notebook-dir=notebooks

notebooks: $(READY)
	@PYTHONWARNINGS=ignore $(BIN)/jupytext --quiet --to ipynb --execute notebooks/*.py

docs: $(READY)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

lock: $(READY)
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --quiet --upgrade --output-file requirements.lock

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): $(PARTS) pyproject.toml
	@$(PIP) install --quiet --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(PARTS): requirements.lock
	@for python in $(CANDIDATES); do \
	  if "$$python" -c '$(SUPPORTED)' >/dev/null 2>&1; then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "eum needs Python 3.11, 3.12 or 3.13 with venv; tried: $(CANDIDATES). Name one: make PYTHON=/path/to/python" >&2; \
	  exit 1; \
	fi; \
	echo "Setting up .venv with $$("$$found" --version) (once; a minute or so) ..."; \
	"$$found" -m venv --clear .venv && \
	sed -n '/^uv==/,/# via/p' requirements.lock | \
	  $(PIP) install --quiet --quiet --no-deps --require-hashes --requirement /dev/stdin && \
	index="$${PIP_INDEX_URL:-$$($(PIP) config get global.index-url 2>/dev/null || true)}" && \
	UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$index}" \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	@touch $@ .venv/parts-installed
