/* Whole requests through the sandbox, without a socket. */
#include "sandbox_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *bulk_path(const bench *b, const char *module) {
    static char path[160];
    (void)snprintf(path, sizeof path, "/jira/%s/0.1/cloud/%s/bulk", module, b->sandbox.cloud_id);
    return path;
}

static void test_token(void **state) {
    bench b;
    (void)state;
    bench_open(&b, NULL);
#define TOKEN(audience, grant, secret)                                                             \
    "{\"audience\":\"" audience "\",\"grant_type\":\"" grant                                       \
    "\",\"client_id\":\"test-client\",\"client_secret\":\"" secret "\"}"
    assert_int_equal(bench_send(&b, "POST", "/oauth/token",
                                TOKEN("api.atlassian.com", "client_credentials", "wrong")),
                     401);
    bench_says(&b, "{\"error\":\"access_denied\",\"error_description\":\"Unauthorized\"}");
    assert_int_equal(
        bench_send(&b, "POST", "/oauth/token", TOKEN("other", "client_credentials", "test-secret")),
        403);
    assert_int_equal(bench_send(&b, "POST", "/oauth/token",
                                TOKEN("api.atlassian.com", "password", "test-secret")),
                     403);
    bench_says(&b, "unauthorized_client");
    assert_int_equal(bench_send(&b, "POST", "/oauth/token", "{\"grant_type\":\"x\"}"), 400);
    bench_says(&b, "Missing required parameter: client_id");
    assert_int_equal(bench_send(&b, "POST", "/oauth/token", "[]"), 400);
    assert_int_equal(bench_send(&b, "POST", "/oauth/token", NULL), 400);
    assert_int_equal(bench_send(&b, "GET", "/oauth/token", NULL), 405);
    assert_string_equal(sb_headers_get(&b.answer.headers, "Allow"), "POST");
    assert_int_equal(bench_send_header(&b, "POST", "/oauth/token", "{}", "Content-Type",
                                       "application/x-www-form-urlencoded"),
                     415);
    assert_int_equal(bench_send_header(&b, "POST", "/oauth/token", "{}", "Content-Type", NULL),
                     415);
    bench_log_in(&b);
    bench_says(&b, "\"expires_in\":900,\"token_type\":\"Bearer\"");
    bench_close(&b);
}

static void test_authorization(void **state) {
    bench b;
    const char *const body = BUILDS(BUILD("1", "1", "\"APP-1\"", ""));
    (void)state;
    bench_open(&b, NULL);
    assert_int_equal(bench_bulk(&b, "builds", body), 401);
    bench_says(&b, "\"message\":\"Unauthorized\"");
    bench_log_in(&b);
    assert_int_equal(bench_bulk(&b, "builds", body), 202);
    assert_int_equal(bench_send_header(&b, "POST", bulk_path(&b, "builds"), body, "Authorization",
                                       "Bearer sb.unknown"),
                     401);
    assert_int_equal(
        bench_send_header(&b, "POST", bulk_path(&b, "builds"), body, "Authorization", "Bearer "),
        401);
    fake_world_pass(&b.world, 899999);
    assert_int_equal(bench_bulk(&b, "builds", body), 202);
    fake_world_pass(&b.world, 1);
    assert_int_equal(bench_bulk(&b, "builds", body), 401);
    bench_close(&b);
}

static void test_paths(void **state) {
    bench b;
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    assert_int_equal(bench_send(&b, "GET", "/_edge/tenant_info", NULL), 200);
    bench_says(&b, "{\"cloudId\":\"");
    bench_says(&b, b.sandbox.cloud_id);
    assert_int_equal(bench_send(&b, "HEAD", "/_edge/tenant_info", NULL), 405);
    assert_int_equal(bench_send(&b, "POST", "/jira/builds/0.1/cloud/other/bulk", "{}"), 404);
    assert_int_equal(bench_send(&b, "POST", "/jira/builds/0.2/cloud/x/bulk", "{}"), 404);
    assert_int_equal(bench_send(&b, "POST", "/jira/commits/0.1/cloud/x/bulk", "{}"), 404);
    assert_int_equal(bench_send(&b, "POST", "/jira/%zz", "{}"), 404);
    assert_int_equal(bench_send(&b, "POST", "relative", "{}"), 404);
    assert_int_equal(bench_send(&b, "PUT", "/", "{}"), 404);
    assert_int_equal(bench_send(&b, "GET", bulk_path(&b, "builds"), NULL), 405);
    assert_int_equal(
        bench_send_header(&b, "POST", bulk_path(&b, "builds"), "{}", "Content-Encoding", "gzip"),
        415);
    bench_close(&b);
}

static void test_frame(void **state) {
    bench b;
    js_buf many = JS_BUF_INIT;
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    static const char *const bad[] = {"",
                                      "nonsense",
                                      "[]",
                                      "{}",
                                      "{\"builds\":[]}",
                                      "{\"builds\":{}}",
                                      "{\"builds\":[1]}",
                                      "{\"deployments\":[{}]}",
                                      "{\"builds\":[{}],\"properties\":1}",
                                      "{\"builds\":[{}],\"properties\":{\"_a\":\"x\"}}",
                                      "{\"builds\":[{}],\"properties\":{\"a:b\":\"x\"}}",
                                      "{\"builds\":[{}],\"properties\":{\"a\":1}}",
                                      "{\"builds\":[{}],\"providerMetadata\":1}",
                                      "{\"builds\":[{}],\"providerMetadata\":{\"product\":1}}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (bench_bulk(&b, "builds", bad[i]) != 400) {
            fail_msg("%d: %s", b.answer.status, bad[i]);
        }
        bench_says(&b, "[{\"message\":\"");
    }
    js_buf_add_text(&many, "{\"builds\":[{}");
    for (int i = 1; i < 100; i++) {
        js_buf_add_text(&many, ",{}");
    }
    js_buf_add_text(&many, "]}");
    assert_int_equal(bench_bulk(&b, "builds", many.data), 202);
    many.length -= 2;
    js_buf_add_text(&many, ",{}]}");
    assert_int_equal(bench_bulk(&b, "builds", many.data), 400);
    js_buf_clear(&many);
    bench_close(&b);
}

static void test_items(void **state) {
    bench b;
    (void)state;
    bench_open(&b, "APP-*,OPS-1");
    bench_log_in(&b);
    assert_int_equal(
        bench_bulk(&b, "builds",
                   BUILDS(BUILD("1", "1", "\"APP-1\",\"ZZ-9\",\"77\"", "") "," BUILD(
                       "2", "1", "\"ZZ-9\"", "") "," BUILD("3", "\"1\"", "\"APP-1\"", ""))),
        202);
    bench_says(&b, "\"acceptedBuilds\":[{\"pipelineId\":\"team/app\",\"buildNumber\":1}]");
    bench_says(&b, "{\"key\":{\"pipelineId\":\"team/app\",\"buildNumber\":2},\"errors\":[{"
                   "\"message\":\"No valid associations found for build\"}]}");
    bench_says(&b, "{\"key\":{\"pipelineId\":\"team/app\",\"buildNumber\":3},\"errors\":[{"
                   "\"message\":\"'updateSequenceNumber' must be an integer.\"}]}");
    bench_says(&b, "\"unknownIssueKeys\":[\"ZZ-9\"]");
    bench_says(&b, "\"unknownAssociations\":[{\"associationType\":\"issueIdOrKeys\",\"values\":["
                   "\"ZZ-9\",\"77\"]}]");
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/state", NULL), 200);
    bench_says(&b, "\"builds\":1,");
    bench_says(&b, "\"issueKeys\":[\"APP-1\"],\"receivedAt\":1795428000000}");
    bench_says(&b, "\"unknownKeys\":[\"ZZ-9\",\"77\"]");
    bench_close(&b);
}

static void test_sequence_in_silence(void **state) {
    bench b;
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    assert_int_equal(bench_bulk(&b, "builds", BUILDS(BUILD("1", "5", "\"APP-1\"", ""))), 202);
    assert_int_equal(
        bench_bulk(&b, "builds", BUILDS(BUILD("1", "5", "\"APP-1\"", ",\"label\":\"late\""))), 202);
    bench_says(&b, "\"acceptedBuilds\":[{\"pipelineId\":\"team/app\",\"buildNumber\":1}]");
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/state", NULL), 200);
    bench_says(&b, "\"ignored\":1");
    bench_says_not(&b, "late");
    bench_close(&b);
}

static void gate_is(bench *b, const char *status) {
    char path[256];
    (void)snprintf(path, sizeof path,
                   "/jira/deployments/0.1/cloud/%s/pipelines/team%%2Fapp/environments/prod%%20eu/"
                   "deployments/7/gating-status",
                   b->sandbox.cloud_id);
    int code = bench_send(b, "GET", path, NULL);
    assert_int_equal(code, status == NULL ? 404 : 200);
    if (status != NULL) {
        char text[64];
        (void)snprintf(text, sizeof text, "\"gatingStatus\":\"%s\"", status);
        bench_says(b, text);
        bench_says(b, "\"updatedTimestamp\":\"2026-11-23T10:00:00.000Z\"");
        bench_says(b, "\"issueKey\":\"APP-1\"");
    }
}

static void test_gate(void **state) {
    bench b;
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    gate_is(&b, NULL);
    assert_int_equal(bench_bulk(&b, "deployments", DEPLOYMENTS(DEPLOYMENT("1", "pending", ""))),
                     202);
    gate_is(&b, NULL);
    assert_int_equal(bench_bulk(&b, "deployments",
                                DEPLOYMENTS(DEPLOYMENT("2", "pending",
                                                       ",\"commands\":[{\"command\":"
                                                       "\"initiate_deployment_gating\"}]"))),
                     202);
    gate_is(&b, "awaiting");
#define GATE(number, status)                                                                       \
    "{\"pipelineId\":\"team/app\",\"environmentId\":\"prod eu\",\"number\":" number                \
    ",\"status\":\"" status "\"}"
    assert_int_equal(bench_send(&b, "POST", "/_sandbox/gates", GATE("7", "prevented")), 200);
    gate_is(&b, "prevented");
    assert_int_equal(bench_send(&b, "POST", "/_sandbox/gates", GATE("8", "allowed")), 404);
    assert_int_equal(bench_send(&b, "POST", "/_sandbox/gates", GATE("7", "none")), 400);
    assert_int_equal(bench_send(&b, "POST", "/_sandbox/gates", GATE("\"7\"", "allowed")), 400);
    bench_says(&b, "'number' must be an integer.");
    assert_int_equal(bench_send(&b, "POST", "/_sandbox/gates", "[]"), 400);
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/state", NULL), 200);
    bench_says(&b, "\"gate\":{\"status\":\"prevented\"");
    bench_close(&b);
}

static void fault(bench *b, const char *description) {
    assert_int_equal(bench_send(b, "POST", "/_sandbox/faults", description), 200);
}

static void test_faults_on_items(void **state) {
    bench b;
    const char *const body =
        BUILDS(BUILD("1", "1", "\"APP-1\"", "") "," BUILD("2", "1", "\"APP-2\"", ""));
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    fault(&b, "{\"path\":\"/builds\",\"reject\":[\"team\"]}");
    assert_int_equal(bench_bulk(&b, "builds", body), 202);
    bench_says(&b, "\"acceptedBuilds\":[]");
    bench_says(&b, "Rejected by a scripted fault.");
    fault(&b, "{\"unknownKeys\":[\"APP-2\"]}");
    assert_int_equal(bench_bulk(&b, "builds", body), 202);
    bench_says(&b, "\"unknownIssueKeys\":[\"APP-2\"]");
    bench_says(&b, "\"acceptedBuilds\":[{\"pipelineId\":\"team/app\",\"buildNumber\":1}]");
    fault(&b, "{\"omit\":[\"team\"]}");
    assert_int_equal(bench_bulk(&b, "builds", body), 202);
    bench_says(&b, "{\"acceptedBuilds\":[],\"rejectedBuilds\":[],");
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_BUILD), 2);
    bench_close(&b);
}

static void test_faults_and_work(void **state) {
    bench b;
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    fault(&b, "[{\"path\":\"/builds\",\"status\":503},"
              "{\"path\":\"/builds\",\"action\":\"reset\",\"processed\":true}]");
    assert_int_equal(bench_bulk(&b, "builds", BUILDS(BUILD("1", "1", "\"APP-1\"", ""))), 503);
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_BUILD), 0);
    (void)bench_bulk(&b, "builds", BUILDS(BUILD("1", "1", "\"APP-1\"", "")));
    assert_int_equal(b.answer.ending, SB_RESET);
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_BUILD), 1);
    /* Control is never struck. */
    fault(&b, "{\"status\":500,\"count\":0}");
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/log", NULL), 200);
    bench_says(&b, "\"status\":0,");
    bench_says(&b, "\"fault\":\"reset\"");
    assert_int_equal(bench_send(&b, "GET", "/", NULL), 200);
    assert_int_equal(bench_send(&b, "POST", "/_sandbox/faults", "{\"x\":1}"), 400);
    assert_int_equal(bench_send(&b, "DELETE", "/_sandbox/faults", NULL), 204);
    assert_int_equal(bench_send(&b, "GET", "/_edge/tenant_info", NULL), 200);
    b.sandbox.delay_ms = 40;
    assert_int_equal(bench_send(&b, "GET", "/_edge/tenant_info", NULL), 200);
    assert_int_equal(b.answer.delay_ms, 40);
    bench_close(&b);
}

static void test_guards(void **state) {
    bench b;
    (void)state;
    bench_open(&b, NULL);
    static const char *const hosts[] = {"evil.example",
                                        "127.0.0.1.evil.example",
                                        "localhost:x",
                                        "localhost.",
                                        "127.0.0.11:1",
                                        "",
                                        NULL};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        assert_int_equal(bench_send_header(&b, "GET", "/_sandbox/log", NULL, "Host", hosts[i]),
                         403);
        assert_int_equal(bench_send_header(&b, "GET", "/", NULL, "Host", hosts[i]), 403);
    }
    assert_int_equal(bench_send_header(&b, "GET", "/", NULL, "Host", "[::1]:80"), 200);
    assert_int_equal(bench_send_header(&b, "GET", "/", NULL, "Host", "localhost"), 200);
    static const char *const origins[] = {"http://evil.example", "null", "http://127.0.0.1:2", ""};
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        assert_int_equal(
            bench_send_header(&b, "POST", "/_sandbox/reset", NULL, "Origin", origins[i]), 403);
    }
    assert_int_equal(
        bench_send_header(&b, "POST", "/_sandbox/reset", NULL, "Origin", "http://127.0.0.1:1"),
        204);
    bench_close(&b);
}

static void test_page_and_control(void **state) {
    bench b;
    (void)state;
    bench_open(&b, NULL);
    assert_int_equal(bench_send(&b, "GET", "/", NULL), 200);
    assert_true(b.answer.fixed_length > 0);
    assert_string_equal(sb_headers_get(&b.answer.headers, "Content-Type"),
                        "text/html;charset=UTF-8");
    assert_string_equal(sb_headers_get(&b.answer.headers, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(sb_headers_get(&b.answer.headers, "Cache-Control"), "no-store");
    assert_memory_equal(sb_headers_get(&b.answer.headers, "Content-Security-Policy"),
                        "default-src 'none';", 19);
    assert_int_equal(bench_send(&b, "GET", "/style.css", NULL), 200);
    assert_int_equal(bench_send(&b, "GET", "/../options.c", NULL), 404);
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/nothing", NULL), 404);
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/reset", NULL), 405);
    assert_int_equal(bench_send(&b, "POST", "/_sandbox/state", NULL), 405);
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/state?limit=x", NULL), 400);
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/log?after=x", NULL), 400);
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/stream", NULL), 200);
    assert_int_equal(b.answer.ending, SB_STREAM);
    /* None of these is a request to Jira. */
    assert_int_equal(b.sandbox.log.last, 0);
    bench_close(&b);
}

static void test_state_limit(void **state) {
    bench b;
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    assert_int_equal(bench_bulk(&b, "builds",
                                BUILDS(BUILD("11", "1", "\"A-1\"", "") "," BUILD(
                                    "12", "1", "\"A-1\"", "") "," BUILD("13", "1", "\"A-1\"", ""))),
                     202);
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/state?limit=2", NULL), 200);
    bench_says_not(&b, "\"buildNumber\":11");
    bench_says(&b, "\"buildNumber\":12");
    bench_says(&b, "\"builds\":3,");
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/state?limit=0", NULL), 200);
    bench_says(&b, "\"builds\":[]");
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/state", NULL), 200);
    bench_says(&b, "\"buildNumber\":11");
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_authorization),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_frame),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_sequence_in_silence),
        cmocka_unit_test(test_gate),
        cmocka_unit_test(test_faults_on_items),
        cmocka_unit_test(test_faults_and_work),
        cmocka_unit_test(test_guards),
        cmocka_unit_test(test_page_and_control),
        cmocka_unit_test(test_state_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
