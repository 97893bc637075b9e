# SPDX-License-Identifier: Apache-2.0
# Sources are found by wildcard: adding a file is one step.

POOL_SOURCES := $(wildcard lib/*.c)
# bench/counting and bench/beside are programs of their own (mk/bench.mk).
COUNTING_SOURCES := $(wildcard bench/counting/*.c)
BESIDE_SOURCES := $(wildcard bench/beside/*.c)
PLUNGE_SOURCES := $(filter-out bench/command/main.c $(COUNTING_SOURCES) \
    $(BESIDE_SOURCES), $(wildcard bench/*/*.c))
POOL_OBJECTS := $(POOL_SOURCES:%.c=$(OUT)/%.o)
PLUNGE_OBJECTS := $(PLUNGE_SOURCES:%.c=$(OUT)/%.o)
MAIN_OBJECT := $(OUT)/bench/command/main.o

# What every HTML report has in it. The charts' library comes from the system
# (libjs-chart.js, MIT); without it reports have their tables alone, and say so.
PAGE_FOLDER := bench/report/page
PAGE_OBJECT := $(patsubst %.S,$(OUT)/%.o,$(wildcard $(PAGE_FOLDER)/assets.S))
CHART_JS ?= $(firstword $(wildcard $(addprefix /usr/share/javascript/chart.js/,\
    chart.min.js Chart.min.js chart.umd.js)))

.PHONY: all clean
all: $(OUT)/plunge $(OUT)/libdbpool.a ## build plunge and libdbpool.a

clean: ## remove what was built (not the cached databases)
	rm -rf $(addprefix $(BUILD)/,debug release asan ubsan tsan coverage proved)

$(OUT)/lib/%.o: lib/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) -Ilib -Ilib/include $(CFLAGS) -MMD -MP -c $< -o $@

$(OUT)/bench/%.o: bench/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) -Ibench -Ilib/include $(CFLAGS) -MMD -MP -c $< -o $@

$(PAGE_OBJECT): $(PAGE_FOLDER)/assets.S $(PAGE_FOLDER)/report.css \
    $(PAGE_FOLDER)/report.js $(OUT)/$(PAGE_FOLDER)/chart.js
	$(say) AS $<
	$(Q)$(CC) -c -Wa,-I$(PAGE_FOLDER) -Wa,-I$(@D) $< -o $@

$(OUT)/$(PAGE_FOLDER)/chart.js: $(CHART_JS) $(OUT)/charts
	@mkdir -p $(@D)
	@cat /dev/null $(CHART_JS) > $@

# From nothing: an object whose source has gone must not stay in an archive.
define archive
@rm -f $@
$(say) AR $@
$(Q)$(AR) rcs $@ $(filter %.o,$^)
endef

$(OUT)/libdbpool.a: $(POOL_OBJECTS) $(OUT)/sources
	$(archive)

$(OUT)/libplunge.a: $(PLUNGE_OBJECTS) $(PAGE_OBJECT) $(OUT)/sources
	$(archive)

# The same library, which the ledger watches: what its objects allocate goes by
# way of bench/ledger/heap.c. Apart from the names it is what users link.
ALLOCATING := malloc calloc realloc strdup free
UNCOUNTED := aligned_alloc|posix_memalign|memalign|reallocarray|strndup|asprintf|vasprintf|getline|getdelim|open_memstream
$(OUT)/libdbpool-counted.a: $(OUT)/libdbpool.a
	$(say) OBJCOPY $@
	$(Q)! nm -u $< | grep -wE '$(UNCOUNTED)' || \
	    { echo "$<: not counted: see ALLOCATING in mk/build.mk" >&2; exit 1; }
	$(Q)$(OBJCOPY) $(foreach name,$(ALLOCATING),\
	    --redefine-sym $(name)=heap_dbpool_$(name)) $< $@

$(OUT)/plunge: $(MAIN_OBJECT) $(OUT)/libplunge.a $(OUT)/libdbpool-counted.a
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) $(WRAPS) $^ $(PLUNGE_LIBS) -o $@

# What a program on dbpool alone looks like: no wraps, no libplunge.a.
EXAMPLE_OBJECT := $(OUT)/examples/tutorial.o

.PHONY: example
example: $(OUT)/tutorial ## build the tutorial's program on dbpool

$(OUT)/examples/%.o: examples/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) -Ilib/include $(CFLAGS) -MMD -MP -c $< -o $@

$(OUT)/tutorial: $(EXAMPLE_OBJECT) $(OUT)/libdbpool.a
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) $^ $(POOL_LIBS) -o $@

# Its test runs it.
$(OUT)/integration/test_example: | $(OUT)/tutorial

# Objects depend on flags, archives on sources: files that change only when what
# they say does.
define written_when_changed
@mkdir -p $(@D)
@echo '$(1)' | cmp -s - $@ || echo '$(1)' > $@
endef

$(OUT)/flags: FORCE
	$(call written_when_changed,$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) \
	    $(WRAPS) $(TURNS) $(COUNTS) $(FAULTS))

$(OUT)/charts: FORCE
	$(call written_when_changed,$(CHART_JS))
	$(if $(CHART_JS),,@echo "  reports have no charts: libjs-chart.js is not" \
	    "installed (ci/bootstrap make installs it)" >&2)

$(OUT)/sources: FORCE
	$(call written_when_changed,$(POOL_SOURCES) $(PLUNGE_SOURCES) \
	    $(SUPPORT_SOURCES) $(POOL_SUPPORT_SOURCES))

.PHONY: FORCE
FORCE:

-include $(POOL_OBJECTS:.o=.d) $(PLUNGE_OBJECTS:.o=.d) $(MAIN_OBJECT:.o=.d) \
    $(EXAMPLE_OBJECT:.o=.d)
