# SPDX-License-Identifier: Apache-2.0

COVERAGE_MIN ?= 90
# What tests run while a fault is injected is written apart (ci/proved).
PROVED := $(abspath $(BUILD)/proved)

.PHONY: coverage
coverage: export COVERAGE_HARDENED := $(PROVED)
coverage: ## run the tests with coverage, and what proves lines -> reports/coverage.md, reports/coverage/index.html
	@find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	@rm -rf $(PROVED)
	$(call run_tests,coverage,coverage)
	@ci/coverage $(BUILD)/coverage reports/coverage $(COVERAGE_MIN) $(PROVED)
	@if [ -x $(BUILD)/coverage/plunge ]; then ci/proved run $(BUILD); fi
