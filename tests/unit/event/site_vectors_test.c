/* The grammar of sites, case by case. The same cases are read by the test of the plugin's SiteName. */
#include "event/json.h"
#include "event/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

enum { VECTORS_MAX = 1 << 20 };

static json_object *vectors;

static int read_vectors(void **state) {
    (void)state;
    FILE *file = fopen(SITE_VECTORS, "r");
    char *text = malloc(VECTORS_MAX);
    if (file == NULL || text == NULL) {
        print_error("%s cannot be read\n", SITE_VECTORS);
        return -1;
    }
    size_t length = fread(text, 1, VECTORS_MAX, file);
    (void)fclose(file);
    jirasend_error error = JIRASEND_ERROR_INIT;
    vectors = js_json_parse(text, length, JS_JSON_ANSWER, &error);
    free(text);
    if (vectors == NULL) {
        print_error("%s: %s\n", SITE_VECTORS, error.message);
        return -1;
    }
    return 0;
}

static int free_vectors(void **state) {
    (void)state;
    json_object_put(vectors);
    return 0;
}

static json_object *list(const char *name) {
    json_object *array = json_object_object_get(vectors, name);
    assert_non_null(array);
    assert_true(json_object_array_length(array) > 0);
    return array;
}

static const char *text(json_object *object, const char *name) {
    const char *value = json_object_get_string(json_object_object_get(object, name));
    assert_non_null(value);
    return value;
}

static void assert_same_place_by_name(const js_site *site) {
    js_site again;
    assert_int_equal(js_site_parse(&again, site->name, "site", NULL), JIRASEND_OK);
    assert_string_equal(again.name, site->name);
    assert_int_equal(again.http, site->http);
}

static void reads_sites(void **state) {
    (void)state;
    json_object *cases = list("sites");
    for (size_t i = 0; i < json_object_array_length(cases); i++) {
        json_object *expected = json_object_array_get_idx(cases, i);
        js_site site;
        char origin[JS_ORIGIN_SIZE];
        jirasend_error error = JIRASEND_ERROR_INIT;
        if (js_site_parse(&site, text(expected, "given"), "site", &error) != JIRASEND_OK) {
            fail_msg("%s: %s", text(expected, "given"), error.message);
        }
        js_site_origin(&site, origin);
        assert_string_equal(site.name, text(expected, "name"));
        assert_string_equal(origin, text(expected, "origin"));
        assert_string_equal(site.host, text(expected, "host"));
        assert_int_equal(site.port, json_object_get_int(json_object_object_get(expected, "port")));
        assert_int_equal(site.http,
                         json_object_get_boolean(json_object_object_get(expected, "http")));
        assert_same_place_by_name(&site);
    }
}

static void refuses_what_is_not_a_site(void **state) {
    (void)state;
    json_object *cases = list("refused");
    for (size_t i = 0; i < json_object_array_length(cases); i++) {
        const char *given = json_object_get_string(json_object_array_get_idx(cases, i));
        js_site site;
        if (js_site_parse(&site, given, "site", NULL) != JIRASEND_E_ARGUMENT) {
            fail_msg("\"%s\" was taken as %s", given, site.name);
        }
    }
}

static void reads_apis(void **state) {
    (void)state;
    json_object *cases = list("apis");
    for (size_t i = 0; i < json_object_array_length(cases); i++) {
        json_object *expected = json_object_array_get_idx(cases, i);
        js_site site;
        char path[100];
        jirasend_error error = JIRASEND_ERROR_INIT;
        if (js_api_parse(&site, path, sizeof path, text(expected, "given"), "api", &error) !=
            JIRASEND_OK) {
            fail_msg("%s: %s", text(expected, "given"), error.message);
        }
        assert_string_equal(site.name, text(expected, "name"));
        assert_string_equal(path, text(expected, "path"));
    }
}

static void refuses_what_is_not_an_api(void **state) {
    (void)state;
    json_object *cases = list("refusedApis");
    for (size_t i = 0; i < json_object_array_length(cases); i++) {
        const char *given = json_object_get_string(json_object_array_get_idx(cases, i));
        js_site site;
        char path[100];
        if (js_api_parse(&site, path, sizeof path, given, "api", NULL) != JIRASEND_E_ARGUMENT) {
            fail_msg("\"%s\" was taken as %s%s", given, site.name, path);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_sites),
        cmocka_unit_test(refuses_what_is_not_a_site),
        cmocka_unit_test(reads_apis),
        cmocka_unit_test(refuses_what_is_not_an_api),
    };
    return cmocka_run_group_tests(tests, read_vectors, free_vectors);
}
