/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/instrument.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/private_folder.h"
#include "base/result.h"
#include "base/text.h"
#include "cell/ending.h"
#include "cell/findings.h"
#include "cell/sanitizer_log.h"
#include "cell/spending.h"
#include "cell/under.h"
#include "cell/valgrind_xml.h"

/* Not one of plunge's own. */
#define STATUS_FOUND "99"

#define THREADS_SPARE 10
#define THREADS_DEFAULT 500 /* valgrind's own */

#define FILE_SIZE_MAX ((size_t)1 << 30)
#define LOG_SHOWN_MAX 400

enum { WORDS_MAX = 24 };

/* ---- Before --------------------------------------------------------------*/

const char *instrument_sanitizer(void) {
    static const char *const variants[] = {"asan", "tsan", "ubsan"};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        if (strcmp(PLUNGE_VARIANT, variants[i]) == 0) {
            return variants[i];
        }
    }
    return NULL;
}

int instrument_init(struct instrument *instrument, const char **problem_out) {
    if (instrument->under == NULL && instrument_sanitizer() == NULL) {
        return 0;
    }
    const char *wanted = NULL;
    const char *folder = private_folder_make(instrument->arena, &wanted);
    if (folder == NULL) {
        *problem_out = arena_format(
            instrument->arena,
            "%s: cannot be made a folder for what is found in a cell: %s",
            wanted, strerror(errno));
        return -1;
    }
    instrument->folder = folder;
    return 0;
}

static const char *path_in(const struct instrument *instrument,
                           const char *name) {
    return arena_format(instrument->arena, "%s/%s", instrument->folder, name);
}

struct words {
    char **items;
    size_t count;
};

static void add(struct words *words, char *word) {
    if (words->count + 1 < WORDS_MAX) {
        words->items[words->count++] = word;
    }
}

/* valgrind takes %p and the like in a file's name for something else. */
static void add_file(struct words *words, const struct instrument *instrument,
                     const char *option, const char *name) {
    struct text escaped;
    text_init(&escaped);
    for (const char *at = path_in(instrument, name); *at != '\0'; at++) {
        text_append_n(&escaped, at, 1);
        if (*at == '%') {
            text_append(&escaped, "%");
        }
    }
    add(words, arena_format(instrument->arena, "%s=%s", option, escaped.bytes));
    text_fini(&escaped);
}

/* No descriptors: they are not in the XML of valgrind 3.19, and the ledger has
 * them. */
static void add_finder(struct words *words,
                       const struct instrument *instrument) {
    struct arena *arena = instrument->arena;
    add(words, arena_text(arena, "--xml=yes"));
    add_file(words, instrument, "--xml-file", "findings.xml");
    add(words, arena_text(arena, "--error-exitcode=" STATUS_FOUND));
    add(words, arena_text(arena, "--error-limit=no"));
    add(words, arena_text(arena, "--num-callers=30"));
    if (strcmp(instrument->under->tool->name, "memcheck") != 0) {
        return;
    }
    add(words, arena_text(arena, "--leak-check=full"));
    add(words, arena_text(arena, "--show-leak-kinds=all"));
    add(words,
        arena_format(arena, "--errors-for-leak-kinds=definite,indirect%s",
                     instrument->open_pools ? "" : ",possible"));
}

char *const *instrument_words(const struct instrument *instrument) {
    if (instrument->under == NULL) {
        return NULL;
    }
    const struct cell_under *under = instrument->under;
    struct arena *arena = instrument->arena;
    struct words words = {
        .items = arena_alloc(arena, WORDS_MAX * sizeof *words.items),
    };
    const unsigned long long threads = instrument->threads + THREADS_SPARE;
    add(&words, arena_text(arena, under->valgrind));
    /* Not what is in $VALGRIND_OPTS or a .valgrindrc. */
    add(&words, arena_text(arena, "--command-line-only=yes"));
    add(&words, arena_format(arena, "--tool=%s", under->tool->name));
    add(&words, arena_text(arena, "--fair-sched=yes"));
    add(&words, arena_text(arena, "--child-silent-after-fork=yes"));
    add(&words, arena_text(arena, "--vgdb=no"));
    add(&words,
        arena_format(arena, "--max-threads=%llu",
                     threads > THREADS_DEFAULT ? threads : THREADS_DEFAULT));
    add_file(&words, instrument, "--log-file", "log");
    if (under->tool->finds) {
        add_finder(&words, instrument);
    } else {
        add_file(&words, instrument, under->tool->output_option, "output");
    }
    return words.items;
}

char *const *instrument_variables(const struct instrument *instrument) {
    static const char *const names[] = {"ASAN_OPTIONS", "TSAN_OPTIONS",
                                        "UBSAN_OPTIONS"};
    enum { NAMES_COUNT = sizeof names / sizeof *names };
    struct arena *arena = instrument->arena;
    char **variables =
        arena_alloc(arena, (NAMES_COUNT + 1) * sizeof *variables);
    if (instrument->folder == NULL || instrument->under != NULL) {
        return variables;
    }
    for (size_t i = 0; i < NAMES_COUNT; i++) {
        variables[i] =
            arena_format(arena, "%s=log_path='%s':print_stacktrace=1", names[i],
                         path_in(instrument, "sanitizer"));
    }
    return variables;
}

/* ---- After ---------------------------------------------------------------*/

static void read_xml(struct instrument *instrument, struct findings *findings,
                     struct result_cell *cell) {
    struct valgrind_xml xml = {
        .tool = instrument->under->tool->name,
        .open_pools = instrument->open_pools,
    };
    struct text text;
    text_init(&text);
    int status =
        file_read(path_in(instrument, "findings.xml"), FILE_SIZE_MAX, &text);
    const char *problem =
        valgrind_xml_read(&xml, text.bytes, text.size, findings);
    if (status != 0) {
        problem = arena_format(instrument->arena, "cannot be read: %s",
                               strerror(-status));
    }
    text_fini(&text);
    cell->under.version = xml.version;
    if (strcmp(xml.tool, "memcheck") == 0 && problem == NULL) {
        cell->under.still_reachable_bytes = xml.still_reachable_bytes;
        cell->under.possibly_lost_bytes = xml.possibly_lost_bytes;
    }
    if (problem != NULL) {
        instrument->problem = arena_format(
            instrument->arena, "what %s wrote %s", xml.tool, problem);
    }
}

static void keep_output(struct instrument *instrument,
                        struct result_cell *cell) {
    const struct cell_under *under = instrument->under;
    struct arena *arena = instrument->arena;
    struct text text;
    text_init(&text);
    int status = file_read(path_in(instrument, "output"), FILE_SIZE_MAX, &text);
    if (status == 0) {
        status = file_make_folder(under->output_folder);
    }
    if (status == 0) {
        status = file_write(arena_format(arena, "%s/%s", under->output_folder,
                                         instrument->output),
                            text.bytes, text.size);
    }
    if (strcmp(under->tool->name, "callgrind") == 0) {
        spending_read_callgrind(text.bytes, cell);
    }
    text_fini(&text);
    if (status != 0) {
        instrument->problem =
            arena_format(arena, "what %s wrote cannot be kept: %s",
                         under->tool->name, strerror(-status));
        return;
    }
    cell->under.output = instrument->output;
}

/* One a process: a sanitizer adds the number to the name. */
static void read_logs(const struct instrument *instrument,
                      struct findings *findings) {
    DIR *folder = opendir(instrument->folder);
    struct text text;
    text_init(&text);
    for (struct dirent *entry = folder == NULL ? NULL : readdir(folder);
         entry != NULL; entry = readdir(folder)) {
        text_clear(&text);
        if (entry->d_name[0] != '.' &&
            file_read(path_in(instrument, entry->d_name), FILE_SIZE_MAX,
                      &text) == 0) {
            sanitizer_log_read(text.bytes, findings);
        }
    }
    text_fini(&text);
    if (folder != NULL) {
        (void)closedir(folder);
    }
}

static void describe(const struct instrument *instrument,
                     struct result_cell *cell) {
    const struct under_tool *tool = instrument->under->tool;
    cell->under = (struct result_under){
        .given = true,
        .tool = tool->name,
        .finds = tool->finds,
        .divisor = instrument->scaling == NULL ? 1 : tool->divisor,
        .scaling = instrument->scaling,
        .still_reachable_bytes = RESULT_UNKNOWN,
        .possibly_lost_bytes = RESULT_UNKNOWN,
    };
}

void instrument_collect(struct instrument *instrument, struct ending *ending,
                        struct result_cell *cell) {
    struct findings findings = {.arena = instrument->arena};
    if (instrument->folder == NULL) {
        return;
    }
    if (instrument->under == NULL) {
        read_logs(instrument, &findings);
    } else {
        describe(instrument, cell);
        if (instrument->under->tool->finds) {
            read_xml(instrument, &findings, cell);
        } else {
            keep_output(instrument, cell);
        }
    }
    findings_give(&findings, cell);
    /* Its own status was 0: it has handed its result over. */
    if (findings.count != 0 && ending->handed_over &&
        WIFEXITED(ending->wait_status)) {
        ending->wait_status = 0;
    }
}

/* The end of what valgrind had to say beside the findings: why it gave up. */
static const char *last_words(const struct instrument *instrument) {
    struct text log;
    text_init(&log);
    (void)file_read(path_in(instrument, "log"), FILE_SIZE_MAX, &log);
    while (log.size != 0 && log.bytes[log.size - 1] == '\n') {
        log.bytes[--log.size] = '\0';
    }
    const char *from = log.bytes;
    if (log.size > LOG_SHOWN_MAX) {
        from += log.size - LOG_SHOWN_MAX;
    }
    const char *words = arena_text(instrument->arena, from);
    text_fini(&log);
    return words;
}

void instrument_conclude(const struct instrument *instrument,
                         struct result_cell *cell) {
    struct result_outcome *outcome = &cell->outcome;
    if (instrument->problem == NULL) {
        return;
    }
    if (outcome->state == RESULT_COMPLETED) {
        outcome->state = RESULT_CRASHED;
    }
    const char *log = last_words(instrument);
    outcome->detail =
        arena_format(instrument->arena, "%s%s%s%s%s",
                     outcome->detail == NULL ? "" : outcome->detail,
                     outcome->detail == NULL ? "" : "; ", instrument->problem,
                     log[0] == '\0' ? "" : "; its last words: ", log);
}

void instrument_fini(struct instrument *instrument) {
    if (instrument->folder != NULL) {
        private_folder_remove(instrument->folder);
        instrument->folder = NULL;
    }
}
