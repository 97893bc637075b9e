/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_HTML_ASSETS_H
#define PLUNGE_REPORT_HTML_ASSETS_H

#include <stddef.h>

struct text;

/* The files that every page has in it: page/ has their sources, the build puts
 * them into the program (page/assets.S). None is empty but for the library of
 * charts, where it was not there at the build. */
struct html_asset {
    const char *bytes;
    size_t size;
};

struct html_asset html_asset_style(void);   /* page/report.css */
struct html_asset html_asset_program(void); /* page/report.js */
struct html_asset html_asset_charts(void);  /* Chart.js */

/* How it stands in its <style> or <script>, where a parser of HTML and one of
 * XML are to read the same: what frames it is a comment in either language. */
void html_asset_append(struct text *text, struct html_asset asset);

/* 'sha256-...' of what stands in an element, as a policy names it. */
void html_asset_append_hash(struct text *text, const struct text *bytes);

#endif
