/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_BUILD_H
#define PLUNGE_CELL_BUILD_H

struct arena;

/* Another build of plunge, whose processes run cells for this one: with the
 * same order, board and result. It is asked first whether it speaks of them as
 * this one does, by PROGRAM --cell-protocol, which answers in two lines:
 *
 *     plunge-cell 1 376          the protocol, and the size of the board
 *     0.1.0 (release)            what it is
 *
 * BUILD_PROTOCOL changes with whatever an older build would take for something
 * else: what an order, the board's fields or the descriptors mean. */
#define BUILD_QUESTION "--cell-protocol"
#define BUILD_PROTOCOL 1

struct build {
    const char *path;    /* as it was given */
    const char *program; /* for exec(): the file that path was when it was
                            opened, whatever has its place by now */
    const char *version; /* "0.1.0" */
    const char *variant; /* "release" */
    int fd;              /* -1: closed */
};

/* As exit statuses: what was given is wrong, or it could not be asked. */
enum build_status {
    BUILD_OK,
    BUILD_WRONG,
    BUILD_SILENT,
};

/* Runs the program at @path once; it gets 10 s. Memory: in @arena.
 * Returns: BUILD_OK, or another with a sentence; or with NULL when it was
 *          interrupted. */
enum build_status build_open(const char *path, struct arena *arena,
                             struct build *build_out, const char **problem_out);
void build_close(struct build *build);

/* The other side of the question: prints the answer. */
void build_answer(void);

#endif
