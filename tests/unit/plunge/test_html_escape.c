/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "report/html_escape.h"

#include <string.h>

#include "base/text.h"
#include "support/suite.h"

static int set_up(void **state) {
    static struct text text;
    text_init(&text);
    *state = &text;
    return 0;
}

static int tear_down(void **state) {
    text_fini(*state);
    return 0;
}

static void expect(struct text *text, const char *string, const char *escaped) {
    text_clear(text);
    html_escape(text, string);
    assert_string_equal(text->bytes, escaped);
}

static void markup_becomes_text(void **state) {
    expect(*state, "<script>alert(1)</script>",
           "&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(*state, "a && b", "a &amp;&amp; b");
    expect(*state, "", "");
}

static void quotes_do_not_end_an_attribute(void **state) {
    expect(*state, "\" onload='x'", "&quot; onload=&#39;x&#39;");
}

static void what_cannot_be_shown_is_replaced(void **state) {
    expect(*state,
           "a\xff"
           "b\xc3",
           "a\xef\xbf\xbd"
           "b\xef\xbf\xbd");
    expect(*state, "a\001b\033[31m", "a\\x01b\\x1b[31m");
    expect(*state,
           "a\xe2\x80\xae"
           "b",
           "a\xef\xbf\xbd"
           "b");
    expect(*state, "a\xef\xbf\xbe\xef\xbf\xbf<",
           "a\xef\xbf\xbd\xef\xbf\xbd&lt;");
    expect(*state, "\xef\xbf\xa5 \xef\xbf\xbd", "\xef\xbf\xa5 \xef\xbf\xbd");
}

/* XML has no such characters, and JSON other ways to write them. */
static void what_xml_has_not_is_written_by_its_number(void **state) {
    struct text *text = *state;
    text_clear(text);
    html_escape_json(text, "\"\xef\xbf\xbe \xef\xbf\xbf \xef\xbf\xbd\xef\"");
    assert_string_equal(text->bytes, "\"\\ufffe \\uffff \xef\xbf\xbd\xef\"");
    text_clear(text);
    html_json_string(text, "\xef\xbf\xbf<'\\");
    assert_null(strstr(text->bytes, "\xef\xbf\xbf"));
    assert_non_null(strstr(text->bytes, "\\u003c\\u0027\\u005c\""));
}

static void line_feeds_stay(void **state) {
    expect(*state, "a\n\nb<\n", "a\n\nb&lt;\n");
    expect(*state, "\n", "\n");
}

/* The cut is between two characters, wherever they are. */
static void what_is_too_long_is_cut_between_characters(void **state) {
    static const char wide[] = "\xf0\x9f\x92\xa9";
    struct text *text = *state;
    struct text string;
    text_init(&string);
    for (size_t begin = 0; begin < 4; begin++) {
        text_clear(&string);
        text_format(&string, "%.*s", (int)begin, "aaaa");
        while (string.size < HTML_STRING_MAX + 50) {
            text_append(&string, wide);
        }
        text_clear(text);
        html_escape(text, string.bytes);
        assert_in_range(text->size, HTML_STRING_MAX - 4, HTML_STRING_MAX + 3);
        assert_null(strstr(text->bytes, "\xef\xbf\xbd"));
        assert_string_equal(text->bytes + text->size - 7,
                            "\xf0\x9f\x92\xa9...");
    }
    text_fini(&string);
}

static void what_just_fits_is_whole(void **state) {
    char string[HTML_STRING_MAX + 1];
    memset(string, 'x', HTML_STRING_MAX);
    string[HTML_STRING_MAX] = '\0';
    expect(*state, string, string);
}

static void json_cannot_end_its_script(void **state) {
    struct text *text = *state;
    html_escape_json(text, "{\"a\":\"</script><!--&amp;\"}");
    assert_string_equal(text->bytes, "{\"a\":\"\\u003c/script\\u003e\\u003c!--"
                                     "\\u0026amp;\"}");
}

static void a_string_of_json_is_one(void **state) {
    struct text *text = *state;
    html_json_string(text, "a\"b\\c</script>\n\t'd'");
    assert_string_equal(text->bytes,
                        "\"a\\u0022b\\u005cc\\u003c/script\\u003e  "
                        "\\u0027d\\u0027\"");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(markup_becomes_text),
        TEST(quotes_do_not_end_an_attribute),
        TEST(what_cannot_be_shown_is_replaced),
        TEST(what_xml_has_not_is_written_by_its_number),
        TEST(line_feeds_stay),
        TEST(what_is_too_long_is_cut_between_characters),
        TEST(what_just_fits_is_whole),
        TEST(json_cannot_end_its_script),
        TEST(a_string_of_json_is_one),
    };
    return SUITE_RUN(tests, argc, argv);
}
