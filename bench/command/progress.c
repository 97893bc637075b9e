/* SPDX-License-Identifier: Apache-2.0 */
#include "command/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/quantity.h"

#define REFRESH_NS (CLOCK_NS_PER_S / 10)
#define CLEAR_LINE "\r\033[K"
#define LINE_UP "\033[A"
#define WIDTH_DEFAULT 80

enum { BAR_WIDTH = 24 };

void progress_init(struct progress *progress, bool quiet) {
    *progress = (struct progress){
        .enabled = !quiet && isatty(STDERR_FILENO) != 0,
    };
}

bool progress_is_due(struct progress *progress, const char *what) {
    if (!progress->enabled) {
        return false;
    }
    uint64_t now = clock_now_ns();
    if (progress->what == NULL || strcmp(progress->what, what) != 0) {
        progress->what = what;
        progress->started_ns = now;
    } else if (now - progress->refreshed_ns < REFRESH_NS) {
        return false;
    }
    progress->refreshed_ns = now;
    return true;
}

static void clear_lines(struct progress *progress) {
    for (unsigned i = 0; i < progress->shown; i++) {
        (void)fputs(i == 0 ? CLEAR_LINE : LINE_UP CLEAR_LINE, stderr);
    }
    progress->shown = 0;
}

static void bar(char text[BAR_WIDTH + 1], double fraction) {
    int filled = (int)(fraction * BAR_WIDTH);
    for (int i = 0; i < BAR_WIDTH; i++) {
        text[i] = i < filled ? '#' : '.';
    }
    text[BAR_WIDTH] = '\0';
}

static double bounded(double fraction) {
    return fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
}

void progress_show(struct progress *progress, const char *what, uint64_t done,
                   uint64_t total) {
    if (!progress_is_due(progress, what)) {
        return;
    }
    double fraction = total == 0 ? 1 : bounded((double)done / (double)total);
    double elapsed_ns = (double)(progress->refreshed_ns - progress->started_ns);
    double rate = elapsed_ns > 0 ? (double)done / elapsed_ns : 0;
    char cells[BAR_WIDTH + 1];
    char rate_text[QUANTITY_SIZE];
    char left[QUANTITY_SIZE] = "?";
    bar(cells, fraction);
    (void)quantity_rate(rate_text, rate * (double)CLOCK_NS_PER_S);
    if (rate > 0) {
        (void)quantity_duration(left, (double)(total - done) / rate);
    }
    clear_lines(progress);
    (void)fprintf(stderr, "%s  [%s] %3.0f %%  %s  %s left", what, cells,
                  fraction * 100, rate_text, left);
    progress->shown = 1;
    (void)fflush(stderr);
}

/* The cursor stays behind the last line, so that nothing scrolls. */
void progress_show_block(struct progress *progress, const char *block,
                         unsigned count) {
    clear_lines(progress);
    (void)fprintf(stderr, "%.*s", (int)strlen(block) - 1, block);
    (void)fflush(stderr);
    progress->shown = count;
}

unsigned progress_width(void) {
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0
               ? size.ws_col
               : WIDTH_DEFAULT;
}

void progress_say(struct progress *progress, const char *what,
                  const char *words) {
    if (!progress->enabled) {
        return;
    }
    progress_clear(progress);
    (void)fprintf(stderr, "%s: %s\n", what, words);
    (void)fflush(stderr);
}

void progress_clear(struct progress *progress) {
    clear_lines(progress);
    (void)fflush(stderr);
    progress->what = NULL;
}
