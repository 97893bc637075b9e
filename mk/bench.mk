# SPDX-License-Identifier: Apache-2.0
# What a lookup costs: counted, and measured.

COUNTING_OBJECTS := $(COUNTING_SOURCES:%.c=$(OUT)/%.o)

$(OUT)/counter: $(COUNTING_OBJECTS) $(OUT)/libplunge.a $(OUT)/libdbpool.a
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) $(TURNS) $^ $(PLUNGE_LIBS) -o $@

-include $(COUNTING_OBJECTS:.o=.d)

# Optimised, as it is used.
.PHONY: counts check-counts counter
counts: counter ## instructions, allocations, system calls -> reports/counts.md
	@ci/counts write $(BUILD)/release

check-counts: counter ## the same, compared with reports/counts.json
	@ci/counts check $(BUILD)/release

counter:
	+@$(PARALLEL_MAKE) VARIANT=release $(BUILD)/release/counter \
	    $(BUILD)/release/plunge

# BENCH='--blocks 15': options of plunge run.
.PHONY: bench
bench: ## dbpool and its peers, measured -> reports/ceiling.md
	+@$(PARALLEL_MAKE) VARIANT=release $(BUILD)/release/plunge
	@ci/ceiling run $(BUILD)/release/plunge $(BENCH)
