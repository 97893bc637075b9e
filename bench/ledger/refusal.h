/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_REFUSAL_H
#define PLUNGE_LEDGER_REFUSAL_H

/* A seccomp filter, for all threads of this process and those that it starts:
 * clone() of a thread says EAGAIN, clone3(), whose flags a filter cannot see,
 * ENOSYS, after which the C library uses clone(). Processes can be started.
 *
 * A filter cannot count and can never be lifted: whoever counts installs it
 * when the limit is reached, and from then on no thread starts, even when
 * others end.
 *
 * Returns: 0, or an errno: ENOSYS where there is no such filter (the kernel,
 *          the processor), EPERM, EACCES. */
int refusal_install(void);

#endif
