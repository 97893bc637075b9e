/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/primitives.h"

#include <uv.h>

#include "ledger/registry.h"

/* libuv's own handles lie inside the loop and go with it, without uv_close. */
static bool is_of_loop(const uv_loop_t *loop, const void *handle) {
    uintptr_t address = (uintptr_t)handle;
    uintptr_t begin = (uintptr_t)loop;
    return address >= begin && address < begin + sizeof *loop;
}

static int made(const char *primitive, int status, const uv_loop_t *loop,
                const void *handle) {
    if (status == 0 && !is_of_loop(loop, handle)) {
        registry_add(&(struct registry_entry){
            .kind = REGISTRY_HANDLE,
            .key = (uintptr_t)handle,
            .origin.primitive = primitive,
            .loop = loop,
        });
    }
    return status;
}

/* It opens what the loop waits and wakes up with. */
int __real_uv_loop_init(uv_loop_t *loop);
int __wrap_uv_loop_init(uv_loop_t *loop);
int __wrap_uv_loop_init(uv_loop_t *loop) {
    const char *outer = origin_enter("uv_loop_init");
    int status = __real_uv_loop_init(loop);
    origin_leave(outer);
    return status;
}

int __real_uv_async_init(uv_loop_t *loop, uv_async_t *handle, uv_async_cb cb);
int __wrap_uv_async_init(uv_loop_t *loop, uv_async_t *handle, uv_async_cb cb);
int __wrap_uv_async_init(uv_loop_t *loop, uv_async_t *handle, uv_async_cb cb) {
    const char *outer = origin_enter("uv_async_init");
    int status = __real_uv_async_init(loop, handle, cb);
    origin_leave(outer);
    return made("uv_async_init", status, loop, handle);
}

int __real_uv_prepare_init(uv_loop_t *loop, uv_prepare_t *handle);
int __wrap_uv_prepare_init(uv_loop_t *loop, uv_prepare_t *handle);
int __wrap_uv_prepare_init(uv_loop_t *loop, uv_prepare_t *handle) {
    return made("uv_prepare_init", __real_uv_prepare_init(loop, handle), loop,
                handle);
}

int __real_uv_check_init(uv_loop_t *loop, uv_check_t *handle);
int __wrap_uv_check_init(uv_loop_t *loop, uv_check_t *handle);
int __wrap_uv_check_init(uv_loop_t *loop, uv_check_t *handle) {
    return made("uv_check_init", __real_uv_check_init(loop, handle), loop,
                handle);
}

int __real_uv_idle_init(uv_loop_t *loop, uv_idle_t *handle);
int __wrap_uv_idle_init(uv_loop_t *loop, uv_idle_t *handle);
int __wrap_uv_idle_init(uv_loop_t *loop, uv_idle_t *handle) {
    return made("uv_idle_init", __real_uv_idle_init(loop, handle), loop,
                handle);
}

int __real_uv_timer_init(uv_loop_t *loop, uv_timer_t *handle);
int __wrap_uv_timer_init(uv_loop_t *loop, uv_timer_t *handle);
int __wrap_uv_timer_init(uv_loop_t *loop, uv_timer_t *handle) {
    return made("uv_timer_init", __real_uv_timer_init(loop, handle), loop,
                handle);
}

int __real_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int __wrap_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int __wrap_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd) {
    return made("uv_poll_init", __real_uv_poll_init(loop, handle, fd), loop,
                handle);
}

int __real_uv_signal_init(uv_loop_t *loop, uv_signal_t *handle);
int __wrap_uv_signal_init(uv_loop_t *loop, uv_signal_t *handle);
int __wrap_uv_signal_init(uv_loop_t *loop, uv_signal_t *handle) {
    const char *outer = origin_enter("uv_signal_init");
    int status = __real_uv_signal_init(loop, handle);
    origin_leave(outer);
    return made("uv_signal_init", status, loop, handle);
}

/* A handle is given back when its close callback comes, not when it is asked
 * for: until then the loop holds it. */
static void closed(uv_handle_t *handle) {
    struct registry_entry entry;
    if (registry_remove(REGISTRY_HANDLE, (uintptr_t)handle, &entry) &&
        entry.closed != NULL) {
        entry.closed(handle);
    }
}

void __real_uv_close(uv_handle_t *handle, uv_close_cb cb);
void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb);
void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb) {
    bool is_known = registry_closing((uintptr_t)handle, cb);
    __real_uv_close(handle, is_known ? closed : cb);
}
