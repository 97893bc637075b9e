# SPDX-License-Identifier: Apache-2.0
# Every tests/unit/*/test_*.c and tests/integration/test_*.c is a program of
# its own. The first comment of each says in which variants it runs:
#     /* variants: debug asan ubsan tsan memcheck helgrind drd */

SUPPORT_SOURCES := $(wildcard tests/support/*.c)
SUPPORT_OBJECTS := $(SUPPORT_SOURCES:%.c=$(OUT)/%.o)
# Apart, because its faults and the ledger wrap the same functions.
POOL_SUPPORT_SOURCES := $(wildcard tests/support/dbpool/*.c)
POOL_SUPPORT_OBJECTS := $(POOL_SUPPORT_SOURCES:%.c=$(OUT)/%.o)
POOL_TESTS := $(wildcard tests/unit/dbpool/test_*.c)
PLUNGE_TESTS := $(wildcard tests/unit/plunge/test_*.c)
PROGRAM_TESTS := $(wildcard tests/integration/test_*.c)
POOL_TEST_PROGRAMS := $(POOL_TESTS:tests/unit/dbpool/%.c=$(OUT)/dbpool/%)
PLUNGE_TEST_PROGRAMS := $(PLUNGE_TESTS:tests/unit/plunge/%.c=$(OUT)/unit/%)
PROGRAM_TEST_PROGRAMS := \
    $(PROGRAM_TESTS:tests/integration/%.c=$(OUT)/integration/%)
TEST_PROGRAMS := $(POOL_TEST_PROGRAMS) $(PLUNGE_TEST_PROGRAMS) \
    $(PROGRAM_TEST_PROGRAMS)

$(OUT)/tests/%.o: tests/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) -Itests -Ilib -Ibench -Ilib/include $(CFLAGS) \
	    -Wno-missing-prototypes -Wno-missing-field-initializers -MMD -MP -c $< -o $@

$(OUT)/libsupport.a: $(SUPPORT_OBJECTS) $(OUT)/sources
	$(archive)

$(OUT)/libpoolsupport.a: $(POOL_SUPPORT_OBJECTS) $(OUT)/sources
	$(archive)

# Tests of dbpool see the library alone, with faults injected by the linker.
$(POOL_TEST_PROGRAMS): $(OUT)/dbpool/%: $(OUT)/tests/unit/dbpool/%.o \
    $(OUT)/libpoolsupport.a $(OUT)/libsupport.a $(OUT)/libdbpool.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) $(FAULTS) $^ $(POOL_LIBS) -lcmocka -o $@

# A group: SQLite, libuv and gcov call the wraps, which call them in turn, and
# a program may use nothing else of libplunge.a that would bring them in.
LINK_WRAPPED = $(CC) $(LDFLAGS) $(WRAPS) $(PLANTING) -Wl,--start-group \
    $(filter-out %/plunge,$^) $(PLUNGE_LIBS) \
    $(if $(filter --coverage,$(LDFLAGS)),-lgcov) -Wl,--end-group -lcmocka -o $@

$(PLUNGE_TEST_PROGRAMS): $(OUT)/unit/%: $(OUT)/tests/unit/plunge/%.o \
    $(OUT)/libsupport.a $(OUT)/libplunge.a $(OUT)/libdbpool-counted.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(LINK_WRAPPED)

$(PROGRAM_TEST_PROGRAMS): $(OUT)/integration/%: \
    $(OUT)/tests/integration/%.o $(OUT)/libsupport.a $(OUT)/libplunge.a \
    $(OUT)/libdbpool-counted.a $(OUT)/plunge
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(LINK_WRAPPED)

# It plants its leaks into the cycles of a cell.
$(OUT)/integration/test_slow_leaks: private PLANTING := \
    -Wl,--wrap=load_new -Wl,--wrap=load_cycle
# It blinds the ledger.
$(OUT)/integration/test_selftest: private PLANTING := \
    -Wl,--wrap=ledger_difference

.PHONY: tests
tests: $(TEST_PROGRAMS)

-include $(SUPPORT_OBJECTS:.o=.d) $(POOL_SUPPORT_OBJECTS:.o=.d)
-include $(patsubst %.c,$(OUT)/%.d,$(POOL_TESTS) $(PLUNGE_TESTS) $(PROGRAM_TESTS))
.SECONDARY:

# Each target below builds the programs that declare its kind and runs them.
# A make of its own: the kind decides the variant.
TEST_RUNS := debug release asan ubsan tsan memcheck helgrind drd
TEST_TARGETS := $(addprefix run-tests-,$(TEST_RUNS))
.PHONY: test valgrind $(filter-out debug release,$(TEST_RUNS)) $(TEST_TARGETS)
test: run-tests-debug ## build and run the tests (TEST='close_*': some)
asan: run-tests-asan ## the tests under the address sanitizer
ubsan: run-tests-ubsan ## the tests under the undefined-behaviour sanitizer
tsan: run-tests-tsan ## the tests under the thread sanitizer
memcheck: run-tests-memcheck ## the tests under valgrind: leaks, bad memory
helgrind: run-tests-helgrind ## the tests under valgrind: data races, locks
drd: run-tests-drd ## the tests under valgrind: data races, by another way
valgrind: memcheck ## the same as memcheck

run-tests-memcheck run-tests-helgrind run-tests-drd: TEST_VARIANT := debug
$(TEST_TARGETS): run-tests-%:
	$(call run_tests,$*,$(or $(TEST_VARIANT),$*))

# Two of them for much longer than beside all others; what they counted is
# shown.
LONG_RUN = +@$(PARALLEL_MAKE) VARIANT=$1 PROGRAMS=$(BUILD)/$1/dbpool/$2 programs && \
    TEST_SHOW=1 TEST_TIMEOUT=1100 $3 ci/test $1 $(BUILD)/$1/dbpool/$2

.PHONY: cycles
cycles: ## open, use and close a pool 100,000 times in one process
	$(call LONG_RUN,debug,test_cycles,DBPOOL_CYCLES=100000)

# As it is used; root does it as nobody, too.
.PHONY: exhaustion
exhaustion: ## 8,676 exhaustions of threads, each as predicted and recovered from
	+@$(PARALLEL_MAKE) VARIANT=release \
	    PROGRAMS=$(BUILD)/release/integration/test_exhaustion_pairs programs && \
	    rm -f reports/exhaustion.jsonl && \
	    TEST_SHOW=1 TEST_TIMEOUT=3600 PLUNGE_EXHAUSTION_STEP=1 \
	    PLUNGE_EXHAUSTION_REPORT=$(CURDIR)/reports/exhaustion.jsonl \
	    ci/test release $(BUILD)/release/integration/test_exhaustion_pairs

.PHONY: stress
stress: ## a million random requests with faults, and as many as two minutes take under tsan and asan
	$(call LONG_RUN,debug,test_stress,DBPOOL_STRESS_REQUESTS=1000000)
	$(call LONG_RUN,tsan,test_stress,DBPOOL_STRESS_REQUESTS=250000)
	$(call LONG_RUN,asan,test_stress,DBPOOL_STRESS_REQUESTS=500000)

# $(call run_tests,KIND,VARIANT)
define run_tests
+@programs=$$(ci/test --programs $1 $(BUILD)/$2) && \
$(PARALLEL_MAKE) VARIANT=$2 PROGRAMS="$$(echo $$programs)" programs && \
ci/test $1 $$programs
endef

.PHONY: programs
programs: $(PROGRAMS)
	@:

.PHONY: ci ci-full
ci: ## everything that has to be green, as CI runs it
	ci/run

ci-full: ## ci, and what takes longer
	ci/run --full
