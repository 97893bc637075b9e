/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/frame.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "ledger/symbol.h"

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

static struct Dwfl *names;

const char *frame_text(uintptr_t address, struct arena *arena) {
    if (names == NULL) {
        names = symbol_open(getpid());
    }
    const char *text =
        names == NULL ? NULL : symbol_text(names, call_of(address), arena);
    return text == NULL ? offset_text(address, arena) : text;
}

void frame_forget_names(void) {
    symbol_close(names);
    names = NULL;
}
