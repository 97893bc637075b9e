/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/symbol.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#if __has_include(<elfutils/libdwfl.h>)
#include <elfutils/libdwfl.h>

#include "base/arena.h"

bool symbol_is_available(void) {
    return true;
}

/* The programs' own files are enough. libdw's way would ask debuginfod, over
 * the network, for what is not found here. */
static int find_nothing_else(Dwfl_Module *module, void **data, const char *name,
                             Dwarf_Addr base, const char *file,
                             const char *link, GElf_Word sum, char **found) {
    (void)module;
    (void)data;
    (void)name;
    (void)base;
    (void)file;
    (void)link;
    (void)sum;
    (void)found;
    return -1;
}

struct Dwfl *symbol_open(pid_t process) {
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = find_nothing_else,
    };
    Dwfl *names = dwfl_begin(&callbacks);
    if (names != NULL && (dwfl_linux_proc_report(names, process) != 0 ||
                          dwfl_report_end(names, NULL, NULL) != 0)) {
        dwfl_end(names);
        return NULL;
    }
    return names;
}

void symbol_close(struct Dwfl *names) {
    if (names != NULL) {
        dwfl_end(names);
    }
}

static const char *place_text(Dwfl_Module *module, uintptr_t at,
                              struct arena *arena) {
    Dwarf_Addr begin = 0;
    const char *path = module == NULL
                           ? NULL
                           : dwfl_module_info(module, NULL, &begin, NULL, NULL,
                                              NULL, NULL, NULL);
    if (path == NULL) {
        return NULL;
    }
    const char *slash = strrchr(path, '/');
    return arena_format(arena, "%s+0x%" PRIx64,
                        slash == NULL ? path : slash + 1,
                        (uint64_t)(at - begin));
}

const char *symbol_text(struct Dwfl *names, uintptr_t at, struct arena *arena) {
    Dwfl_Module *module = dwfl_addrmodule(names, at);
    const char *name = module == NULL ? NULL : dwfl_module_addrname(module, at);
    if (name == NULL) {
        return place_text(module, at, arena);
    }
    int number = 0;
    Dwfl_Line *line = dwfl_module_getsrc(module, at);
    const char *file =
        line == NULL ? NULL
                     : dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
    return file == NULL ? arena_text(arena, name)
                        : arena_format(arena, "%s %s:%d", name, file, number);
}
#else
bool symbol_is_available(void) {
    return false;
}

struct Dwfl *symbol_open(pid_t process) {
    (void)process;
    return NULL;
}

void symbol_close(struct Dwfl *names) {
    (void)names;
}

const char *symbol_text(struct Dwfl *names, uintptr_t at, struct arena *arena) {
    (void)names;
    (void)at;
    (void)arena;
    return NULL;
}
#endif
