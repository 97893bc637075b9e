# SPDX-License-Identifier: Apache-2.0
# plunge and dbpool. `make help` lists the targets.

VARIANT ?= release
BUILD ?= build
OUT := $(BUILD)/$(VARIANT)
CC = gcc
AR = ar
OBJCOPY ?= objcopy
PYTHON ?= /usr/bin/python3

VERSION := 0.1.0

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

# For what is a whole: as many jobs as there are processors, unless told.
JOBS ?= $(shell nproc)
PARALLEL_MAKE = $(MAKE) --no-print-directory \
    $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

include mk/flags.mk
include mk/build.mk
include mk/install.mk
include mk/run.mk
include mk/bench.mk
include mk/test.mk
include mk/check.mk
include mk/coverage.mk

.PHONY: help
help: ## this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | \
	    sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | sort | expand -t 16
	@echo
	@echo "  VARIANT=debug|release|asan|ubsan|tsan|coverage  (default release)"
	@echo "  BUILD=DIR       where everything goes (default build)"
	@echo "  TEST='close_*'  the tests whose names match"
	@echo "  JOBS=N          at a time, where a target is a whole (default: all)"
	@echo "  V=1             shows the commands"
