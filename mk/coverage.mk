# SPDX-License-Identifier: Apache-2.0

COVERAGE_MIN ?= 90

.PHONY: coverage
coverage: ## run the tests with coverage -> reports/coverage/index.html
	@find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	$(call run_tests,coverage,coverage)
	@ci/coverage $(BUILD)/coverage reports/coverage $(COVERAGE_MIN)
