/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/valgrind_xml.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"
#include "cell/findings.h"

#define STILL_REACHABLE "Leak_StillReachable"
#define POSSIBLY_LOST "Leak_PossiblyLost"
#define VERSION_BEGINS "Using Valgrind-"

/* <valgrindoutput><error><stack><frame><ip>, and some to spare. */
enum { DEPTH_MAX = 16, NAME_SIZE = 40 };

struct frame {
    const char *function;
    const char *file;
    const char *line;
    const char *object;
    const char *address;
};

struct reader {
    struct valgrind_xml *xml;
    struct findings *findings;
    struct arena *arena;
    XML_Parser parser;
    char names[DEPTH_MAX][NAME_SIZE]; /* of the elements that are open */
    int depth;
    struct text characters; /* of the innermost element so far */
    struct text stack;
    const char *kind;
    const char *what;
    const char *event; /* of a fatal signal */
    uint64_t leaked_bytes;
    struct frame frame;
    bool is_output;   /* the root is valgrind's */
    bool is_finished; /* its last state says so */
};

static const char *name_at(const struct reader *reader, int depth) {
    return depth >= 0 && depth < DEPTH_MAX ? reader->names[depth] : "";
}

static bool is_finding(const char *name) {
    return strcmp(name, "error") == 0 || strcmp(name, "fatal_signal") == 0;
}

/* Within a finding: every finding is a child of the root. */
static bool in_finding(const struct reader *reader) {
    return is_finding(name_at(reader, 1));
}

/* ---- Stacks --------------------------------------------------------------*/

static void add_line(struct reader *reader, const char *line) {
    text_format(&reader->stack, "%s%s", reader->stack.size == 0 ? "" : "\n",
                line);
}

static void add_heading(struct reader *reader, const char *heading) {
    add_line(reader, heading);
    text_append(&reader->stack, ":");
}

/* DRD has stacks in elements of their own, such as <other_segment_start>. */
static void begin_stack(struct reader *reader) {
    const char *owner = name_at(reader, reader->depth - 2);
    if (is_finding(owner)) {
        return;
    }
    char *heading = arena_text(reader->arena, owner);
    for (char *at = strchr(heading, '_'); at != NULL; at = strchr(at, '_')) {
        *at = ' ';
    }
    add_heading(reader, heading);
}

/* "lookup (pool.c:31)", "start_thread (in /lib/libc.so.6)", "0x1234". */
static void end_frame(struct reader *reader) {
    const struct frame *frame = &reader->frame;
    struct arena *arena = reader->arena;
    const char *line = frame->function != NULL  ? frame->function
                       : frame->address != NULL ? frame->address
                                                : "???";
    if (frame->file != NULL) {
        line = arena_format(arena, "%s (%s%s%s)", line, frame->file,
                            frame->line == NULL ? "" : ":",
                            frame->line == NULL ? "" : frame->line);
    } else if (frame->object != NULL) {
        line = arena_format(arena, "%s (in %s)", line, frame->object);
    }
    add_line(reader, line);
}

/* ---- Findings ------------------------------------------------------------*/

static void begin_finding(struct reader *reader) {
    text_clear(&reader->stack);
    reader->kind = NULL;
    reader->what = NULL;
    reader->event = NULL;
    reader->leaked_bytes = 0;
}

static bool is_forgiven(struct reader *reader) {
    struct valgrind_xml *xml = reader->xml;
    if (reader->kind == NULL) {
        return false;
    }
    if (strcmp(reader->kind, STILL_REACHABLE) == 0) {
        xml->still_reachable_bytes += reader->leaked_bytes;
        return true;
    }
    if (xml->open_pools && strcmp(reader->kind, POSSIBLY_LOST) == 0) {
        xml->possibly_lost_bytes += reader->leaked_bytes;
        return true;
    }
    return false;
}

static void add_finding(struct reader *reader, const char *kind,
                        const char *what) {
    findings_add(
        reader->findings,
        &(struct result_finding){
            .tool = reader->xml->tool,
            .kind = kind == NULL ? "unknown" : kind,
            .text = what,
            .stack = reader->stack.size == 0
                         ? NULL
                         : arena_text(reader->arena, reader->stack.bytes),
        });
}

static void end_error(struct reader *reader) {
    if (!is_forgiven(reader)) {
        add_finding(reader, reader->kind, reader->what);
    }
}

static void end_fatal_signal(struct reader *reader) {
    const char *signal = reader->what == NULL ? "a signal" : reader->what;
    add_finding(reader, "fatal_signal",
                reader->event == NULL
                    ? arena_format(reader->arena, "ended by %s", signal)
                    : arena_format(reader->arena, "ended by %s: %s", signal,
                                   reader->event));
}

/* ---- Elements ------------------------------------------------------------*/

static void XMLCALL on_start(void *data, const char *name,
                             const char **attributes) {
    struct reader *reader = data;
    (void)attributes;
    text_clear(&reader->characters);
    if (reader->depth < DEPTH_MAX) {
        char *place = reader->names[reader->depth];
        place[0] = '\0';
        (void)strncat(place, name, NAME_SIZE - 1);
    }
    reader->depth++;
    if (reader->depth == 1) {
        reader->is_output = strcmp(name, "valgrindoutput") == 0;
    } else if (reader->depth == 2 && is_finding(name)) {
        begin_finding(reader);
    } else if (in_finding(reader) && strcmp(name, "stack") == 0) {
        begin_stack(reader);
    } else if (strcmp(name, "frame") == 0) {
        reader->frame = (struct frame){0};
    }
}

static void XMLCALL on_characters(void *data, const char *bytes, int size) {
    struct reader *reader = data;
    text_append_n(&reader->characters, bytes, (size_t)size);
}

/* What an element's text is kept as; NULL: nothing. */
static const char **place_of(struct reader *reader, const char *name) {
    const struct {
        const char *name;
        const char **place;
    } places[] = {
        {"kind", &reader->kind},         {"what", &reader->what},
        {"signame", &reader->what},      {"event", &reader->event},
        {"ip", &reader->frame.address},  {"obj", &reader->frame.object},
        {"fn", &reader->frame.function}, {"file", &reader->frame.file},
        {"line", &reader->frame.line},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (strcmp(places[i].name, name) == 0) {
            return places[i].place;
        }
    }
    return NULL;
}

/* <xwhat> and <xauxwhat> have their words in a <text>. */
static void end_words(struct reader *reader, const char *name,
                      const char *owner) {
    const char *words = reader->characters.bytes;
    const bool is_text = strcmp(name, "text") == 0;
    if (is_text && strcmp(owner, "xwhat") == 0) {
        reader->what = arena_text(reader->arena, words);
    } else if (strcmp(name, "auxwhat") == 0 ||
               (is_text && strcmp(owner, "xauxwhat") == 0)) {
        add_heading(reader, words);
    } else if (strcmp(name, "leakedbytes") == 0) {
        reader->leaked_bytes = strtoull(words, NULL, 10);
    }
}

static void end_in_finding(struct reader *reader, const char *name,
                           const char *owner) {
    const char **place = place_of(reader, name);
    if (strcmp(name, "error") == 0) {
        end_error(reader);
    } else if (strcmp(name, "fatal_signal") == 0) {
        end_fatal_signal(reader);
    } else if (strcmp(name, "frame") == 0) {
        end_frame(reader);
    } else if (place != NULL) {
        *place = arena_text(reader->arena, reader->characters.bytes);
    } else {
        end_words(reader, name, owner);
    }
}

/* "Using Valgrind-3.19.0 and LibVEX; ...". */
static void read_version(struct reader *reader) {
    const char *words = reader->characters.bytes;
    const size_t size = strlen(VERSION_BEGINS);
    if (strncmp(words, VERSION_BEGINS, size) == 0) {
        reader->xml->version = arena_text_n(reader->arena, words + size,
                                            strcspn(words + size, " "));
    }
}

static void XMLCALL on_end(void *data, const char *name) {
    struct reader *reader = data;
    const char *owner = name_at(reader, reader->depth - 2);
    if (in_finding(reader)) {
        end_in_finding(reader, name, owner);
    } else if (strcmp(owner, "preamble") == 0) {
        read_version(reader);
    } else if (strcmp(owner, "status") == 0 && strcmp(name, "state") == 0) {
        reader->is_finished = strcmp(reader->characters.bytes, "FINISHED") == 0;
    }
    text_clear(&reader->characters);
    reader->depth--;
    if (reader->depth < DEPTH_MAX) {
        reader->names[reader->depth][0] = '\0';
    }
}

/* ---- The whole -----------------------------------------------------------*/

static const char *parse(struct reader *reader, const char *bytes,
                         size_t size) {
    if (size == 0 || size > INT_MAX) {
        return size == 0 ? "is empty" : "is too large to be read";
    }
    if (XML_Parse(reader->parser, bytes, (int)size, 1) == XML_STATUS_OK) {
        return !reader->is_output     ? "is not valgrind's"
               : !reader->is_finished ? "does not say that it is finished"
                                      : NULL;
    }
    return arena_format(reader->arena, "breaks off in line %lu (%s)",
                        (unsigned long)XML_GetCurrentLineNumber(reader->parser),
                        XML_ErrorString(XML_GetErrorCode(reader->parser)));
}

const char *valgrind_xml_read(struct valgrind_xml *xml, const char *bytes,
                              size_t size, struct findings *findings) {
    struct reader reader = {
        .xml = xml,
        .findings = findings,
        .arena = findings->arena,
        .parser = XML_ParserCreate(NULL),
    };
    if (reader.parser == NULL) {
        check_out_of_memory();
    }
    xml->version = NULL;
    xml->still_reachable_bytes = 0;
    xml->possibly_lost_bytes = 0;
    text_init(&reader.characters);
    text_init(&reader.stack);
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader.parser, on_characters);
    const char *problem = parse(&reader, bytes, size);
    if (problem != NULL && in_finding(&reader)) {
        end_error(&reader); /* as much of it as was written */
    }
    text_fini(&reader.stack);
    text_fini(&reader.characters);
    XML_ParserFree(reader.parser);
    return problem;
}
