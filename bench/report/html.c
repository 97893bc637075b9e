/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html.h"

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"
#include "report/html_assets.h"
#include "report/html_part.h"

/* ---- The programs in it --------------------------------------------------*/

/* What stands in its elements, and nothing else, may be obeyed by a page. */
struct programs {
    struct text style;
    struct text charts; /* empty: there is no library */
    struct text program;
};

static void programs_init(struct programs *programs) {
    const struct html_asset charts = html_asset_charts();
    text_init(&programs->style);
    text_init(&programs->charts);
    text_init(&programs->program);
    html_asset_append(&programs->style, html_asset_style());
    html_asset_append(&programs->program, html_asset_program());
    if (charts.size != 0) {
        html_asset_append(&programs->charts, charts);
    }
}

static void programs_fini(struct programs *programs) {
    text_fini(&programs->style);
    text_fini(&programs->charts);
    text_fini(&programs->program);
}

static void write_policy(struct html *html, const struct programs *programs) {
    html_raw(html, "<meta http-equiv=\"Content-Security-Policy\" "
                   "content=\"default-src 'none'; base-uri 'none'; "
                   "form-action 'none'; style-src ");
    html_asset_append_hash(html->text, &programs->style);
    html_raw(html, "; script-src ");
    html_asset_append_hash(html->text, &programs->program);
    if (programs->charts.size != 0) {
        html_raw(html, " ");
        html_asset_append_hash(html->text, &programs->charts);
    }
    html_raw(html, "\" />\n");
}

static void write_head(struct html *html, const struct programs *programs) {
    const char *title = html->result->scenario.title;
    html_raw(html, "<!DOCTYPE html>\n"
                   "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n"
                   "<head>\n<meta charset=\"utf-8\" />\n");
    write_policy(html, programs);
    html_raw(html, "<meta name=\"viewport\" content=\"width=device-width, "
                   "initial-scale=1\" />\n"
                   "<meta name=\"color-scheme\" content=\"light dark\" />\n"
                   "<meta name=\"generator\" content=\"plunge\" />\n"
                   "<title>");
    html_string(html, result_verdict_name(html->result->verdict));
    html_raw(html, ": ");
    html_string(html, title == NULL ? "plunge" : title);
    html_raw(html, "</title>\n<style>");
    html_raw(html, programs->style.bytes);
    html_raw(html, "</style>\n</head>\n<body>\n"
                   "<a class=\"skip\" href=\"#expectations\">"
                   "To the expectations</a>\n");
}

static void write_scripts(struct html *html, const struct programs *programs) {
    html_raw(html, "<script type=\"application/json\" id=\"charts\">[");
    text_append_n(html->text, html->charts.bytes, html->charts.size);
    html_raw(html, "]</script>\n");
    if (programs->charts.size != 0) {
        html_raw(html, "<script>");
        html_raw(html, programs->charts.bytes);
        html_raw(html, "</script>\n");
    }
    html_raw(html, "<script>");
    html_raw(html, programs->program.bytes);
    html_raw(html, "</script>\n</body>\n</html>\n");
}

/* ---- The sections --------------------------------------------------------*/

/* A chart that cannot be drawn is no riddle. */
static void write_about_charts(struct html *html,
                               const struct programs *programs) {
    if (html->charts_count == 0) {
        return;
    }
    if (programs->charts.size == 0) {
        html_note(html, "This plunge was built without the library that draws "
                        "charts (libjs-chart.js): the tables have all figures "
                        "of them.");
    } else {
        html_raw(html,
                 "<noscript><p class=\"note\">Charts need JavaScript; the "
                 "tables have all figures of them.</p></noscript>\n");
    }
}

static void write_sections(struct html *html) {
    html_verdict(html);
    html_problems(html);
    html_find(html);
    html_comparison(html);
    html_sweep(html);
    html_load(html);
    html_latency(html);
    html_series(html);
    html_cycles(html);
    html_stages(html);
    html_leftovers(html);
    html_audit(html);
    html_environment(html);
    html_scenario(html);
    html_data(html);
}

static void html_init(struct html *html, const struct result *result,
                      struct arena *arena, struct text *text) {
    *html = (struct html){.result = result, .arena = arena, .text = text};
    html->page = page_of(result, false, arena, text);
    text_init(&html->contents);
    text_init(&html->charts);
    text_init(&html->marks);
    text_init(&html->map);
    text_init(&html->series);
}

static void html_fini(struct html *html) {
    text_fini(&html->contents);
    text_fini(&html->charts);
    text_fini(&html->marks);
    text_fini(&html->map);
    text_fini(&html->series);
}

/* What stands in the page is known only when all is written. */
static void write_body(struct html *html, const struct text *body) {
    text_append_n(html->text, body->bytes, html->contents_at);
    html_raw(html, "<nav aria-label=\"Sections\"><ul>\n");
    html_raw(html, html->contents.bytes);
    html_raw(html, "</ul></nav>\n<main>\n");
    text_append_n(html->text, body->bytes + html->contents_at,
                  body->size - html->contents_at);
    html_raw(html, "</main>\n");
}

/* The sections are written apart: what they may fill is counted from their
 * beginning. */
void html_write(const struct result *result, struct arena *arena,
                struct text *text) {
    struct text body;
    struct html html;
    struct programs programs;
    text_init(&body);
    programs_init(&programs);
    html_init(&html, result, arena, &body);
    write_sections(&html);
    html.text = text;
    write_head(&html, &programs);
    write_body(&html, &body);
    html_raw(&html, "<footer>\n");
    write_about_charts(&html, &programs);
    html_element(
        &html, "p", NULL,
        arena_format(arena,
                     "Written by plunge %s. This file asks for nothing "
                     "from anywhere.",
                     result->version == NULL ? "" : result->version));
    html_raw(&html, "</footer>\n");
    write_scripts(&html, &programs);
    html_fini(&html);
    programs_fini(&programs);
    text_fini(&body);
}
