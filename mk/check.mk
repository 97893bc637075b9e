# SPDX-License-Identifier: Apache-2.0
# What a tool can hold is held here. clang-tidy and the headers leave a stamp a
# file, so that only what changed is looked at again.

C_FILES := $(sort $(wildcard lib/*.c bench/*/*.c examples/*.c tests/*/*.c \
    tests/*/*/*.c))
H_FILES := $(sort $(wildcard lib/*.h lib/include/*.h bench/*/*.h tests/*/*.h \
    tests/*/*/*.h))
MANUALS := $(wildcard man/*.[1-9])
SCRIPTS := $(shell grep -lE '^.!/bin/(ba)?sh' ci/* .ci/* 2>/dev/null)
TIDY_STAMPS := $(C_FILES:%.c=$(BUILD)/check/tidy/%.ok)
HEADER_STAMPS := $(H_FILES:%.h=$(BUILD)/check/headers/%.ok)
CHECKS := check-format check-layers check-scripts check-headers check-symbols \
    check-tidy check-manuals

.PHONY: check format mutate mutate-full $(CHECKS)
check: ## form, layers, headers, symbols, scripts, manuals, clang-tidy
	+@$(PARALLEL_MAKE) --keep-going --output-sync=target $(CHECKS)

format: ## format all C files in place
	clang-format -i $(C_FILES) $(H_FILES)

mutate: ## skip a release of each kind in lib/, and see each leak named
	ci/mutate-the-pool

mutate-full: ## the same with every release of lib/ -> reports/mutation.md
	ci/mutate-the-pool --full

check-format:
	@clang-format --dry-run -Werror $(C_FILES) $(H_FILES)

check-layers:
	@ci/check-layers

check-scripts:
	@for script in $(SCRIPTS); do bash -n $$script || exit 1; done
	@shellcheck $(SCRIPTS)

check-manuals:
	@[ -z "$(MANUALS)" ] || mandoc -Tlint -Wwarning $(MANUALS)

check-symbols: $(OUT)/libdbpool.a
	@ci/check-symbols $< lib/include/dbpool.h

check-headers: $(HEADER_STAMPS)

check-tidy: $(TIDY_STAMPS)

$(BUILD)/check/%.ok: CHECK_FLAGS = -std=c11 -D_GNU_SOURCE $(CPPFLAGS) \
    $(CHECK_INCLUDES)
$(BUILD)/check/tidy/lib/%.ok $(BUILD)/check/headers/lib/%.ok: \
    CHECK_INCLUDES := -Ilib -Ilib/include
$(BUILD)/check/tidy/bench/%.ok $(BUILD)/check/headers/bench/%.ok: \
    CHECK_INCLUDES := -Ibench -Ilib/include
$(BUILD)/check/tidy/examples/%.ok: CHECK_INCLUDES := -Ilib/include
$(BUILD)/check/tidy/tests/%.ok $(BUILD)/check/headers/tests/%.ok: \
    CHECK_INCLUDES := -Itests -Ilib -Ibench -Ilib/include

# How many warnings it has suppressed is no news.
$(BUILD)/check/tidy/%.ok: %.c .clang-tidy
	@mkdir -p $(@D)
	@$(CC) $(CHECK_FLAGS) -MM -MP -MT $@ -MF $(@:.ok=.d) $<
	@clang-tidy --quiet $< -- $(CHECK_FLAGS) 2>$(@:.ok=.log) || \
	    { grep -v 'warnings* generated' $(@:.ok=.log) >&2; exit 1; }
	@touch $@

# Those that users may have on, as errors.
CPP_WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
    -Wsign-conversion -Wold-style-cast -Wundef -Wredundant-decls -Werror

# Each compiles alone; the public one as C++, too, where there is a compiler.
$(BUILD)/check/headers/%.ok: %.h
	@mkdir -p $(@D)
	@$(CC) $(CHECK_FLAGS) -MM -MP -MT $@ -MF $(@:.ok=.d) -x c $<
	@$(CC) $(CHECK_FLAGS) $(WARNINGS) -fsyntax-only -x c $<
	@if [ $< = lib/include/dbpool.h ] && command -v g++ >/dev/null; then \
	    g++ -std=c++11 $(CPP_WARNINGS) -fsyntax-only -x c++ $<; fi
	@touch $@

.PHONY: clean-check
clean: clean-check
clean-check:
	rm -rf $(BUILD)/check

-include $(TIDY_STAMPS:.ok=.d) $(HEADER_STAMPS:.ok=.d)
