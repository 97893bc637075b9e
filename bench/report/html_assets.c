/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html_assets.h"

#include <stdint.h>

#include <nettle/base64.h>
#include <nettle/sha2.h>

#include "base/text.h"

/* In page/assets.S. */
extern const char html_style[];
extern const uint64_t html_style_size;
extern const char html_program[];
extern const uint64_t html_program_size;
extern const char html_charts[];
extern const uint64_t html_charts_size;

struct html_asset html_asset_style(void) {
    return (struct html_asset){html_style, html_style_size};
}

struct html_asset html_asset_program(void) {
    return (struct html_asset){html_program, html_program_size};
}

struct html_asset html_asset_charts(void) {
    return (struct html_asset){html_charts, html_charts_size};
}

void html_asset_append(struct text *text, struct html_asset asset) {
    text_append(text, "/*<![CDATA[*/\n");
    text_append_n(text, asset.bytes, asset.size);
    text_append(text, "/*]]>*/");
}

void html_asset_append_hash(struct text *text, const struct text *bytes) {
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char encoded[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = {0};
    sha256_init(&context);
    sha256_update(&context, bytes->size, (const uint8_t *)bytes->bytes);
    sha256_digest(&context, sizeof digest, digest);
    base64_encode_raw(encoded, sizeof digest, digest);
    text_format(text, "'sha256-%s'", encoded);
}
