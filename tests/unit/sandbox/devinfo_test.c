/* Development information: what is taken, what is refused, and in which words. */
#include "sandbox_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "0123456789012345678901234567890123456789"
#define COMMIT_MEMBERS                                                                             \
    "'id':'" HASH "','updateSequenceId':5,'message':'m','author':{'name':'A','email':'a@b.c'},"    \
    "'fileCount':2,'url':'https://h/c','files':[{'path':'a.c','url':'https://h/a',"                \
    "'changeType':'ADDED','linesAdded':1,'linesRemoved':0}],"                                      \
    "'authorTimestamp':'2026-11-23T10:00:00Z','displayId':'0123456'"
#define COMMIT "{" COMMIT_MEMBERS ",'issueKeys':['APP-1']}"
#define BRANCH                                                                                     \
    "{'id':'b','updateSequenceId':6,'name':'feature/APP-2','url':'https://h/b',"                   \
    "'createPullRequestUrl':'https://h/new','associations':[{'associationType':'issueIdOrKeys',"   \
    "'values':['APP-2','10001']}],'lastCommit':" COMMIT "}"
#define PULL_REQUEST                                                                               \
    "{'id':'12','updateSequenceId':7,'status':'OPEN','title':'t','author':{},'commentCount':0,"    \
    "'sourceBranch':'feature/APP-2','sourceBranchUrl':'https://h/b','lastUpdate':"                 \
    "'2026-11-23T10:00:00+00:00','destinationBranch':'main','reviewers':[{'name':'B',"             \
    "'approvalStatus':'APPROVED'}],'url':'https://h/pr/12','displayId':'#12','issueKeys':["        \
    "'APP-2']}"
#define REPOSITORY(lists)                                                                          \
    "{'id':'r','name':'team/app','url':'https://h/r','updateSequenceId':7" lists "}"
#define ALL                                                                                        \
    REPOSITORY(",'commits':[" COMMIT "],'branches':[" BRANCH "],'pullRequests':[" PULL_REQUEST "]")
#define BODY(repositories) "{'repositories':[" repositories "]}"

/* The text with the first `from` turned into `to`, and ' into ". */
static char *changed(const char *text, const char *from, const char *to) {
    const char *place = from == NULL ? text : strstr(text, from);
    if (place == NULL) {
        fail_msg("not in the body: %s", from);
        return NULL;
    }
    js_buf out = JS_BUF_INIT;
    js_buf_add(&out, text, (size_t)(place - text));
    js_buf_add_text(&out, to == NULL ? "" : to);
    js_buf_add_text(&out, place + (from == NULL ? 0 : strlen(from)));
    char *result = js_buf_take(&out);
    assert_non_null(result);
    for (char *c = result; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return result;
}

static int send_changed(bench *b, const char *text, const char *from, const char *to) {
    char *body = changed(text, from, to);
    int status = bench_bulk(b, "devinfo", body);
    free(body);
    return status;
}

static int send(bench *b, const char *text) {
    return send_changed(b, text, NULL, NULL);
}

static void test_all_is_accepted(void **state) {
    bench b;
    (void)state;
    bench_open(&b, "APP-*,10001");
    bench_log_in(&b);
    assert_int_equal(send(&b, BODY(ALL)), 202);
    assert_string_equal(b.answer.body.data,
                        "{\"acceptedDevinfoEntities\":{\"r\":{\"commits\":[\"" HASH
                        "\"],\"branches\":[\"b\"],\"pullRequests\":[\"12\"]}},"
                        "\"failedDevinfoEntities\":{},\"unknownIssueKeys\":[],"
                        "\"unknownAssociations\":[]}");
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_REPOSITORY), 1);
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_COMMIT), 1);
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_BRANCH), 1);
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_PULL_REQUEST), 1);
    /* The branch's last commit is the same commit again, with the same number. */
    assert_int_equal(b.sandbox.store.ignored, 1);
    assert_int_equal(bench_send(&b, "GET", "/_sandbox/log?after=1", NULL), 200);
    bench_says(&b, "\"items\":3");
    bench_says(&b, "\"warnings\":[]");
    bench_says(&b, "\"answer\":{\"acceptedDevinfoEntities\"");
    bench_close(&b);
}

static void test_a_branch_brings_its_last_commit(void **state) {
    bench b;
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    assert_int_equal(send(&b, BODY(REPOSITORY(",'branches':[" BRANCH "]"))), 202);
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_COMMIT), 1);
    bench_close(&b);
}

static void test_unknown_keys(void **state) {
    bench b;
    (void)state;
    bench_open(&b, "APP-2");
    bench_log_in(&b);
    assert_int_equal(send(&b, BODY(ALL)), 202);
    bench_says(&b, "\"failedDevinfoEntities\":{\"r\":{\"commits\":[{\"id\":\"" HASH
                   "\",\"errorMessages\":[{\"message\":\"No valid associations found for "
                   "commit\"}]}]}}");
    bench_says(&b, "\"branches\":[\"b\"]");
    bench_says(&b, "\"unknownIssueKeys\":[\"APP-1\"],\"unknownAssociations\":[{"
                   "\"associationType\":\"issueIdOrKeys\",\"values\":[\"APP-1\",\"10001\"]}]");
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_COMMIT), 0);
    bench_close(&b);
}

static void test_whole_request_is_refused(void **state) {
    static const struct {
        const char *body, *from, *to;
    } bad[] = {
        {"{}", NULL, NULL},
        {"[]", NULL, NULL},
        {"{'repositories':{}}", NULL, NULL},
        {BODY(""), NULL, NULL},
        {BODY("1"), NULL, NULL},
        {BODY(REPOSITORY("")), NULL, NULL}, /* no entities */
        {BODY(REPOSITORY(",'commits':{}")), NULL, NULL},
        {BODY(REPOSITORY(",'commits':[1]")), NULL, NULL},
        {BODY(REPOSITORY(",'commits':[" COMMIT "," COMMIT "]")), NULL, NULL},
        {BODY(ALL "," ALL), NULL, NULL},
        {BODY(ALL), "'issueKeys':", "'associations':[],'issueKeys':"},
        {"{'preventTransitions':1,'repositories':[" ALL "]}", NULL, NULL},
        {"{'operationType':'OTHER','repositories':[" ALL "]}", NULL, NULL},
        {"{'properties':{'_a':'x'},'repositories':[" ALL "]}", NULL, NULL},
        {"{'properties':{'a:b':'x'},'repositories':[" ALL "]}", NULL, NULL},
        {"{'properties':{'':'x'},'repositories':[" ALL "]}", NULL, NULL},
        {"{'providerMetadata':1,'repositories':[" ALL "]}", NULL, NULL},
    };
    bench b;
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (send_changed(&b, bad[i].body, bad[i].from, bad[i].to) != 400) {
            fail_msg("case %zu gives %d: %s", i, b.answer.status, b.answer.body.data);
        }
        assert_memory_equal(b.answer.body.data, "{\"errorMessages\":[{\"message\":\"", 30);
    }
    assert_int_equal(sb_store_count(&b.sandbox.store, SB_REPOSITORY), 0);
    assert_int_equal(send(&b, "{'preventTransitions':true,'operationType':'BACKFILL',"
                              "'properties':{'jirasend':'default'},'repositories':[" ALL "]}"),
                     202);
    bench_close(&b);
}

static void test_limits_of_a_request(void **state) {
    bench b;
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    for (int count = 400; count <= 401; count++) {
        js_buf body = JS_BUF_INIT;
        js_buf_add_text(&body, "{\"repositories\":[{\"id\":\"r\",\"commits\":[");
        for (int i = 0; i < count; i++) {
            js_buf_addf(&body, "%s{\"id\":\"%d\"}", i == 0 ? "" : ",", i);
        }
        js_buf_add_text(&body, "]}]}");
        assert_int_equal(bench_bulk(&b, "devinfo", body.data), count == 400 ? 202 : 400);
        js_buf_clear(&body);
    }
    for (int count = 100; count <= 101; count++) {
        js_buf body = JS_BUF_INIT;
        js_buf_add_text(&body, "{\"repositories\":[");
        for (int i = 0; i < count; i++) {
            js_buf_addf(&body, "%s{\"id\":\"r%d\",\"branches\":[", i == 0 ? "" : ",", i);
            for (int j = 0; j < 5; j++) { /* each brings a commit: 1000 in all */
                js_buf_addf(&body, "%s{\"id\":\"%d\"}", j == 0 ? "" : ",", j);
            }
            js_buf_add_text(&body, "]}");
        }
        js_buf_add_text(&body, "]}");
        assert_int_equal(bench_bulk(&b, "devinfo", body.data), count == 100 ? 202 : 400);
        js_buf_clear(&body);
    }
    bench_close(&b);
}

static void test_each_rule_of_an_entity(void **state) {
    static const struct {
        const char *from, *to, *says;
    } rules[] = {
        {"'id':'" HASH "'", "'id':'a/b'", "'id' must consist of"},
        {"'id':'" HASH "',", "", "'id' is required."},
        {"'message':'m',", "", "'message' is required."},
        {"'author':{'name':'A','email':'a@b.c'},", "", "'author' is required."},
        {"'fileCount':2", "'fileCount':-1", "'fileCount' must be a number from 0"},
        {"'url':'https://h/c'", "'url':'h'", "'url' is not a valid URL."},
        {"'changeType':'ADDED'", "'changeType':'added'", "'files[0].changeType' is not valid."},
        {"'linesAdded':1,", "", "'files[0].linesAdded' is required."},
        {"'authorTimestamp':'2026-11-23T10:00:00Z'", "'authorTimestamp':'now'",
         "'authorTimestamp'"},
        {"'displayId':'0123456'", "'displayId':''", "'displayId' must not be empty."},
        {"'issueKeys':['APP-1']", "'issueKeys':['A-1']", "is not an issue key."},
        {"'issueKeys':['APP-1']", "'issueKeys':[]", "'issueKeys' must provide at least one value."},
        {"'updateSequenceId':5", "'updateSequenceId':'5'",
         "'updateSequenceId' must be an integer."},
        {"'name':'feature/APP-2',", "", "'name' is required."},
        {"'status':'OPEN'", "'status':'open'", "'status' is not valid."},
        {"'approvalStatus':'APPROVED'", "'approvalStatus':'YES'", "'reviewers[0].approvalStatus'"},
        {"'commentCount':0,", "", "'commentCount' is required."},
        {"'sourceBranch':'feature/APP-2',", "", "'sourceBranch' is required."},
        {"'id':'r'", "'id':'team/app'",
         "\"failedDevinfoEntities\":{\"team/app\":{\"errorMessages\""},
        {"'url':'https://h/r'", "'url':''", "{\"r\":{\"errorMessages\":[{\"message\":\"'url' must"},
    };
    bench b;
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        assert_int_equal(send_changed(&b, BODY(ALL), rules[i].from, rules[i].to), 202);
        bench_says(&b, rules[i].says);
    }
    /* A last commit needs keys of its own. */
    assert_int_equal(send_changed(&b, BODY(REPOSITORY(",'branches':[" BRANCH "]")),
                                  ",'issueKeys':['APP-1']", ""),
                     202);
    bench_says(&b, "'lastCommit.issueKeys' is required.");
    bench_close(&b);
}

static void test_faults_by_id_and_repository(void **state) {
    bench b;
    (void)state;
    bench_open(&b, NULL);
    bench_log_in(&b);
    assert_int_equal(bench_send(&b, "POST", "/_sandbox/faults",
                                "[{\"reject\":[\"0123\"],\"omit\":[\"b\"]},{\"omit\":[\"r\"]}]"),
                     200);
    assert_int_equal(send(&b, BODY(ALL)), 202);
    bench_says(&b, "Rejected by a scripted fault.");
    bench_says(&b, "\"branches\":[],\"pullRequests\":[\"12\"]");
    assert_int_equal(send(&b, BODY(ALL)), 202);
    bench_says(&b, "{\"acceptedDevinfoEntities\":{},\"failedDevinfoEntities\":{}");
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_accepted),
        cmocka_unit_test(test_a_branch_brings_its_last_commit),
        cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_whole_request_is_refused),
        cmocka_unit_test(test_limits_of_a_request),
        cmocka_unit_test(test_each_rule_of_an_entity),
        cmocka_unit_test(test_faults_by_id_and_repository),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
