/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_PRIVATE_FOLDER_H
#define PLUNGE_BASE_PRIVATE_FOLDER_H

struct arena;

/* Folders of this process's own, plunge-XXXXXX in $TMPDIR or /tmp, for what is
 * not to outlive it. Each is locked (flock) for as long as it is in use; so one
 * that nobody has locked was left by a process that was killed, and is swept
 * when the next one is made.
 *
 * Thread: one at a time. */

/* The new folder in @arena; NULL: errno says why, and *path_out (in @arena)
 * where. */
const char *private_folder_make(struct arena *arena, const char **path_out);

/* With all in it. One that this process did not make is left alone. */
void private_folder_remove(const char *path);

#endif
