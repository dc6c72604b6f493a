#include "cli/documents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct expected {
    long line;
    const char *text;
} expected;

static void open_input(cli_input *input, const char *content, size_t length) {
    char path[] = "/tmp/jirasend-documents-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, content, length) == (ssize_t)length);
    close(fd);
    assert_int_equal(cli_input_open(input, path, "The file"), 0);
    unlink(path);
}

/* The list ends with a null. */
static void check(const char *content, const expected *all) {
    cli_input input;
    cli_documents documents;
    open_input(&input, content, strlen(content));
    cli_documents_begin(&documents, &input);
    const char *text = NULL;
    size_t length = 0;
    long line = 0;
    for (; all->text != NULL; all++) {
        assert_int_equal(cli_documents_next(&documents, true, &text, &length, &line),
                         CLI_LINE_READ);
        if (length != strlen(all->text) || memcmp(text, all->text, length) != 0) {
            fail_msg("\"%.*s\", expected \"%s\"", (int)length, text, all->text);
        }
        assert_int_equal(line, all->line);
    }
    assert_int_equal(cli_documents_next(&documents, true, &text, &length, &line), CLI_LINE_END);
    assert_int_equal(cli_documents_next(&documents, true, &text, &length, &line), CLI_LINE_END);
    cli_documents_end(&documents);
    cli_input_close(&input);
}

#define CHECK(content, ...) check(content, (const expected[]){__VA_ARGS__, {0, NULL}})

static void documents_follow_each_other(void **state) {
    (void)state;
    check("", &(expected){0, NULL});
    check("\xEF\xBB\xBF\n \r\n\t", &(expected){0, NULL});
    CHECK("{}\n{\"a\":1}\n", {1, "{}"}, {2, "{\"a\":1}"});
    CHECK("\xEF\xBB\xBF{}\r\n\r\n  {}", {1, "{}"}, {3, "{}"});
    CHECK("{}{}  {}\n{}", {1, "{}"}, {1, "{}"}, {1, "{}"}, {2, "{}"});
    CHECK("\n{\n  \"a\": [\r\n    1, {\"b\": \"}\"}\n  ]\n}\n\n{}",
          {2, "{\n  \"a\": [\n    1, {\"b\": \"}\"}\n  ]\n}"}, {8, "{}"});
    CHECK("{\n} {\n}\n{}", {1, "{\n}"}, {2, "{\n}"}, {4, "{}"});
    CHECK("{\"a\":\"\\\"}\\\\\"}\n{}", {1, "{\"a\":\"\\\"}\\\\\"}"}, {2, "{}"});
}

static void other_values_are_texts_too(void **state) {
    (void)state;
    CHECK("[\n{},\n{}\n]\n{}", {1, "[\n{},\n{}\n]"}, {5, "{}"});
    CHECK("null\n\"x\"\n-1.5e+3\n{}", {1, "null"}, {2, "\"x\""}, {3, "-1.5e+3"}, {4, "{}"});
}

static void reading_goes_on_at_a_bracket(void **state) {
    (void)state;
    CHECK("{\n{}\n{}", {1, "{\n{}"}, {2, "{}"}, {3, "{}"});
    CHECK("hello\nworld\n {}\n{}", {1, "hello"}, {4, "{}"});
    CHECK("{\"a\": tru}\n{}", {1, "{\"a\": tru}"}, {2, "{}"});
    CHECK("{'a': 1}\n  more\n{}", {1, "{'a': 1}"}, {3, "{}"});
    /* a text that breaks off at the end of its line */
    CHECK("{\"a\": \"b\n}\n{}", {1, "{\"a\": \"b"}, {3, "{}"});
    /* one error for a pretty-printed document, not one for each line */
    CHECK("{\n  \"a\": 1,\n  \"b\" 2,\n  \"c\": {\n  }\n}\n{}", {1, "{\n  \"a\": 1,\n  \"b\" 2,"},
          {7, "{}"});
    /* counted from where it begins, not from where it stops to be JSON */
    CHECK("{\"a\":\n{\"b\": 1}\n{\"c\": 2}\n", {1, "{\"a\":\n{\"b\": 1}\n{\"c\": 2}"},
          {2, "{\"b\": 1}"}, {3, "{\"c\": 2}"});
    /* an end that never comes */
    CHECK("{\"a\": [\n{}\n", {1, "{\"a\": [\n{}"}, {2, "{}"});
    CHECK("{\"a\": [1,\n2,", {1, "{\"a\": [1,\n2,"});
}

static void text_behind_a_document_makes_it_bad(void **state) {
    (void)state;
    CHECK("{} x\n{}", {1, "{} x"}, {2, "{}"});
    CHECK("{},\n{},\n{}", {1, "{},"}, {2, "{},"}, {3, "{}"});
    CHECK("{}, {}\n{}", {1, "{}, {}"}, {2, "{}"});
    CHECK("{\n\"a\": 1\n} [1]\n  {}\n{}", {1, "{\n\"a\": 1\n} [1]"}, {5, "{}"});
    CHECK("{} \t \r\n{}", {1, "{}"}, {2, "{}"});
}

static void extents(void **state) {
    (void)state;
    static const struct {
        const char *text;
        cli_extent extent;
        size_t at;
    } cases[] = {
        {"{\"a\":[1,2.5,-0,1e9,true,false,null,\"\\u00e9\"],\"b\":{}} ", CLI_EXTENT_WHOLE, 52},
        {"", CLI_EXTENT_OPEN, 0},
        {"{\"a\"", CLI_EXTENT_OPEN, 4},
        {"[1,]", CLI_EXTENT_BAD, 3},
        {"{,}", CLI_EXTENT_BAD, 1},
        {"{\"a\":1,}", CLI_EXTENT_BAD, 7},
        {"[}", CLI_EXTENT_BAD, 1},
        {"]", CLI_EXTENT_BAD, 0},
        {"[01]", CLI_EXTENT_BAD, 1},
        {"[1.]", CLI_EXTENT_BAD, 1},
        {"[-]", CLI_EXTENT_BAD, 1},
        {"[1-1]", CLI_EXTENT_BAD, 1},
        {"[+1]", CLI_EXTENT_BAD, 1},
        {"[\"\\x\"]", CLI_EXTENT_BAD, 1},
        {"[\"\\u12g4\"]", CLI_EXTENT_BAD, 1},
        {"[\"a\tb\"]", CLI_EXTENT_BAD, 1},
        {"[\"a", CLI_EXTENT_BAD, 1},
        {"[NaN]", CLI_EXTENT_BAD, 1},
        {"{1:2}", CLI_EXTENT_BAD, 1},
        {"// x", CLI_EXTENT_BAD, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cli_scan scan = {0};
        size_t at = 0;
        cli_extent extent = cli_scan_on(&scan, cases[i].text, strlen(cases[i].text), &at);
        if (extent != cases[i].extent || at != cases[i].at) {
            fail_msg("%s: %d at %zu", cases[i].text, (int)extent, at);
        }
    }
    char deep[2 * CLI_DEPTH_MAX + 4];
    memset(deep, '[', sizeof(deep));
    cli_scan scan = {0};
    size_t at = 0;
    assert_int_equal(cli_scan_on(&scan, deep, sizeof(deep), &at), CLI_EXTENT_BAD);
    assert_int_equal(at, CLI_DEPTH_MAX);
}

static void a_pause(void **state) {
    (void)state;
    int ends[2];
    char path[32];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
    cli_input input;
    cli_documents documents;
    const char *text = NULL;
    size_t length = 0;
    long line = 0;
    assert_int_equal(cli_input_open(&input, path, "The file"), 0);
    cli_documents_begin(&documents, &input);
    static const char *const parts[] = {"{\n", "\"a\":\n", "1}"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(cli_documents_next(&documents, false, &text, &length, &line),
                         CLI_LINE_LATER);
        assert_int_equal(write(ends[1], parts[i], strlen(parts[i])), strlen(parts[i]));
    }
    /* something may still come behind it */
    assert_int_equal(cli_documents_next(&documents, false, &text, &length, &line), CLI_LINE_LATER);
    assert_int_equal(write(ends[1], "\n{", 2), 2);
    assert_int_equal(cli_documents_next(&documents, false, &text, &length, &line), CLI_LINE_READ);
    assert_int_equal(length, 9);
    assert_memory_equal(text, "{\n\"a\":\n1}", 9);
    assert_int_equal(line, 1);
    close(ends[1]);
    assert_int_equal(cli_documents_next(&documents, true, &text, &length, &line), CLI_LINE_READ);
    assert_int_equal(line, 4);
    cli_documents_end(&documents);
    cli_input_close(&input);
    close(ends[0]);
}

static void too_long_texts_are_left_out(void **state) {
    (void)state;
    size_t size = CLI_LINE_MAX + 100UL;
    char *content = malloc(size + 64);
    assert_non_null(content);
    /* one line, and many of them */
    for (int wide = 0; wide <= 1; wide++) {
        memset(content, ' ', size);
        for (size_t i = 99; wide == 1 && i < size; i += 100) {
            content[i] = '\n';
        }
        memcpy(content, "{}\n{", 4);
        strcpy(content + size, "\n{\"a\":1}\n");
        cli_input input;
        cli_documents documents;
        const char *text = NULL;
        size_t length = 0;
        long line = 0;
        open_input(&input, content, strlen(content));
        cli_documents_begin(&documents, &input);
        assert_int_equal(cli_documents_next(&documents, true, &text, &length, &line),
                         CLI_LINE_READ);
        assert_int_equal(cli_documents_next(&documents, true, &text, &length, &line),
                         CLI_LINE_TOO_LONG);
        assert_int_equal(line, 2);
        assert_int_equal(cli_documents_next(&documents, true, &text, &length, &line),
                         CLI_LINE_READ);
        assert_int_equal(length, 7);
        assert_int_equal(cli_documents_next(&documents, true, &text, &length, &line), CLI_LINE_END);
        cli_documents_end(&documents);
        cli_input_close(&input);
    }
    free(content);
}

/* Brackets that open and never close: each is a beginning to go on at. */
static void is_linear_on_hostile_text(void **state) {
    (void)state;
    static const char *const lines[] = {"{\"a\":[\n",  "{\"a\":[\n1,\n1,\n", "{\n",
                                        "{\"a\":\"\n", "{\"a\":[{},\n",      "x\n"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        js_buf content = JS_BUF_INIT;
        while (content.length < 1024UL * 1024) {
            js_buf_add_text(&content, lines[i]);
        }
        cli_input input;
        cli_documents documents;
        open_input(&input, content.data, content.length);
        js_buf_clear(&content);
        cli_documents_begin(&documents, &input);
        clock_t start = clock();
        const char *text = NULL;
        size_t length = 0;
        long line = 0;
        while (cli_documents_next(&documents, true, &text, &length, &line) == CLI_LINE_READ) {
        }
        assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 20);
        cli_documents_end(&documents);
        cli_input_close(&input);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_follow_each_other),
        cmocka_unit_test(other_values_are_texts_too),
        cmocka_unit_test(reading_goes_on_at_a_bracket),
        cmocka_unit_test(text_behind_a_document_makes_it_bad),
        cmocka_unit_test(extents),
        cmocka_unit_test(a_pause),
        cmocka_unit_test(too_long_texts_are_left_out),
        cmocka_unit_test(is_linear_on_hostile_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
