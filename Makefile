# `make help` says what there is. Every target sets up .venv first where that is needed.
PYTHON ?= python3
TORCH ?= torch==2.13.0
CORES ?= all
VENV := .venv
PY := $(VENV)/bin/python
# VERBOSE=1 shows what Snakemake and its jobs print, in place of a few calm lines.
START = $(PY) -m visrnn.cli study --cores $(CORES) $(if $(VERBOSE),--verbose)
PROFILED = $(if $(PROFILE),--workflow-profile $(PROFILE))
COPY = {war_and_peace: {source: {url: null, file: '$(TEXT)'}}}
# Snakemake finds its own commands, and the tests theirs, on the PATH. Lines of this file name them
# by $(PY): an old make, such as macOS', looks them up on the PATH that it was started with.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# A text in this folder that is called queue.py is no module.
export PYTHONSAFEPATH := 1

.PHONY: help run paper report open test test-report test-slurm bench-gpu lint docs clean

help:
	@echo 'make run     the default study: the English in the library of Python itself, and its report'
	@echo 'make paper   the text of the paper, War and Peace, with large nets that come trained'
	@echo 'make open    open the report of the study that was made last'
	@echo 'make test    check everything; test-report: in a browser; test-slurm: on a SLURM of its own'
	@echo 'make docs    the documentation as a site, site/index.html'
	@echo 'make clean   remove the environment and caches; results stay'
	@echo
	@echo 'CORES=2 takes two processor cores, VERBOSE=1 shows all that Snakemake prints, TEXT=path is'
	@echo 'a copy of War and Peace, TORCH=torch==2.13.0 another build of PyTorch, PYTHON=python3.12'
	@echo 'another Python. With an own text: $(VENV)/bin/visrnn new book.txt'

# The report that it makes is one file to open in a browser or to send around. It shows what there
# is, also where a corpus failed.
run report: $(VENV)/ready
	$(START) config/config.yaml $(PROFILED)

# The text is downloaded; TEXT is a copy of it, where there is no network.
paper: $(VENV)/ready
	$(START) config/war_and_peace.yaml $(PROFILED) $(if $(TEXT),--config "corpora=$(COPY)")

open: $(VENV)/ready
	$(PY) -m visrnn.cli open

# A file's tests share what they make; the long files come first, so that no core is left without
# work. Each process takes about a GB.
test: $(VENV)/ready-for-tests lint
	$(PY) -m pytest --numprocesses logical --maxprocesses 8 --dist loadfile \
	  --no-loadscope-reorder tests/workflow tests/unit

# Opens the report of a small study in Chromium, and the explorer in Firefox too; as root, on Debian,
# it installs them.
test-report: $(VENV)/ready-for-tests
	{ command -v chromium && command -v chromedriver && command -v firefox; } > /dev/null || \
	  [ $$(id -u) != 0 ] || { apt-get update -q && \
	  apt-get install -q -y --no-install-recommends chromium chromium-driver firefox-esr; }
	$(PY) -m pip install --quiet selenium
	$(PY) -m pytest tests/report

# Starts a SLURM of its own; as root, on Debian, it installs what that takes.
test-slurm: $(VENV)/ready-for-tests
	tests/slurm/run

# Within ten minutes, with what a GPU machine has: PyTorch, NumPy and pyarrow. TEXT is a file.
bench-gpu:
	PYTHONPATH=. $(PYTHON) -m benchmarks.gpu $(if $(TEXT),--text "$(TEXT)")

lint: $(VENV)/ready-for-tests
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m snakefmt --check Snakefile workflow/Snakefile rules
	$(PY) -m snakemake --lint
	$(VENV)/bin/oxlint visrnn
	$(VENV)/bin/oxfmt --check "visrnn/**/*.js" "visrnn/**/*.css"
	$(PY) -m mypy

# The documentation as a site: site/index.html.
docs: $(VENV)/ready
	$(PY) -m pip install --quiet --editable ".[docs]"
	$(PY) -m sphinx --builder html --conf-dir docs/site --fail-on-warning --keep-going --quiet . site

# The study's results stay; what can be made again in a minute goes.
clean:
	rm -rf $(VENV) .snakemake .mypy_cache .pytest_cache .ruff_cache visrnn.egg-info

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, but $(PYTHON) is older: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import os, re, sys; sys.exit(bool(re.search(r"[\s\"\x27`$$&;()<>|*?[\]{}\\]", os.getcwd())))' || \
	  { echo "Snakemake can start no job below a path with blanks, quotes or the like: rename or move this folder"; exit 1; }
	@echo "Installing PyTorch and the other packages into $(VENV): 1.7 GB in all, and with PyTorch's build for"
	@echo "CUDA, which Linux gets by default, several GB more. It takes some minutes, once."
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet "$(TORCH)"
	$(PY) -m pip install --quiet --editable .
	touch $@

# KenLM must be compiled; where there is no compiler, the one test that needs it says so.
$(VENV)/ready-for-tests: $(VENV)/ready
	$(PY) -m pip install --quiet --editable ".[test]"
	$(PY) -m pip install --quiet kenlm || echo "KenLM could not be built: the comparison with it is skipped"
	touch $@
