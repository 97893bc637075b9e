/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "report/escape.h"

#include "base/text.h"
#include "support/suite.h"

/* What others wrote neither ends what it stands in nor begins anything. */

typedef void (*escape_fn)(struct text *text, const char *string);

static void expect(escape_fn escape, const char *string, const char *wanted) {
    struct text text;
    text_init(&text);
    escape(&text, string);
    assert_string_equal(text.bytes, wanted);
    text_fini(&text);
}

static void xml_has_no_markup_and_no_control(void **state) {
    (void)state;
    expect(escape_xml, "a<b>&\"c\"' ]]>",
           "a&lt;b&gt;&amp;&quot;c&quot;&#39; ]]&gt;");
    expect(escape_xml, "one\ntwo\x01\x1b[0m", "one two\\x01\\x1b[0m");
    expect(escape_xml, "\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd");
    /* U+FFFE and U+FFFF are no characters of XML, U+FFFD and U+FFFC are. */
    expect(escape_xml, "\xef\xbf\xbe\xef\xbf\xbf|\xef\xbf\xbc\xef\xbf\xbd",
           "\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbc\xef\xbf\xbd");
}

static void markdown_formats_and_refers_to_nothing(void **state) {
    (void)state;
    expect(escape_markdown, "*a* _b_ `c` [d](e) <f> | ~g~ $h$ \\",
           "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) &lt;f&gt; \\| \\~<!-- -->g\\~ "
           "\\$<!-- -->h\\$ \\\\");
    expect(escape_markdown, "@all, #12, !3 :smile: 50 %",
           "@<!-- -->all, \\#<!-- -->12, \\!<!-- -->3 :<!-- -->smile: 50 %");
    expect(escape_markdown, "p99: 5 ms", "p99: 5 ms");
}

static void code_of_markdown_is_told_as_it_is(void **state) {
    (void)state;
    expect(escape_markdown_code, "a|b `c` *d* <e>",
           "<code>a&#124;b &#96;c&#96; &#42;d&#42; &lt;e&gt;</code>");
}

static void a_workflow_command_is_one_line(void **state) {
    (void)state;
    expect(escape_command_data, "100 %, a:b\nc", "100 %25, a:b c");
    expect(escape_command_property, "100 %, a:b\r\nc", "100 %25%2C a%3Ab  c");
}

static void a_label_stays_within_its_quotes(void **state) {
    (void)state;
    expect(escape_label, "a\"b\\c\nd", "a\\\"b\\\\c d");
}

static void a_field_of_csv_has_quotes_where_it_takes_them(void **state) {
    (void)state;
    expect(escape_csv, "plain", "plain");
    expect(escape_csv, "", "");
    expect(escape_csv, "a,b", "\"a,b\"");
    expect(escape_csv, "a \"b\"", "\"a \"\"b\"\"\"");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_has_no_markup_and_no_control),
        cmocka_unit_test(markdown_formats_and_refers_to_nothing),
        cmocka_unit_test(code_of_markdown_is_told_as_it_is),
        cmocka_unit_test(a_workflow_command_is_one_line),
        cmocka_unit_test(a_label_stays_within_its_quotes),
        cmocka_unit_test(a_field_of_csv_has_quotes_where_it_takes_them),
    };
    return SUITE_RUN(tests, argc, argv);
}
