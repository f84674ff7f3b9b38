# dermbox. `make help` lists what can be made; CONTRIBUTING.md says how the parts work together.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BUILD := build
ROOT := $(CURDIR)
VAR ?= $(ROOT)/var
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT := $(shell git describe --always --abbrev=12 --exclude '*' --dirty 2>/dev/null || echo none)
BUILT := $(shell git log -1 --format=%cI 2>/dev/null || true)

# The tags of the code that needs OpenCV: ours, and gocv's own for the modules that Debian's OpenCV 4.6 can build.
TAGS := opencv,gocv_specific_modules,gocv_videoio
BINARIES := dermboxd dermboxctl dermhub dermbox-imaging dermbox-inference dermbox-demo
export GOFLAGS := $(GOFLAGS) -trimpath
export CGO_ENABLED := 1
GOBUILD = tools/build.sh -tags $(TAGS) -ldflags '-X main.version=$(VERSION) -X main.built=$(BUILT)'

# The library that dermbox-inference opens, and what the tests are told of the build.
TFLITE := $(BUILD)/lib/libtensorflowlite_c.so
export DERMBOX_TFLITE := $(abspath $(TFLITE))
PEERS_ENV = DERMBOX_PEERS=$(abspath $(BUILD))/peers
TEST_ENV = DERMBOX_BIN=$(ROOT)/$(BUILD)/bin-race DERMBOX_ROOT=$(ROOT) $(PEERS_ENV)

# The photographs that the quality gate is evaluated on, and the list of those that are not good.
PHOTOGRAPHS ?= ../shared/data/isic2017/val
EXCLUSIONS ?= docs/quality/isic2017-val-exclusions.csv

# For `make run`: ONCE=1 ends after one case, NETWORK=off takes the hub away, IMAGES=DIR plays photographs, and the ports.
ONCE ?=
NETWORK ?= on
IMAGES ?=
DATA ?=
KIOSK_PORT ?= 8460
HUB_DEVICE_PORT ?= 8461
HUB_PEOPLE_PORT ?= 8462
SCOPE_PORT ?= 8470
DEMO = $(BUILD)/bin/dermbox-demo --var '$(VAR)' --bin '$(ROOT)/$(BUILD)/bin' --kiosk-port $(KIOSK_PORT) \
	--hub-device-port $(HUB_DEVICE_PORT) --hub-people-port $(HUB_PEOPLE_PORT) --scope-port $(SCOPE_PORT)

BENCHTIME ?= 1s
FUZZTIME ?= 10s
MINUTES ?= 30
N ?= 1000
ONLY ?=
PKGS ?= ./...

.PHONY: help run hub build test test-binaries test-v4l2 lint bench soak quality proof photographs evaluate fuzz clean forget setup setup-browser tools train-simulation example-model train-demo train-demo-smoke setup-peers mutants

help: ## list what can be made
	@echo 'dermbox $(VERSION): make ...'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## one case through the whole line, then stay up [ONCE=1] [NETWORK=off] [IMAGES=DIR]
	@$(DEMO) run $(if $(filter-out 0,$(ONCE)),--once) --network '$(NETWORK)' $(if $(IMAGES),--images '$(IMAGES)')

hub: build ## start the demo trust's hub alone, as after `make run NETWORK=off`
	@$(DEMO) hub

build: setup ## the programs into build/bin, the TFLite library into build/lib
	@echo 'build: $(BINARIES) (version $(VERSION))'
	@mkdir -p $(BUILD)/bin
	@$(GOBUILD) -o $(BUILD)/bin/ $(addprefix ./cmd/,$(BINARIES))

setup: $(TFLITE) ## install what the build lacks (apt packages, TFLite); SETUP=skip installs no packages

export SETUP
ifneq ($(SETUP),skip)
setup: $(BUILD)/setup.stamp
$(TFLITE): | $(BUILD)/setup.stamp
endif

$(BUILD)/setup.stamp: $(wildcard firmware/setup/*)
	@firmware/setup/setup.sh $(BUILD)
	@touch $@

# Of its own, so that a library that was lost or never fetched comes back whatever the stamp says.
$(TFLITE): firmware/setup/tflite.sh firmware/setup/tflite.sums
	@firmware/setup/tflite.sh $(abspath $(BUILD))
	@touch $@

# What only tests and bench need; `make run` installs none of it.
setup-browser: $(if $(filter skip,$(SETUP)),,$(BUILD)/browser.stamp)

$(BUILD)/browser.stamp: ui/e2e/packages.txt | setup
	@grep -v -e '^#' -e '^$$' $< | xargs firmware/setup/apt.sh $(BUILD)
	@touch $@

setup-peers: $(if $(filter skip,$(SETUP)),,$(BUILD)/peers/setup.stamp)

$(BUILD)/peers/setup.stamp: $(wildcard firmware/setup/peers.*) | setup
	@firmware/setup/peers.sh $(abspath $(BUILD))
	@touch $@

test: setup setup-browser setup-peers tools test-binaries ## vet, then every test with the race detector, the whole line with real binaries among them
	@echo 'test: go vet'
	@go vet -race ./...
	@go vet -race -tags $(TAGS) ./...
	@go vet -tags $(TAGS),matprofile ./camera/opencv/...
	@go -C tools vet ./cmd/...
	@go -C ui/e2e vet ./...
	@echo 'test: go test -race'
	@$(TEST_ENV) tools/test.sh $(BUILD)/tools/testsummary $(TAGS) $(PKGS)

test-binaries: setup
	@echo 'test: the programs with the race detector into $(BUILD)/bin-race'
	@mkdir -p $(BUILD)/bin-race
	@$(GOBUILD) -race -o $(BUILD)/bin-race/ $(addprefix ./cmd/,$(BINARIES))

test-v4l2: build tools ## the camera worker on the kernel's virtual cameras, in an emulated guest (installs QEMU)
	@tools/v4l2/test.sh $(BUILD)

lint: setup $(BUILD)/tools/golangci-lint ## gofmt, shell syntax and the pinned golangci-lint
	@tools/lint.sh $(BUILD)/tools/golangci-lint $(TAGS),v4l2guest

bench: build setup-browser setup-peers tools ## measure against bare engine, other engines, store and disk; table and build/bench.json [BENCHTIME=1s]
	@$(PEERS_ENV) tools/bench.sh $(BUILD)/tools/benchrecords $(TAGS) $(BENCHTIME) $(BUILD)/bench.json $(COMMIT)

soak: build ## cases, a viewer and camera faults for a while: nothing may grow; build/soak.json [MINUTES=30]
	@rm -rf -- $(BUILD)/soak && mkdir -p $(BUILD)/soak
	@$(DEMO) --var '$(ROOT)/$(BUILD)/soak' soak --minutes '$(MINUTES)' --report '$(ROOT)/$(BUILD)/soak.json'

quality: build ## the quality gate against spoilt photographs and drawings; figures and curves in build/quality [PHOTOGRAPHS=DIR]
	@rm -rf -- $(BUILD)/quality
	@[ -d '$(PHOTOGRAPHS)' ] || echo 'quality: there is no folder $(PHOTOGRAPHS): drawings alone'
	@$(BUILD)/bin/dermboxctl quality evaluate --subjects --out $(BUILD)/quality \
		$(if $(wildcard $(PHOTOGRAPHS)),'$(PHOTOGRAPHS)' --exclude '$(EXCLUSIONS)')

proof: ## what CI runs smaller at full size, kept in docs/proof with its commit [MINUTES=30, ONLY=quality|photographs|soak]
	@tools/proof.sh '$(MINUTES)' '$(ONLY)'

mutants: build ## spoilt models, signed as good ones, through install and run; counts of how they end [N=1000]
	@echo 'mutants: $(N) spoilt models'
	@DERMBOX_MUTANTS=$(N) DERMBOX_MUTANT_WORKER='$(ROOT)/$(BUILD)/bin/dermbox-inference' \
		go test -count=1 -timeout 4h -run '^TestMutants$$' -v ./inference/engine | grep -v '^INFO:'

photographs: build ## all of val through the camera and the model of photographs, held against the files themselves
	@DERMBOX_ALL_PHOTOGRAPHS=1 DERMBOX_BIN='$(ROOT)/$(BUILD)/bin' go test -count=1 -timeout 20m -v \
		-run '^TestPhotographsThroughTheCamera$$' ./cmd/dermbox-demo | grep -v '^=== '

evaluate: build ## how well the simulation model judges unseen drawings, through camera, JPEG and worker
	@$(BUILD)/bin/dermbox-demo evaluate --root '$(ROOT)' --bin '$(ROOT)/$(BUILD)/bin'

fuzz: setup ## each fuzz target for a while [FUZZTIME=10s]
	@tools/fuzz.sh $(TAGS) $(FUZZTIME)

tools: $(addprefix $(BUILD)/tools/,testsummary benchrecords v4l2guest)

$(addprefix $(BUILD)/tools/,testsummary benchrecords v4l2guest): $(wildcard tools/cmd/*/*.go)
	@mkdir -p $(BUILD)/tools
	@go -C tools build -o ../$@ ./cmd/$(notdir $@)

$(BUILD)/tools/golangci-lint: tools/go.mod tools/go.sum
	@echo 'lint: building golangci-lint as pinned in tools/go.mod (a minute or two, once)'
	@mkdir -p $(BUILD)/tools
	@go -C tools build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

train-simulation: build ## train the simulation model anew from drawings of the simulated dermatoscope
	@inference/train/simulation.sh $(BUILD)/simulation

train-demo: build ## train the demonstration model on photographs, to a signed pack: DATA=DIR (some 75 minutes; goes on where it was)
	@test -n '$(DATA)' || { echo 'make train-demo: DATA=DIR is missing: the folder with labels.csv (split,image_id,path,dx) and its pictures' >&2; exit 2; }
	@inference/train/demo/train.sh '$(DATA)' $(BUILD)/train-demo

train-demo-smoke: build ## the whole chain of train-demo on a dozen drawings (downloads TensorFlow)
	@inference/train/demo/train.sh --smoke $(BUILD)/train-demo-smoke

example-model: build ## the worked example of docs/models.md: from drawings to a signed pack (downloads TensorFlow)
	@inference/train/example.sh $(BUILD)/example

clean: ## remove build/ (never the demo clinic's data)
	@rm -rf -- $(BUILD)

forget: ## remove the demo trust and demo clinic of `make run` with all their cases
	@rm -rf -- '$(VAR)'
