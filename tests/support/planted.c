/* SPDX-License-Identifier: Apache-2.0 */
#include "support/planted.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "cell/cell.h"
#include "cell/handover.h"
#include "command/command.h"
#include "dbpool.h"

static char *volatile kept;
static volatile int number;

__attribute__((noinline)) static void plant_leak(void) {
    kept = malloc(40);
    kept = NULL;
}

__attribute__((noinline)) static void plant_free(void) {
    char *volatile block = malloc(8);
    char *volatile same = block;
    free(block);
    number = (unsigned char)same[0]; // NOLINT: that is what it is for
}

/* Together, or the ledger's lock would order them. */
static pthread_barrier_t start;

__attribute__((noinline)) static void *plant_race(void *data) {
    (void)pthread_barrier_wait(&start);
    for (int i = 0; i < 100; i++) {
        number++;
    }
    return data;
}

static void plant_races(void) {
    pthread_t threads[2];
    (void)pthread_barrier_init(&start, NULL, 2);
    for (int i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, plant_race, NULL) != 0) {
            abort();
        }
    }
    for (int i = 0; i < 2; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    (void)pthread_barrier_destroy(&start);
}

__attribute__((noinline)) static void plant_overflow(void) {
    number = INT_MAX;
    number = number + 1;
}

__attribute__((noinline)) static void plant_crash(void) {
    volatile int *volatile nowhere = NULL;
    *nowhere = 1; // NOLINT: that is what it is for
}

static void plant_hang(void) {
    while (pause() < 0) {
    }
}

static const struct {
    const char *name;
    void (*plant)(void);
} plants[] = {
    {"plant: leak", plant_leak},   {"plant: free", plant_free},
    {"plant: race", plant_races},  {"plant: overflow", plant_overflow},
    {"plant: crash", plant_crash}, {"plant: hang", plant_hang},
};

/* Has the scenario's text in it. */
static void read_order(struct text *order) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", HANDOVER_FD_FIRST);
    if (file_read(path, HANDOVER_SIZE_MAX, order) != 0) {
        abort();
    }
}

static int be_a_cell(int argc, char **argv) {
    struct text order;
    text_init(&order);
    read_order(&order);
    for (size_t i = 0; i < sizeof plants / sizeof *plants; i++) {
        if (strstr(order.bytes, plants[i].name) != NULL) {
            plants[i].plant();
        }
    }
    text_fini(&order);
    return cell_main(argc, argv);
}

bool planted_is_asked(int argc, char **argv) {
    return argc > 1 &&
           (strcmp(argv[1], CELL_COMMAND) == 0 || strcmp(argv[1], "run") == 0);
}

/* As main() of plunge does it. */
int planted_main(int argc, char **argv) {
    (void)signal(SIGPIPE, SIG_IGN);
    interrupt_install();
    (void)dbpool_tune_process();
    return strcmp(argv[1], CELL_COMMAND) == 0 ? be_a_cell(argc, argv)
                                              : command_run(argc - 1, argv + 1);
}

const char *planted_scenario(const char *plant) {
    static char text[256];
    (void)snprintf(text, sizeof text,
                   "title: '%s'\n"
                   "database: {users: 3}\n"
                   "pool: {min: 2, max: 2}\n"
                   "load: {in_flight: 2, lookups: 4}\n"
                   "expect: [completed == 4]\n",
                   plant);
    return text;
}
