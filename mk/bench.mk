# SPDX-License-Identifier: Apache-2.0
# What a lookup costs: counted, and measured.

COUNTING_OBJECTS := $(COUNTING_SOURCES:%.c=$(OUT)/%.o)

# What dbpool allocates is counted on request; otherwise it is the same library.
$(OUT)/counter: $(COUNTING_OBJECTS) $(OUT)/libplunge.a \
    $(OUT)/libdbpool-counted.a
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) $(TURNS) $^ $(PLUNGE_LIBS) -o $@

-include $(COUNTING_OBJECTS:.o=.d)

BESIDE_OBJECTS := $(BESIDE_SOURCES:%.c=$(OUT)/%.o)

$(OUT)/beside: $(BESIDE_OBJECTS) $(OUT)/libplunge.a $(OUT)/libdbpool.a
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) $(COUNTS) $^ $(POOL_LIBS) -o $@

-include $(BESIDE_OBJECTS:.o=.d)

# Its test runs it.
$(OUT)/integration/test_beside: | $(OUT)/beside

# Optimised, as it is used.
.PHONY: counts check-counts counts-decide counter
counts: counter ## what a lookup costs, counted -> reports/counts.md
	@ci/counts write $(BUILD)/release

check-counts: counter ## the same, compared with reports/counts.json
	@ci/counts check $(BUILD)/release

# TRIES=4: fewer.
counts-decide: counter ## plants slow-downs, and has counts find them -> reports/counts-decide.md
	@ci/decides-by-counts $(BUILD) $(TRIES)

counter:
	+@$(PARALLEL_MAKE) VARIANT=release $(BUILD)/release/counter \
	    $(BUILD)/release/plunge

# BENCH='--blocks 15': options of plunge run.
.PHONY: bench
bench: ## dbpool and its peers, measured -> reports/ceiling.md
	+@$(PARALLEL_MAKE) VARIANT=release $(BUILD)/release/plunge
	@ci/ceiling run $(BUILD)/release/plunge $(BENCH)

# The same objects, linked so that the ledger sees nothing of what is called.
$(OUT)/libplunge-blind.a: $(OUT)/libplunge.a
	$(say) OBJCOPY $@
	$(Q)$(OBJCOPY) $(foreach name,$(WRAPPED),\
	    --redefine-sym __real_$(name)=$(name)) $< $@

$(OUT)/plunge-blind: $(MAIN_OBJECT) $(OUT)/libplunge-blind.a $(OUT)/libdbpool.a
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) $^ $(PLUNGE_LIBS) -o $@

.PHONY: ledger-cost
ledger-cost: ## what the ledger costs of the throughput -> reports/ledger-cost.md
	+@$(PARALLEL_MAKE) VARIANT=release $(BUILD)/release/plunge-blind \
	    $(BUILD)/release/plunge
	@ci/ledger-cost run $(BUILD)/release $(LEDGER_COST_ROUNDS)

# Each writes reports/NAME.md and NAME.json.
.PHONY: opening million curves beside
opening: beside ## opening and closing a pool beside the same by hand
	@ci/opening run $(BUILD)/release $(OPENING_ROUNDS)

# MILLION='--blocks 3', CURVES='--blocks 3': options of plunge run.
million: beside ## a million lookups in flight: speed, and memory for each
	@ci/million run $(BUILD)/release $(MILLION)

# CURVES_USERS=100M: one point more.
export CURVES_USERS CURVES_ROWS
curves: beside ## in flight, users, threads, rows, row size: where they bend
	@ci/curves run $(BUILD)/release $(CURVES)

# GENERATION_USERS='1M 10M 100M': the sizes.
.PHONY: generation
export GENERATION_USERS GENERATION_BLOCKS GENERATION_FOLDER
generation: ## rows/s of sqlite3 .import, SQLite's API, page by page -> reports/generation.md
	+@$(PARALLEL_MAKE) VARIANT=release $(BUILD)/release/plunge
	@ci/generation run $(BUILD)/release

# DECIDES_TRIES=10: fewer; ci/decides names the others.
.PHONY: decides
export DECIDES_TRIES DECIDES_FOR DECIDES_TOLERANCE DECIDES_THREADS
decides: ## plants a slow-down of 3 %, and has run --vs find it -> reports/decides.md
	@ci/decides run $(BUILD)

# STEADY_MEMORY='10s 30s': shorter ones.
.PHONY: steady-memory
steady-memory: ## a run of ten minutes takes the memory of one of one minute
	+@$(PARALLEL_MAKE) VARIANT=release $(BUILD)/release/plunge
	@ci/steady-memory $(BUILD)/release/plunge $(STEADY_MEMORY)

beside:
	+@$(PARALLEL_MAKE) VARIANT=release $(BUILD)/release/beside \
	    $(BUILD)/release/plunge
