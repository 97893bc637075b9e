# SPDX-License-Identifier: Apache-2.0

.PHONY: format
format: ## format all C files in place
	clang-format -i $$(git ls-files '*.c' '*.h')
