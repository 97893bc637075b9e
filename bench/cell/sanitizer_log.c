/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/sanitizer_log.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "cell/findings.h"

#define ERROR_MARK "==ERROR: "
#define WARNING_MARK "WARNING: "
#define UNDEFINED_MARK ": runtime error: "
#define LEAKS "LeakSanitizer"
#define LEAK_END " allocated from:"

struct reader {
    struct findings *findings;
    struct arena *arena;
    struct result_finding finding; /* the one that is read, where is_open */
    bool is_open;
    bool any;
    struct text stack;
};

static void end(struct reader *reader) {
    if (!reader->is_open) {
        return;
    }
    reader->is_open = false;
    if (reader->stack.size != 0) {
        reader->finding.stack = arena_text(reader->arena, reader->stack.bytes);
    }
    findings_add(reader->findings, &reader->finding);
}

static void begin(struct reader *reader, const char *tool, const char *kind,
                  const char *text) {
    end(reader);
    text_clear(&reader->stack);
    reader->finding =
        (struct result_finding){.tool = tool, .kind = kind, .text = text};
    reader->is_open = true;
    reader->any = true;
}

/* "AddressSanitizer: heap-use-after-free on address 0x6 ...",
 * "ThreadSanitizer: data race (pid=7)". */
static void begin_report(struct reader *reader, const char *words) {
    struct arena *arena = reader->arena;
    const size_t tool_size = strcspn(words, ":");
    const char *tool = arena_text_n(arena, words, tool_size);
    const char *text = words + tool_size;
    text += strspn(text, ": ");
    if (strcmp(tool, LEAKS) == 0) {
        return; /* each leak follows */
    }
    const char *on = strstr(text, " on ");
    const char *bracket = strstr(text, " (");
    size_t kind_size = strlen(text);
    if (on != NULL && (size_t)(on - text) < kind_size) {
        kind_size = (size_t)(on - text);
    }
    if (bracket != NULL && (size_t)(bracket - text) < kind_size) {
        kind_size = (size_t)(bracket - text);
    }
    begin(reader, tool, arena_text_n(arena, text, kind_size), text);
}

/* "Direct leak of 40 byte(s) in 1 object(s) allocated from:". */
static void begin_leak(struct reader *reader, const char *line) {
    const char *rest = strstr(line, LEAK_END);
    const size_t size = rest == NULL ? strlen(line) : (size_t)(rest - line);
    const char *of = strstr(line, " of ");
    begin(reader, LEAKS, arena_text_n(reader->arena, line, (size_t)(of - line)),
          arena_text_n(reader->arena, line, size));
}

static bool is_leak(const char *line) {
    return strncmp(line, "Direct leak of ", 15) == 0 ||
           strncmp(line, "Indirect leak of ", 17) == 0;
}

/* "#1 0x5555 in main main.c:7" and "#1 main main.c:7 (program+0x13cf)". */
static const char *frame_of(const char *line) {
    const char *frame = line + 1 + strspn(line + 1, "0123456789");
    frame += strspn(frame, " ");
    if (strncmp(frame, "0x", 2) == 0) {
        const char *in = strstr(frame, " in ");
        frame = in == NULL ? frame : in + 4;
    }
    return frame;
}

static void read_line(struct reader *reader, const char *line) {
    const char *mark = strstr(line, ERROR_MARK);
    if (mark != NULL) {
        begin_report(reader, mark + strlen(ERROR_MARK));
    } else if (strncmp(line, WARNING_MARK, strlen(WARNING_MARK)) == 0) {
        begin_report(reader, line + strlen(WARNING_MARK));
    } else if (is_leak(line)) {
        begin_leak(reader, line);
    } else if (strstr(line, UNDEFINED_MARK) != NULL) {
        begin(reader, "UndefinedBehaviorSanitizer", "runtime error", line);
    } else if (strncmp(line, "SUMMARY: ", 9) == 0 ||
               strncmp(line, "=====", 5) == 0) {
        end(reader);
    } else if (reader->is_open && line[0] != '\0') {
        text_format(&reader->stack, "%s%s", reader->stack.size == 0 ? "" : "\n",
                    line[0] == '#' ? frame_of(line) : line);
    }
}

static bool is_blank(const char *text) {
    return text[strspn(text, " \t\r\n=")] == '\0';
}

void sanitizer_log_read(const char *text, struct findings *findings) {
    struct reader reader = {.findings = findings, .arena = findings->arena};
    text_init(&reader.stack);
    for (const char *at = text; *at != '\0';) {
        at += strspn(at, " \t\r\n");
        const size_t size = strcspn(at, "\r\n");
        read_line(&reader, arena_text_n(reader.arena, at, size));
        at += size;
    }
    if (!reader.any && !is_blank(text)) {
        begin(&reader, "sanitizer", "report",
              "it wrote what plunge does not understand");
        text_append(&reader.stack, text);
    }
    end(&reader);
    text_fini(&reader.stack);
}
