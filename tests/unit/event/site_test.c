#include "event/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static void refuses_each_mistake_with_its_own_sentence(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {NULL, "empty"},
        {"", "empty"},
        {"https://", "no host name"},
        {"https:///x", "no host name"},
        {":443", "no host name"},
        {"/", "no host name"},
        {".", "empty part"},
        {"https://user:hunter2@acme.atlassian.net", "user name or password"},
        {"user@acme.atlassian.net", "user name or password"},
        {"https://acme.atlassian.net?token=hunter2", "query"},
        {"acme.atlassian.net/?", "query"},
        {"https://acme.atlassian.net#hunter2", "fragment"},
        {"https://acme.atlassian.net/jira/projects", "path"},
        {"https://acme.atlassian.net//", "path"},
        {"acme.atlassian.net/jira", "path"},
        {"acme.atlassian.net ", "white space"},
        {"acme .atlassian.net", "white space"},
        {"acme.atlassian.net\n", "white space"},
        {"acme\x01.atlassian.net", "control character"},
        {"acme\x7F.atlassian.net", "control character"},
        {"b\xC3\xBC"
         "cher.example",
         "xn--"},
        {"b\xFC"
         "cher.example",
         "UTF-8"},
        {"https:\\\\acme.atlassian.net", "backslash"},
        {"acme.atlassian.net\\evil", "backslash"},
        {"acme%2Eatlassian.net", "percent"},
        {"[fe80::1%25eth0]", "percent"},
        {"ftp://acme.atlassian.net", "https://"},
        {"://acme.atlassian.net", "https://"},
        {"httpss://acme.atlassian.net", "https://"},
        {"https:acme.atlassian.net", "slashes"},
        {"http:/localhost", "slashes"},
        {"http://acme.atlassian.net", "this machine only"},
        {"http://128.0.0.1", "this machine only"},
        {"http://[::2]", "this machine only"},
        {"http://localhost.example", "this machine only"},
        {"http://127.0.0.1.example", "this machine only"},
        {"http://[::ffff:127.0.0.1]", "this machine only"},
        {"acme..net", "empty part"},
        {".acme.net", "empty part"},
        {"acme.net..", "empty part"},
        {"-acme.net", "hyphen"},
        {"acme-.net", "hyphen"},
        {"acme_site.net", "not a host name"},
        {"acme,net", "not a host name"},
        {"acme*.net", "not a host name"},
        {"acme'.net", "not a host name"},
        {"acme.net:", "port"},
        {"acme.net:0", "port"},
        {"acme.net:65536", "port"},
        {"acme.net:99999999999999999999", "port"},
        {"acme.net:-1", "port"},
        {"acme.net:80x", "port"},
        {"acme.net:443:443", "more than one colon"},
        {"::1", "brackets"},
        {"2001:db8::1", "brackets"},
        {"[::1", "IPv6"},
        {"[]", "IPv6"},
        {"[acme.net]", "IPv6"},
        {"[::1]x", "after the bracket"},
        {"256.0.0.1", "IPv4"},
        {"127.1", "IPv4"},
        {"127.0.0.01", "IPv4"},
        {"2130706433", "IPv4"},
        {"0x7f.1", "IPv4"},
        {"0x7f000001", "IPv4"},
        {"http://127.1", "IPv4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        js_site site;
        jirasend_error error = JIRASEND_ERROR_INIT;
        if (js_site_parse(&site, cases[i].text, "--site", &error) != JIRASEND_E_ARGUMENT) {
            fail_msg("%s was taken as %s", cases[i].text, site.name);
        }
        if (strstr(error.message, cases[i].words) == NULL) {
            fail_msg("%s: %s", cases[i].text, error.message);
        }
        assert_memory_equal(error.message, "--site: ", 8);
        assert_null(strstr(error.message, "hunter2"));
        assert_string_equal(site.host, "");
        assert_string_equal(site.name, "");
    }
}

static void bounds_lengths(void **state) {
    (void)state;
    char label[65];
    char host[400] = "";
    js_site site;
    jirasend_error error = JIRASEND_ERROR_INIT;
    memset(label, 'a', 63);
    label[63] = '\0';
    (void)snprintf(host, sizeof host, "%s.%s.%s.%.61s:65535", label, label, label, label);
    assert_int_equal(js_site_parse(&site, host, "site", &error), JIRASEND_OK);
    assert_int_equal(strlen(site.host), 253);
    assert_int_equal(strlen(site.name), 259);
    (void)snprintf(host, sizeof host, "%s.%s.%s.%.62s", label, label, label, label);
    assert_int_equal(js_site_parse(&site, host, "site", &error), JIRASEND_E_ARGUMENT);
    assert_non_null(strstr(error.message, "253"));
    (void)snprintf(host, sizeof host, "%sa.net", label);
    assert_int_equal(js_site_parse(&site, host, "site", &error), JIRASEND_E_ARGUMENT);
    assert_non_null(strstr(error.message, "63"));
}

static void reads_the_address_of_an_api(void **state) {
    (void)state;
    static const struct {
        const char *text, *name, *path; /* name null: refused */
    } cases[] = {
        {"https://api.atlassian.com", "api.atlassian.com", ""},
        {"https://api.atlassian.com/", "api.atlassian.com", ""},
        {"http://127.0.0.1:8790/a/b-c_d.e~f/", "http://127.0.0.1:8790", "/a/b-c_d.e~f"},
        {"https://gateway.example/jira", "gateway.example", "/jira"},
        {"https://gateway.example/...", "gateway.example", "/..."},
        {"https://gateway.example//", NULL, ""},
        {"https://gateway.example/a//b", NULL, ""},
        {"https://gateway.example/a/../b", NULL, ""},
        {"https://gateway.example/.", NULL, ""},
        {"https://gateway.example/..", NULL, ""},
        {"https://gateway.example/a%2Fb", NULL, ""},
        {"https://gateway.example/a;b", NULL, ""},
        {"https://gateway.example/a?b", NULL, ""},
        {"https://gateway.example/a@b", NULL, ""},
        {"http://gateway.example/a", NULL, ""},
        {"https://gateway.example/0123456789012345678901", NULL, ""}, /* longer than the room */
        {"", NULL, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        js_site site;
        char path[20] = "before";
        jirasend_code code =
            js_api_parse(&site, path, sizeof path, cases[i].text, "--api-url", NULL);
        assert_int_equal(code, cases[i].name == NULL ? JIRASEND_E_ARGUMENT : JIRASEND_OK);
        assert_string_equal(path, cases[i].path);
        assert_string_equal(site.name, cases[i].name == NULL ? "" : cases[i].name);
    }
}

static void judges_cloud_ids(void **state) {
    (void)state;
    char long_id[66];
    memset(long_id, 'a', 65);
    long_id[65] = '\0';
    assert_true(js_cloud_id_valid("11223344-a1b2-3b33-c444-def123456789"));
    assert_true(js_cloud_id_valid("Z"));
    assert_true(js_cloud_id_valid(long_id + 1));
    assert_false(js_cloud_id_valid(long_id));
    assert_false(js_cloud_id_valid(""));
    assert_false(js_cloud_id_valid("a/b"));
    assert_false(js_cloud_id_valid("a b"));
    assert_false(js_cloud_id_valid("a_b"));
    assert_false(js_cloud_id_valid("é"));
    assert_false(js_cloud_id_valid("a\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_each_mistake_with_its_own_sentence),
        cmocka_unit_test(bounds_lengths),
        cmocka_unit_test(reads_the_address_of_an_api),
        cmocka_unit_test(judges_cloud_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
