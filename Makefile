# The front door: `make demo` and `make test` set everything up on a fresh machine.
#
#   make build         the program, at build/bin/saccade; with SACCADE_CUDA=on also its CUDA kernels (no GPU is needed to
#                      compile them; CUDA_ARCHITECTURES='90;90+PTX' says for which)
#   make python        the Python package, at build/python (PYTHONPATH=build/python); `pip install .` installs it
#   make demo          detect and explain on the shipped model and images
#   make test          all tests that fit in minutes
#   make test-slow     the longer ones (mutations under sanitizers, threads under the thread sanitizer, 20 seconds of each
#                      fuzz target, the packages and the wheel)
#   make test-sanitizers  of those, what runs under the sanitizers
#   make test-faults   of all these, those where the machine fails the program: disks, memory, signals, kills, cut-off
#                      files; ends with a table
#   make fuzz          every reader under libFuzzer, FUZZ_SECONDS=60 each (installs clang)
#   make test-goldens GOLDENS=DIR   every parity case found in DIR
#   make package       a .deb and a .tar.gz that bring LibTorch along, in packages/ (docs/installing.md)
#   make bench         build the benchmarks and print the operator's ratios
#   make bench-data    the ratios of evaluation, annotation files, images and matching (minutes; sets up the peers)
#   make setup-peers   the programs that the benchmarks compare with, in .venv-peers
#   make setup-full    also what GPUs need: all of CUDA, and NCCL
#   make docs          the documentation site, in site/; every link and anchor is checked
#   make format        clang-format over the tree
SHELL := bash
JOBS ?= $(shell nproc)
VENV := .venv/bin
# Tests of what runs on several threads without tensors, for the thread sanitizer.
SHARES_MEMORY := core_tests data_tests eval_tests image_tests server_tests study_tests
# Those that hardly do so: `make test-sanitizers` has them too, CI not the time.
KEEPS_TO_ITSELF := checkpoint_tests cli_tests data_convert_tests event_file_tests intervention_tests render_tests run_log_tests
export PATH := $(CURDIR)/$(VENV):$(PATH)

.PHONY: setup setup-browser setup-fuzz setup-python setup-full setup-peers build python demo test build-sanitizers test-sanitizers test-slow test-faults test-goldens bench bench-data package docs fuzz format clean

export SACCADE_CUDA CUDA_ARCHITECTURES

setup:
	@tools/setup.sh light
	@if [ "$(SACCADE_CUDA)" = on ]; then tools/setup.sh cuda; fi

# Chromium without windows and what drives it, for the tests of the page.
setup-browser: setup
	@tools/setup.sh browser

# clang with libFuzzer, for `make fuzz` and `make test-slow`.
setup-fuzz: setup
	@tools/setup.sh fuzz

# What `import torch` needs without its CUDA, and transformers, for the tests of the Python package.
setup-python: setup
	@tools/setup.sh python

setup-full:
	@tools/setup.sh full

setup-peers:
	@tools/setup_peers.sh

build: setup
	@tools/build.sh cpu

python: setup-python
	@SACCADE_PYTHON=on tools/build.sh cpu saccade_python

demo: build
	@tools/demo.sh

test: setup setup-browser setup-python
	@SACCADE_PYTHON=on tools/build.sh cpu
	@$(VENV)/python tools/run_tests.py

build-sanitizers: setup
	@tools/build.sh asan
	@tools/build.sh tsan $(SHARES_MEMORY)

test-sanitizers: build-sanitizers
	@tools/build.sh tsan $(KEEPS_TO_ITSELF)
	@$(VENV)/python tools/run_slow.py sanitizers

test-slow: build python build-sanitizers setup-fuzz
	@tools/build.sh fuzz fuzz_targets
	@$(VENV)/python tools/run_slow.py

test-faults: build
	@$(VENV)/python tools/run_faults.py

fuzz: setup-fuzz
	@tools/build.sh fuzz fuzz_targets
	@tools/fuzz.sh

test-goldens: build
	@build/tests/goldens $(or $(GOLDENS),tests/goldens)

package: build
	@tools/package.sh

bench: setup
	@tools/build.sh bench
	@$(VENV)/python bench/compare.py op --peers eager

bench-data: setup setup-peers
	@tools/build.sh bench
	@$(VENV)/python bench/compare.py cocoeval
	@$(VENV)/python bench/compare.py json
	@$(VENV)/python bench/compare.py image
	@$(VENV)/python bench/compare.py match

# Builds nothing else: without a compiler too. Fails on a link, image or anchor that leads nowhere.
docs:
	@tools/setup.sh docs
	@NO_MKDOCS_2_WARNING=1 $(VENV)/mkdocs build --strict --quiet
	@$(VENV)/python tools/check_links.py
	@echo "the site is in site/; open site/index.html"

format:
	@git ls-files '*.h' '*.cpp' '*.cu' '*.cuh' | xargs $(VENV)/clang-format -i

clean:
	rm -rf build build-asan build-tsan build-fuzz site
