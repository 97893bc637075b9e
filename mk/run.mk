# SPDX-License-Identifier: Apache-2.0
# The guided tour: the program of 2011 as meant and as written, ten thousand
# lookups at once, both halves of the shutdown, and Twisted's adbapi, where it
# is installed.

TOUR := $(addprefix scenarios/,tutorial.yaml tutorial-as-written.yaml \
    rush.yaml clean-shutdown.yaml missing-shutdown.yaml)
TOUR_TWISTED := $(addprefix scenarios/,twisted.yaml twisted-closed.yaml)

# On a machine that others keep busy the times of a scenario are left undecided
# (4), which is no failure of the tour's.
.PHONY: run
run: ## build, then run the tour of scenarios
	+@$(PARALLEL_MAKE) all
	@status=0; \
	if $(PYTHON) -c 'import twisted.enterprise.adbapi' 2>/dev/null; then \
	    (set -x; $(OUT)/plunge run $(TOUR) $(TOUR_TWISTED)) || status=$$?; \
	else \
	    echo "left out: $(TOUR_TWISTED): python3-twisted is not installed" \
	        "(ci/bootstrap make run installs it)"; \
	    (set -x; $(OUT)/plunge run $(TOUR)) || status=$$?; \
	fi; \
	[ $$status -eq 0 ] || [ $$status -eq 4 ]

.PHONY: selftest selftest-full
selftest: ## plant every defect, and see plunge catch it
	+@$(PARALLEL_MAKE) all
	$(OUT)/plunge selftest

selftest-full: ## the same many times, with 3,000 clean runs; figures for reports/
	+@$(PARALLEL_MAKE) all
	$(OUT)/plunge selftest --full
	cp reports/selftest/selftest.txt reports/selftest/selftest.json reports/

# One thread and one lookup a cycle: what is held is compared after each.
CYCLES ?= 1M
.PHONY: soak
soak: ## a million cycles: the exact plane constant, the smallest leak excluded
	+@$(PARALLEL_MAKE) all
	$(OUT)/plunge run -o reports/soak -s cycles=$(CYCLES) -s limits.time=3h \
	    scenarios/slow-leaks.yaml
	cp reports/soak/summary.txt reports/soak.txt
	cp reports/soak/result.json reports/soak.json

# LEAKS='scenarios/tutorial.yaml': these, not all.
LEAKS_VARIANTS := release debug asan ubsan tsan
.PHONY: leaks
leaks: ## every scenario before the ledger, valgrind and the sanitizers -> reports/leaks.md
	+@for variant in $(LEAKS_VARIANTS); do \
	    $(PARALLEL_MAKE) VARIANT=$$variant $(BUILD)/$$variant/plunge || exit; \
	done
	@ci/leaks run $(BUILD) $(LEAKS)

.PHONY: report
report: ## one page over what was measured last, with its history -> reports/index.html
	@ci/report

# PAGES='-k spike': one of them, not all.
.PHONY: pages
pages: ## HTML reports in a browser, wide and narrow, light and dark -> build/pages
	+@$(PARALLEL_MAKE) all
	@PAGES_FOLDER=$(abspath $(BUILD))/pages ci/pages $(PAGES) $(OUT)
