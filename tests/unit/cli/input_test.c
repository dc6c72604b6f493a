#include "cli/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void write_file(const char *content, size_t length) {
    strcpy(path, "/tmp/jirasend-input-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, content, length) == (ssize_t)length);
    close(fd);
}

static int end(void **state) {
    (void)state;
    unlink(path);
    return 0;
}

static void expect_line(cli_input *input, long number, const char *expected) {
    const char *text = NULL;
    size_t length = 0;
    assert_int_equal(cli_input_line(input, true, &text, &length), CLI_LINE_READ);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
    assert_int_equal(input->line, number);
}

static void expect_end(cli_input *input) {
    const char *text = NULL;
    size_t length = 0;
    assert_int_equal(cli_input_line(input, true, &text, &length), CLI_LINE_END);
    assert_int_equal(cli_input_line(input, true, &text, &length), CLI_LINE_END);
    cli_input_close(input);
}

static void lines(void **state) {
    (void)state;
    static const char content[] = "\xEF\xBB\xBFone\r\n\ntwo\n\xEF\xBB\xBFthree";
    write_file(content, sizeof(content) - 1);
    cli_input input;
    assert_int_equal(cli_input_open(&input, path, "The file"), 0);
    expect_line(&input, 1, "one");
    expect_line(&input, 2, "");
    expect_line(&input, 3, "two");
    expect_line(&input, 4, "\xEF\xBB\xBFthree"); /* only at the start it is a mark */
    expect_end(&input);
}

static void nothing(void **state) {
    (void)state;
    write_file("", 0);
    cli_input input;
    assert_int_equal(cli_input_open(&input, path, "The file"), 0);
    expect_end(&input);
}

/* Lines around the size of the reading buffer, which is 64 KiB at first. */
static void lines_of_every_size(void **state) {
    (void)state;
    enum { FIRST = 65530, LAST = 65545, ROOM = 70000 };
    char *content = malloc((size_t)(LAST - FIRST) * ROOM);
    assert_non_null(content);
    size_t length = 0;
    for (int size = FIRST; size < LAST; size++) {
        memset(content + length, 'a' + size % 26, (size_t)size);
        length += (size_t)size;
        content[length++] = '\n';
    }
    write_file(content, length);
    free(content);
    cli_input input;
    assert_int_equal(cli_input_open(&input, path, "The file"), 0);
    for (int size = FIRST; size < LAST; size++) {
        const char *text = NULL;
        size_t got = 0;
        assert_int_equal(cli_input_line(&input, true, &text, &got), CLI_LINE_READ);
        assert_int_equal(got, size);
        assert_int_equal(text[0], 'a' + size % 26);
        assert_int_equal(text[got - 1], 'a' + size % 26);
    }
    expect_end(&input);
}

static void a_line_that_is_too_long(void **state) {
    (void)state;
    static const size_t sizes[] = {CLI_LINE_MAX, CLI_LINE_MAX + 1, CLI_LINE_MAX * 2 + 7};
    char *content = malloc(sizes[2] + 8);
    assert_non_null(content);
    for (size_t i = 0; i < 3; i++) {
        memset(content, 'x', sizes[i]);
        memcpy(content + sizes[i], "\nnext", 5);
        write_file(content, sizes[i] + 5);
        cli_input input;
        const char *text = NULL;
        size_t length = 0;
        assert_int_equal(cli_input_open(&input, path, "The file"), 0);
        assert_int_equal(cli_input_line(&input, true, &text, &length),
                         i == 0 ? CLI_LINE_READ : CLI_LINE_TOO_LONG);
        assert_int_equal(input.line, 1);
        assert_true(input.capacity <= CLI_LINE_MAX * 2UL);
        expect_line(&input, 2, "next");
        expect_end(&input);
        unlink(path);
    }
    free(content);
}

static void a_pause(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
    cli_input input;
    const char *text = NULL;
    size_t length = 0;
    assert_int_equal(cli_input_open(&input, path, "The file"), 0);
    assert_int_equal(cli_input_line(&input, false, &text, &length), CLI_LINE_LATER);
    assert_true(write(ends[1], "one\ntw", 6) == 6);
    expect_line(&input, 1, "one");
    assert_int_equal(cli_input_line(&input, false, &text, &length), CLI_LINE_LATER);
    assert_true(write(ends[1], "o\n", 2) == 2);
    expect_line(&input, 2, "two");
    close(ends[1]);
    expect_end(&input);
    close(ends[0]);
}

static void whole_files(void **state) {
    (void)state;
    write_file("0123456789", 10);
    js_buf content = JS_BUF_INIT;
    assert_int_equal(cli_input_read_all(path, "The file", 10, &content), 0);
    assert_int_equal(content.length, 10);
    js_buf_clear(&content);
    content = (js_buf)JS_BUF_INIT;
    assert_int_equal(cli_input_read_all(path, "The file", 9, &content), 65);
    js_buf_clear(&content);
    content = (js_buf)JS_BUF_INIT;
    assert_int_equal(cli_input_read_all("/nonexistent/x", "The file", 9, &content), 66);
    assert_int_equal(cli_input_read_all("/tmp", "The file", 9, &content), 66);
    js_buf_clear(&content);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(lines, end),
                                       cmocka_unit_test_teardown(nothing, end),
                                       cmocka_unit_test_teardown(lines_of_every_size, end),
                                       cmocka_unit_test_teardown(a_line_that_is_too_long, end),
                                       cmocka_unit_test(a_pause),
                                       cmocka_unit_test_teardown(whole_files, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
