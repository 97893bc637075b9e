/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "report/html_part.h"

/* The scenario's text, line by line, with what came of each expectation beside
 * it; and of what it includes the text. */

/* How the expectations of a line fared: the worst of them, since a line of the
 * command line's and one of the file may be told together. */
static const struct result_expectation *
find_expectation(const struct result *result, unsigned line) {
    const struct result_expectation *found = NULL;
    for (size_t i = 0; i < result->expectations_count; i++) {
        const struct result_expectation *one = &result->expectations[i];
        if (one->line == line &&
            (found == NULL || found->held == RESULT_HELD_YES)) {
            found = one;
        }
    }
    return found;
}

static void write_line(struct html *html, unsigned line, const char *string,
                       bool marked) {
    const struct result_expectation *expectation =
        marked ? find_expectation(html->result, line) : NULL;
    html_raw(html, "<tr");
    if (marked) {
        text_format(html->text, " id=\"line-%u\"", line);
    }
    html_raw(html, "><td class=\"margin\">");
    if (expectation != NULL) {
        html_held(html, expectation->held);
    }
    text_format(html->text, "</td><td class=\"line\">%u</td><td><code>", line);
    html_string(html, string);
    html_raw(html, "</code>");
    if (expectation != NULL && expectation->measured != NULL) {
        html_raw(html, "<span class=\"measured\">");
        html_string(html, expectation->measured);
        html_raw(html, "</span>");
    }
    html_raw(html, "</td></tr>\n");
}

/* Only the scenario's own lines are those of expectations. */
static void write_text(struct html *html, const char *caption, const char *text,
                       bool marked) {
    unsigned line = 1;
    text_format(html->text, "<div class=\"scroll\" role=\"region\" "
                            "tabindex=\"0\" aria-label=\"");
    html_string(html, caption);
    html_raw(html, "\">\n<table class=\"source\"><caption>");
    html_string(html, caption);
    html_raw(html, "</caption>\n<tbody>\n");
    while (*text != '\0' && html_has_room(html)) {
        const size_t size = strcspn(text, "\n");
        write_line(html, line++, arena_text_n(html->arena, text, size), marked);
        text += size;
        text += *text == '\n' ? 1 : 0;
    }
    html_raw(html, "</tbody></table></div>\n");
    if (*text != '\0') {
        html_note(html, "And more lines, which are in the data.");
    }
}

/* What the command line said in place of the file. */
static void write_settings(struct html *html) {
    const struct result_scenario *scenario = &html->result->scenario;
    if (scenario->set_count == 0) {
        return;
    }
    html_raw(html, "<dl class=\"settings\">\n");
    for (size_t i = 0; i < scenario->set_count && html_has_room(html); i++) {
        html_element(html, "dt", NULL, i == 0 ? "set by the command line" : "");
        html_element(html, "dd", NULL,
                     arena_format(html->arena, "%s=%s", scenario->set[i].key,
                                  scenario->set[i].value));
    }
    html_raw(html, "</dl>\n");
}

void html_scenario(struct html *html) {
    const struct result_scenario *scenario = &html->result->scenario;
    if (scenario->text == NULL) {
        return;
    }
    html_begin_section(html, "scenario", "Scenario");
    write_text(html, scenario->path == NULL ? "scenario" : scenario->path,
               scenario->text, true);
    write_settings(html);
    if (scenario->sha256 != NULL) {
        html_note(html,
                  arena_format(html->arena, "SHA-256 %s", scenario->sha256));
    }
    for (size_t i = 0; i < scenario->includes_count && html_has_room(html);
         i++) {
        const struct result_include *include = &scenario->includes[i];
        write_text(html, include->path == NULL ? "" : include->path,
                   include->text == NULL ? "" : include->text, false);
    }
    html_end_section(html);
}
