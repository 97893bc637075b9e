/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/digest.h"

#include <nettle/sha2.h>

#include "base/arena.h"

const char *digest_sha256(struct arena *arena, const char *bytes, size_t size) {
    static const char digits[] = "0123456789abcdef";
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char *text = arena_alloc(arena, 2 * sizeof digest + 1);
    sha256_init(&context);
    sha256_update(&context, size, (const uint8_t *)bytes);
    sha256_digest(&context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    return text;
}
