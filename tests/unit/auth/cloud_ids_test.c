/* Cloud ids that are remembered between runs: found again, and not believed without reason. */
#include "auth/cloud_ids.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char parent[64], folder[80], file[128];
static int64_t now_ms;
static js_site acme;

static js_site site_of(const char *text) {
    js_site site;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(JIRASEND_OK, js_site_parse(&site, text, "site", &error));
    return site;
}

static int set_up(void **state) {
    (void)state;
    strcpy(parent, "/tmp/jirasend-cloud-ids-XXXXXX");
    assert_non_null(mkdtemp(parent));
    snprintf(folder, sizeof folder, "%s/ids", parent);
    snprintf(file, sizeof file, "%s/acme.atlassian.net", folder);
    acme = site_of("acme.atlassian.net");
    now_ms = (int64_t)time(NULL) * 1000;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(file);
    rmdir(folder);
    return rmdir(parent);
}

static const char *got(const js_site *site) {
    static char id[JS_CLOUD_ID_SIZE];
    return js_cloud_ids_get(folder, site, now_ms, id) ? id : "";
}

static void write_file(const char *text) {
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(0, fclose(out));
    assert_int_equal(0, chmod(file, 0600));
}

static void remembers_and_forgets(void **state) {
    (void)state;
    assert_string_equal("", got(&acme));
    js_cloud_ids_put(folder, &acme, "id-1");
    assert_string_equal("id-1", got(&acme));
    js_cloud_ids_put(folder, &acme, "id-2");
    assert_string_equal("id-2", got(&acme));
    struct stat status;
    assert_int_equal(0, stat(folder, &status));
    assert_int_equal(0700, status.st_mode & 07777);
    assert_int_equal(0, stat(file, &status));
    assert_int_equal(0600, status.st_mode & 07777);
    js_cloud_ids_put(folder, &acme, "");
    assert_string_equal("", got(&acme));
    assert_int_not_equal(0, stat(file, &status));
}

static void needs_a_folder(void **state) {
    (void)state;
    char id[JS_CLOUD_ID_SIZE];
    js_cloud_ids_put(NULL, &acme, "id-1");
    assert_false(js_cloud_ids_get(NULL, &acme, now_ms, id));
    js_cloud_ids_put("/nonexistent/deeper", &acme, "id-1");
    assert_false(js_cloud_ids_get("/nonexistent/deeper", &acme, now_ms, id));
}

static void plain_http_is_passed_over(void **state) {
    (void)state;
    js_site sandbox = site_of("http://127.0.0.1:8790");
    js_cloud_ids_put(folder, &sandbox, "id-1");
    assert_string_equal("", got(&sandbox));
    struct stat status;
    assert_int_not_equal(0, stat(folder, &status)); /* not even a folder was made */
}

static void old_ones_are_asked_for_again(void **state) {
    (void)state;
    const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;
    js_cloud_ids_put(folder, &acme, "id-1");
    now_ms += 6 * day_ms;
    assert_string_equal("id-1", got(&acme));
    now_ms += 2 * day_ms;
    assert_string_equal("", got(&acme));
    now_ms -= 16 * day_ms;
    assert_string_equal("", got(&acme));
}

static void what_others_may_write_is_not_believed(void **state) {
    (void)state;
    js_cloud_ids_put(folder, &acme, "id-1");
    assert_int_equal(0, chmod(file, 0620));
    assert_string_equal("", got(&acme));
    assert_int_equal(0, chmod(file, 0600));
    assert_int_equal(0, chmod(folder, 0777));
    assert_string_equal("", got(&acme));
    js_cloud_ids_put(folder, &acme, "id-2");
    assert_int_equal(0, chmod(folder, 0700));
    assert_string_equal("id-1", got(&acme));
}

static void links_are_not_followed(void **state) {
    (void)state;
    js_cloud_ids_put(folder, &acme, "id-1");
    char elsewhere[128];
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", parent);
    assert_int_equal(0, rename(file, elsewhere));
    assert_int_equal(0, symlink(elsewhere, file));
    assert_string_equal("", got(&acme));
    js_cloud_ids_put(folder, &acme, "id-2"); /* takes the place of the link */
    assert_string_equal("id-2", got(&acme));
    assert_int_equal(0, unlink(elsewhere));
}

static void nonsense_is_no_id(void **state) {
    (void)state;
    js_cloud_ids_put(folder, &acme, "id-1");
    static const char *const texts[] = {"",
                                        "\n",
                                        "id-1",
                                        "id 1\n",
                                        "../x\n",
                                        "id-1\nid-2\n",
                                        "0123456789012345678901234567890123456789012345678901234567"
                                        "8901234\n"
                                        "more"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file(texts[i]);
        assert_string_equal("", got(&acme));
    }
    write_file("id-1\n");
    assert_string_equal("id-1", got(&acme));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(remembers_and_forgets),
                                       TEST(needs_a_folder),
                                       TEST(plain_http_is_passed_over),
                                       TEST(old_ones_are_asked_for_again),
                                       TEST(what_others_may_write_is_not_believed),
                                       TEST(links_are_not_followed),
                                       TEST(nonsense_is_no_id)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
