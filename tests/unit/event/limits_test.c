/* Jira's limits: what is cut, what is refused, and what gives way. */
#include "event/limits.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROCKET "\xF0\x9F\x9A\x80" /* one character, two UTF-16 units, four bytes */

static void a_cut_never_splits_a_character(void **state) {
    (void)state;
    char text[4 * 128 + 2];
    for (size_t odd = 0; odd < 2; odd++) {
        size_t length = odd;
        memset(text, 'x', odd);
        for (int i = 0; i < 128; i++) {
            memcpy(text + length, ROCKET, 4);
            length += 4;
        }
        char *cut = NULL;
        assert_int_equal(js_limit_text(&cut, text, length, "label", NULL), JIRASEND_OK);
        assert_true(js_utf8_valid(cut, strlen(cut)));
        assert_int_equal(js_utf16_length(cut, strlen(cut)), odd == 0 ? 254 : 255);
        free(cut);
    }
}

static void ids_count_utf16_units(void **state) {
    (void)state;
    char text[4 * 128];
    for (size_t i = 0; i < 128; i++) {
        memcpy(text + 4 * i, ROCKET, 4);
    }
    char *id = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(js_limit_id(&id, text, 127 * 4, "pipelineId", &error), JIRASEND_OK);
    assert_int_equal(strlen(id), 127 * 4);
    free(id);
    assert_int_equal(js_limit_id(&id, text, sizeof text, "pipelineId", &error),
                     JIRASEND_E_DOCUMENT);
    assert_non_null(strstr(error.message, "\"pipelineId\" is 256"));
    assert_non_null(strstr(error.message, "at most 255"));
    assert_int_equal(js_limit_id(&id, "a\xC2\x85", 3, "pipelineId", &error), JIRASEND_E_DOCUMENT);
    assert_non_null(strstr(error.message, "U+0085"));
}

static void urls_may_have_2000_units(void **state) {
    (void)state;
    char text[2002] = "https://h/";
    memset(text + 10, 'a', 1991);
    char *url = NULL;
    assert_int_equal(js_limit_url(&url, text, 2001, "url", NULL), JIRASEND_E_DOCUMENT);
    text[2000] = '\0';
    assert_int_equal(js_limit_url(&url, text, 2000, "url", NULL), JIRASEND_OK);
    assert_string_equal(url, text);
    free(url);
}

static void what_logs_in_is_in_no_error(void **state) {
    (void)state;
    static const char *const urls[] = {"https://me:hunter2\\@h\\a", "https://me:hunter2@h/a b",
                                       "https://me:hunter2@h:x/",   "https://me:hunter2@",
                                       "https:/me:hunter2@h/a",     "me:hunter2@h/a",
                                       "https://me:hunter2"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        char *url = NULL;
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code code = js_limit_url(&url, urls[i], strlen(urls[i]), "url", &error);
        assert_int_equal(code, JIRASEND_E_DOCUMENT);
        assert_null(strstr(error.message, "hunter2"));
    }
}

static void what_logs_in_goes_though_it_is_written_wrongly(void **state) {
    (void)state;
    static const char *const urls[] = {"https://me:p/hunter2@h/a", "https://me:p\\hunter2@h/a",
                                       "https://me:p^hunter2@h/a", "https://me%3Ahunter2%40h/a"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        char *url = NULL;
        char *uri = NULL;
        assert_int_equal(js_limit_url(&url, urls[i], strlen(urls[i]), "url", NULL), JIRASEND_OK);
        assert_int_equal(js_limit_uri(&uri, urls[i], strlen(urls[i]), "uri", NULL), JIRASEND_OK);
        assert_string_equal(url, "https://h/a");
        assert_string_equal(uri, "https://h/a");
        free(url);
        free(uri);
    }
}

static void urls_hold_no_characters_that_no_url_has(void **state) {
    (void)state;
    static const char forbidden[] = "\"<>\\^`{|}";
    for (const char *at = forbidden; *at != '\0'; at++) {
        char text[32];
        char advice[32];
        int length = snprintf(text, sizeof text, "https://h/a%cb", *at);
        (void)snprintf(advice, sizeof advice, "Write it as %%%02X.", (unsigned)*at);
        char *url = NULL;
        jirasend_error error = JIRASEND_ERROR_INIT;
        assert_int_equal(js_limit_url(&url, text, (size_t)length, "url", &error),
                         JIRASEND_E_DOCUMENT);
        assert_non_null(strstr(error.message, advice));
    }
    char *url = NULL;
    assert_int_equal(js_limit_url(&url, "https://h/\xC3\xA4?a=[1]", 18, "url", NULL), JIRASEND_OK);
    free(url);
}

static void add_strings(js_strings *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char text[32];
        int length = snprintf(text, sizeof text, "v-%zu", i);
        assert_true(js_strings_add(list, text, (size_t)length));
    }
}

static void fill(js_event *event, const size_t counts[4]) {
    js_event_init(event);
    event->kind = JS_KIND_DEPLOYMENT;
    add_strings(&event->issue_keys, counts[0]);
    add_strings(&event->services, counts[1]);
    event->commits = calloc(counts[2] + 1, sizeof *event->commits);
    assert_non_null(event->commits);
    for (; event->commit_count < counts[2]; event->commit_count++) {
        event->commits[event->commit_count].hash = js_copy("h");
        event->commits[event->commit_count].repository_id = js_copy("r");
    }
    add_strings(&event->repositories, counts[3]);
}

static void associations_give_way_in_order(void **state) {
    (void)state;
    static const struct {
        size_t given[4], kept[4];
        int64_t dropped;
    } rows[] = {
        {{0, 0, 0, 0}, {0, 0, 0, 0}, 0},
        {{500, 0, 0, 0}, {500, 0, 0, 0}, 0},
        {{501, 0, 0, 0}, {500, 0, 0, 0}, 1},
        {{400, 200, 0, 3}, {400, 100, 0, 0}, 103},
        {{100, 100, 200, 0}, {100, 100, 200, 0}, 0},
        {{0, 1, 600, 2}, {0, 1, 499, 0}, 103},
        {{1, 1, 1, 7}, {1, 1, 1, 0}, 7}, /* at most three kinds */
        {{1, 1, 0, 7}, {1, 1, 0, 7}, 0},
        {{0, 1, 1, 7}, {0, 1, 1, 7}, 0},
        {{600, 5, 5, 5}, {500, 0, 0, 0}, 115},
        {{0, 0, 0, 501}, {0, 0, 0, 500}, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        js_event event;
        fill(&event, rows[i].given);
        js_limit_associations(&event);
        assert_int_equal(event.issue_keys.count, rows[i].kept[0]);
        assert_int_equal(event.services.count, rows[i].kept[1]);
        assert_int_equal(event.commit_count, rows[i].kept[2]);
        assert_int_equal(event.repositories.count, rows[i].kept[3]);
        assert_true(event.dropped == rows[i].dropped);
        js_event_clear(&event);
    }
}

static void a_quote_is_short_and_safe(void **state) {
    (void)state;
    char out[JS_QUOTE_SIZE];
    js_quote(out, "a\nb\x1B[31m", 8);
    assert_null(strchr(out, '\n'));
    assert_null(strchr(out, '\x1B'));
    char text[4 * 200];
    for (size_t i = 0; i < 200; i++) {
        memcpy(text + 4 * i, ROCKET, 4);
    }
    js_quote(out, text, sizeof text);
    assert_true(strlen(out) < JS_QUOTE_SIZE);
    assert_true(js_utf8_valid(out, strlen(out)));
    assert_string_equal(out + strlen(out) - 3, "\xE2\x80\xA6");
    js_quote(out, "", 0);
    assert_string_equal(out, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_never_splits_a_character),
        cmocka_unit_test(ids_count_utf16_units),
        cmocka_unit_test(urls_may_have_2000_units),
        cmocka_unit_test(what_logs_in_is_in_no_error),
        cmocka_unit_test(what_logs_in_goes_though_it_is_written_wrongly),
        cmocka_unit_test(urls_hold_no_characters_that_no_url_has),
        cmocka_unit_test(associations_give_way_in_order),
        cmocka_unit_test(a_quote_is_short_and_safe),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
