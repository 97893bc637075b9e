/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/frame.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"

/* The instruction that called, not the one after it: that may be another
 * line's, or another function's. */
static uintptr_t call_of(uintptr_t address) {
    return address - 1;
}

static const char *offset_text(uintptr_t address, struct arena *arena) {
    Dl_info info;
    const void *at;
    memcpy(&at, &address, sizeof at);
    if (dladdr(at, &info) == 0 || info.dli_fname == NULL) {
        return arena_format(arena, "0x%" PRIxPTR, address);
    }
    const char *slash = strrchr(info.dli_fname, '/');
    return arena_format(arena, "%s+0x%" PRIxPTR,
                        slash == NULL ? info.dli_fname : slash + 1,
                        call_of(address) - (uintptr_t)info.dli_fbase);
}

#if __has_include(<elfutils/libdwfl.h>)
#include <elfutils/libdwfl.h>

static Dwfl *names;

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

static void open_names(void) {
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = find_nothing_else,
    };
    names = dwfl_begin(&callbacks);
    if (names != NULL && (dwfl_linux_proc_report(names, getpid()) != 0 ||
                          dwfl_report_end(names, NULL, NULL) != 0)) {
        frame_forget_names();
    }
}

const char *frame_text(uintptr_t address, struct arena *arena) {
    if (names == NULL) {
        open_names();
    }
    Dwfl_Module *module =
        names == NULL ? NULL : dwfl_addrmodule(names, call_of(address));
    const char *name =
        module == NULL ? NULL : dwfl_module_addrname(module, call_of(address));
    if (name == NULL) {
        return offset_text(address, arena);
    }
    int number = 0;
    Dwfl_Line *line = dwfl_module_getsrc(module, call_of(address));
    const char *file =
        line == NULL ? NULL
                     : dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
    return file == NULL ? arena_text(arena, name)
                        : arena_format(arena, "%s %s:%d", name, file, number);
}

void frame_forget_names(void) {
    if (names != NULL) {
        dwfl_end(names);
        names = NULL;
    }
}
bool frame_has_lines(void) {
    return true;
}
#else
bool frame_has_lines(void) {
    return false;
}

const char *frame_text(uintptr_t address, struct arena *arena) {
    return offset_text(address, arena);
}

void frame_forget_names(void) {
}
#endif
