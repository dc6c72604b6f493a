/* Looking at things, deleting them, and that they are gone a moment later. */
#include "persist.h"
#include "sandbox_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { EVENTUALLY_MS = 100 };

static void open_bench(bench *b) {
    bench_open(b, "APP-*");
    b->sandbox.eventually_ms = EVENTUALLY_MS;
    bench_log_in(b);
}

/* A request to an API, `path` after the cloud id. */
static int api(bench *b, const char *method, const char *module, const char *path) {
    char whole[512];
    (void)snprintf(whole, sizeof whole, "/jira/%s/0.1/cloud/%s/%s", module, b->sandbox.cloud_id,
                   path);
    return bench_send(b, method, whole, NULL);
}

static void devinfo(bench *b, int sequence, const char *properties) {
    char body[1024];
    (void)snprintf(body, sizeof body,
                   "{\"properties\":{%s},\"repositories\":[{\"id\":\"r\",\"name\":\"r\",\"url\":"
                   "\"https://h/r\",\"updateSequenceId\":%d,\"commits\":[{\"id\":\"c\","
                   "\"updateSequenceId\":%d,\"message\":\"\",\"author\":{},\"fileCount\":0,"
                   "\"url\":\"https://h/c\",\"authorTimestamp\":\"2026-11-23T10:00:00Z\","
                   "\"displayId\":\"c\",\"issueKeys\":[\"APP-1\",\"XX-1\"]}]}]}",
                   properties, sequence, sequence);
    assert_int_equal(bench_bulk(b, "devinfo", body), 202);
    bench_says(b, "\"commits\":[\"c\"]");
}

static void test_a_build_is_given_back(void **state) {
    bench b;
    (void)state;
    open_bench(&b);
    assert_int_equal(api(&b, "GET", "builds", "pipelines/team%2Fapp/builds/1"), 404);
    bench_says(&b, "[{\"message\":\"No build data found for the given key.\"}]");
    assert_int_equal(bench_bulk(&b, "builds", BUILDS(BUILD("1", "1", "\"APP-1\",\"XX-1\"", ""))),
                     202);
    assert_int_equal(api(&b, "GET", "builds", "pipelines/team%2Fapp/builds/1"), 200);
    bench_says(&b, "\"associations\":[{\"associationType\":\"issueIdOrKeys\",\"values\":["
                   "\"APP-1\"]}]}");
    bench_says_not(&b, "receivedAt");
    assert_int_equal(api(&b, "GET", "builds", "pipelines/team%2Fapp/builds/x"), 404);
    assert_int_equal(api(&b, "PUT", "builds", "pipelines/team%2Fapp/builds/1"), 405);
    assert_string_equal(sb_headers_get(&b.answer.headers, "Allow"), "GET, DELETE");
    bench_close(&b);
}

static void test_gone_a_moment_after_the_answer(void **state) {
    static const struct {
        const char *module, *path, *body;
    } things[] = {
        {"builds", "pipelines/team%2Fapp/builds/1", BUILDS(BUILD("1", "1", "\"APP-1\"", ""))},
        {"deployments", "pipelines/team%2Fapp/environments/prod%20eu/deployments/7",
         DEPLOYMENTS(DEPLOYMENT("1", "successful", ""))},
    };
    bench b;
    (void)state;
    open_bench(&b);
    for (size_t i = 0; i < sizeof things / sizeof *things; i++) {
        assert_int_equal(api(&b, "DELETE", things[i].module, things[i].path), 202);
        fake_world_pass(&b.world, EVENTUALLY_MS);
        assert_int_equal(bench_bulk(&b, things[i].module, things[i].body), 202);
        assert_int_equal(api(&b, "DELETE", things[i].module, things[i].path), 202);
        fake_world_pass(&b.world, EVENTUALLY_MS - 1);
        assert_int_equal(api(&b, "GET", things[i].module, things[i].path), 200);
        fake_world_pass(&b.world, 1);
        assert_int_equal(api(&b, "GET", things[i].module, things[i].path), 404);
        /* No number is remembered: the same update makes it anew. */
        assert_int_equal(bench_bulk(&b, things[i].module, things[i].body), 202);
        assert_int_equal(api(&b, "GET", things[i].module, things[i].path), 200);
    }
    bench_close(&b);
}

static void test_by_properties(void **state) {
    bench b;
    (void)state;
    open_bench(&b);
    assert_int_equal(bench_bulk(&b, "builds",
                                "{\"properties\":{\"a b\":\"1\",\"c\":\"2\"},\"builds\":[" BUILD(
                                    "1", "1", "\"APP-1\"", "") "]}"),
                     202);
    assert_int_equal(bench_bulk(&b, "builds",
                                "{\"properties\":{\"c\":\"2\"},\"builds\":[" BUILD(
                                    "2", "1", "\"APP-1\"", "") "]}"),
                     202);
    assert_int_equal(api(&b, "DELETE", "builds", "bulkByProperties"), 400);
    bench_says(&b, "[{\"message\":\"At least one property");
    assert_int_equal(api(&b, "DELETE", "builds", "bulkByProperties?_updateSequenceNumber=1"), 400);
    assert_int_equal(api(&b, "DELETE", "builds", "bulkByProperties?c=1&c=2"), 400);
    assert_int_equal(api(&b, "DELETE", "builds", "bulkByProperties?c=%zz"), 400);
    assert_int_equal(api(&b, "DELETE", "builds", "bulkByProperties?a+b=1&c=2"), 202);
    fake_world_pass(&b.world, EVENTUALLY_MS);
    assert_int_equal(api(&b, "GET", "builds", "pipelines/team%2Fapp/builds/1"), 404);
    assert_int_equal(api(&b, "GET", "builds", "pipelines/team%2Fapp/builds/2"), 200);
    bench_close(&b);
}

static void test_a_number_guards_development_information(void **state) {
    bench b;
    (void)state;
    open_bench(&b);
    devinfo(&b, 5, "");
    assert_int_equal(api(&b, "DELETE", "devinfo", "repository/r/tag/c"), 400);
    bench_says(&b, "{\"errorMessages\":[{\"message\":\"The entity type must be");
    assert_int_equal(api(&b, "DELETE", "devinfo", "repository/r/commit/c?_updateSequenceId=x"),
                     400);
    assert_int_equal(api(&b, "DELETE", "devinfo", "repository/r/commit/c?_updateSequenceId=4"),
                     202);
    fake_world_pass(&b.world, EVENTUALLY_MS);
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_COMMIT), 1);
    assert_int_equal(api(&b, "DELETE", "devinfo", "repository/r/commit/c?_updateSequenceId=8"),
                     202);
    fake_world_pass(&b.world, EVENTUALLY_MS);
    assert_int_equal(api(&b, "GET", "devinfo", "repository/r"), 200);
    bench_says(&b, "\"commits\":[],\"branches\":[],\"pullRequests\":[]}");
    devinfo(&b, 8, ""); /* accepted, and ignored */
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_COMMIT), 0);
    devinfo(&b, 9, "");
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_COMMIT), 1);
    assert_int_equal(api(&b, "DELETE", "devinfo", "repository/r?_updateSequenceId=20"), 202);
    devinfo(&b, 20, "");
    devinfo(&b, 21, "");
    fake_world_pass(&b.world, EVENTUALLY_MS);
    assert_int_equal(api(&b, "GET", "devinfo", "repository/r"), 200);
    bench_says(&b, "\"updateSequenceId\":21");
    assert_int_equal(api(&b, "DELETE", "devinfo", "repository/r?_updateSequenceId=30"), 202);
    fake_world_pass(&b.world, EVENTUALLY_MS);
    devinfo(&b, 30, "");
    assert_int_equal(api(&b, "GET", "devinfo", "repository/r"), 404);
    bench_says(&b, "{\"errorMessages\":[{\"message\":\"No data found for the given repository");
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_COMMIT), 0);
    bench_close(&b);
}

static void test_repository_exists_by_properties(void **state) {
    bench b;
    (void)state;
    open_bench(&b);
    devinfo(&b, 5, "\"jirasend\":\"ci\",\"team\":\"a\"");
    assert_int_equal(api(&b, "GET", "devinfo", "existsByProperties"), 400);
    bench_says(&b, "{\"errorMessages\":");
    assert_int_equal(api(&b, "GET", "devinfo", "existsByProperties?jirasend=ci&team=a"), 200);
    bench_says(&b, "{\"hasDataMatchingProperties\":true}");
    assert_int_equal(api(&b, "GET", "devinfo", "existsByProperties?jirasend=other"), 200);
    bench_says(&b, "{\"hasDataMatchingProperties\":false}");
    assert_int_equal(
        api(&b, "GET", "devinfo", "existsByProperties?jirasend=ci&_updateSequenceId=4"), 200);
    bench_says(&b, "false");
    assert_int_equal(api(&b, "DELETE", "devinfo", "bulkByProperties?jirasend=ci"), 202);
    fake_world_pass(&b.world, EVENTUALLY_MS);
    assert_int_equal(api(&b, "GET", "devinfo", "existsByProperties?jirasend=ci"), 200);
    bench_says(&b, "false");
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_COMMIT), 0);
    bench_close(&b);
}

static void test_only_the_newest_entities_are_given(void **state) {
    bench b;
    (void)state;
    open_bench(&b);
    for (int round = 0; round < 2; round++) {
        js_buf body = JS_BUF_INIT;
        js_buf_addf(&body,
                    "{\"repositories\":[{\"id\":\"r\",\"name\":\"r\",\"url\":\"https://h/r\","
                    "\"updateSequenceId\":%d,\"commits\":[",
                    round + 1);
        for (int i = 0; i < 300; i++) {
            js_buf_addf(&body,
                        "%s{\"id\":\"c%d-%d\",\"updateSequenceId\":1,\"message\":\"\",\"author\":"
                        "{},\"fileCount\":0,\"url\":\"https://h/c\",\"authorTimestamp\":"
                        "\"2026-11-23T10:00:00Z\",\"displayId\":\"c\",\"issueKeys\":[\"APP-1\"]}",
                        i == 0 ? "" : ",", round, i);
        }
        js_buf_add_text(&body, "]}]}");
        assert_int_equal(bench_bulk(&b, "devinfo", body.data), 202);
        js_buf_clear(&body);
    }
    assert_int_equal(api(&b, "GET", "devinfo", "repository/r"), 200);
    size_t found = 0;
    for (const char *at = b.answer.body.data; (at = strstr(at, "\"displayId\"")) != NULL; at++) {
        found++;
    }
    assert_int_equal(found, 400);
    bench_says(&b, "\"c1-0\"");
    bench_says(&b, "\"c0-299\"");
    bench_says_not(&b, "\"c0-199\"");
    bench_close(&b);
}

static void test_promises_outlive_a_restart(void **state) {
    char folder[] = "/tmp/jirasend-deletion-XXXXXX";
    char path[64];
    bench b;
    sb_store after;
    (void)state;
    assert_non_null(mkdtemp(folder));
    open_bench(&b);
    assert_int_equal(bench_bulk(&b, "builds",
                                "{\"properties\":{\"c\":\"2\"},\"builds\":[" BUILD(
                                    "1", "1", "\"APP-1\"", "") "]}"),
                     202);
    devinfo(&b, 5, "");
    assert_int_equal(api(&b, "DELETE", "builds", "bulkByProperties?c=2"), 202);
    assert_int_equal(api(&b, "DELETE", "devinfo", "repository/r?_updateSequenceId=8"), 202);
    assert_int_equal(sb_persist_save(&b.sandbox.store, folder, NULL), JIRASEND_OK);
    assert_true(sb_store_open(&after));
    assert_int_equal(sb_persist_load(&after, folder, NULL), JIRASEND_OK);
    assert_int_equal(sb_store_count(&after, SB_BUILD), 1);
    assert_int_equal(sb_deletions_run(&after, 1000), -1);
    for (int kind = 0; kind < SB_KINDS; kind++) {
        assert_int_equal(sb_store_count(&after, (sb_kind)kind), 0);
    }
    assert_true(sb_graves_hold(&after, SB_COMMIT,
                               "r\x1f"
                               "c",
                               "r", 8));
    assert_false(sb_graves_hold(&after, SB_COMMIT,
                                "r\x1f"
                                "c",
                                "r", 9));
    sb_store_close(&after);
    bench_close(&b);
    (void)snprintf(path, sizeof path, "%s/state.jsonl", folder);
    (void)unlink(path);
    (void)rmdir(folder);
}

static void test_permissions_are_per_api(void **state) {
    static char id[] = "half";
    static char secret[] = "s";
    static const sb_client half = {id, secret, SB_ALL_MODULES & ~(1U << SB_BUILDS)};
    bench b;
    (void)state;
    bench_open(&b, NULL);
    b.sandbox.clients = &half;
    assert_int_equal(bench_send(&b, "POST", "/oauth/token",
                                "{\"audience\":\"api.atlassian.com\",\"grant_type\":"
                                "\"client_credentials\",\"client_id\":\"half\","
                                "\"client_secret\":\"s\"}"),
                     200);
    bench_says(&b, "\"scope\":\"write:build-info\"");
    const char *token = strstr(b.answer.body.data, ":\"") + 2;
    (void)snprintf(b.token, sizeof b.token, "%.*s", (int)strcspn(token, "\""), token);
    assert_int_equal(api(&b, "GET", "builds", "pipelines/p/builds/1"), 404);
    assert_int_equal(api(&b, "GET", "deployments", "pipelines/p/environments/e/deployments/1"),
                     403);
    bench_says(&b, "{\"code\":403,\"message\":\"Forbidden: ");
    bench_says(&b, "'Deployments'");
    assert_int_equal(bench_bulk(&b, "featureflags", "{}"), 403);
    assert_int_equal(api(&b, "GET", "devinfo", "repository/r"), 403);
    bench_says(&b, "'Development information'");
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_build_is_given_back),
        cmocka_unit_test(test_gone_a_moment_after_the_answer),
        cmocka_unit_test(test_by_properties),
        cmocka_unit_test(test_a_number_guards_development_information),
        cmocka_unit_test(test_repository_exists_by_properties),
        cmocka_unit_test(test_only_the_newest_entities_are_given),
        cmocka_unit_test(test_promises_outlive_a_restart),
        cmocka_unit_test(test_permissions_are_per_api),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
