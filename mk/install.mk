# SPDX-License-Identifier: Apache-2.0
# dbpool as a library among others: static and shared, found by pkg-config.

PREFIX ?= /usr/local
DESTDIR ?=
INSTALL ?= install

SONAME := libdbpool.so.0
SHARED_OBJECTS := $(POOL_SOURCES:%.c=$(OUT)/shared/%.o)

.PHONY: shared install uninstall
shared: $(OUT)/$(SONAME) ## build the shared library

$(OUT)/shared/lib/%.o: lib/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(say) CC $< '(shared)'
	$(Q)$(CC) $(CPPFLAGS) -Ilib -Ilib/include $(CFLAGS) -fPIC -MMD -MP \
	    -c $< -o $@

$(OUT)/$(SONAME): $(SHARED_OBJECTS) lib/dbpool.map
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs \
	    -Wl,--version-script=lib/dbpool.map $(filter %.o,$^) -luv -lsqlite3 \
	    -lpthread -o $@

$(OUT)/dbpool.pc: lib/dbpool.pc.in FORCE
	@sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' $< > $@

# A page is found under each name that its NAME has: man3/NAME.3:PAGE.3, for
# those that are not the file's own.
MAN_PAGES := $(wildcard man/*.[0-9])
MAN_LINKS = $(shell awk '\
    FNR == 1 { page = FILENAME; sub(/.*\//, "", page); number = page; \
               sub(/.*\./, "", number) } \
    $$1 == ".Sh" { inside = $$2 == "NAME" } \
    inside && $$1 == ".Nm" && $$2 "." number != page { \
        print "man" number "/" $$2 "." number ":" page }' $(MAN_PAGES))

INSTALLED := $(addprefix $(OUT)/,plunge libdbpool.a $(SONAME) dbpool.pc)
install: $(INSTALLED) ## install plunge and dbpool (PREFIX, DESTDIR)
	$(INSTALL) -D -m 755 $(OUT)/plunge $(DESTDIR)$(PREFIX)/bin/plunge
	$(INSTALL) -D -m 644 lib/include/dbpool.h \
	    $(DESTDIR)$(PREFIX)/include/dbpool.h
	$(INSTALL) -D -m 644 $(OUT)/libdbpool.a \
	    $(DESTDIR)$(PREFIX)/lib/libdbpool.a
	$(INSTALL) -D -m 755 $(OUT)/$(SONAME) $(DESTDIR)$(PREFIX)/lib/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(PREFIX)/lib/libdbpool.so
	$(INSTALL) -D -m 644 $(OUT)/dbpool.pc \
	    $(DESTDIR)$(PREFIX)/lib/pkgconfig/dbpool.pc
	for page in $(MAN_PAGES); do \
	    $(INSTALL) -D -m 644 $$page \
	    $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit; \
	done
	for link in $(MAN_LINKS); do \
	    ln -sf $${link#*:} $(DESTDIR)$(PREFIX)/share/man/$${link%:*} || exit; \
	done

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/plunge include/dbpool.h \
	    lib/libdbpool.a lib/$(SONAME) lib/libdbpool.so \
	    lib/pkgconfig/dbpool.pc \
	    $(foreach page,$(notdir $(MAN_PAGES)),\
	        share/man/man$(lastword $(subst ., ,$(page)))/$(page)) \
	    $(foreach link,$(MAN_LINKS),\
	        share/man/$(firstword $(subst :, ,$(link)))))

-include $(SHARED_OBJECTS:.o=.d)
