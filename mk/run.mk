# SPDX-License-Identifier: Apache-2.0
# The guided tour: the program of 2011 as meant and as written, ten thousand
# lookups at once, and both halves of the shutdown.

TOUR := $(addprefix scenarios/,tutorial.yaml tutorial-as-written.yaml \
    rush.yaml clean-shutdown.yaml missing-shutdown.yaml)

.PHONY: run
run: ## build, then run the tour of scenarios
	+@$(PARALLEL_MAKE) all
	$(OUT)/plunge run $(TOUR)

# One thread and one lookup a cycle: what is held is compared after each.
CYCLES ?= 1M
.PHONY: soak
soak: ## a million cycles: the exact plane constant, the smallest leak excluded
	+@$(PARALLEL_MAKE) all
	$(OUT)/plunge run -s cycles=$(CYCLES) -s limits.time=3h \
	    scenarios/slow-leaks.yaml
