/* Each rule of the schema, by breaking it alone in an otherwise good item. */
#include "schema.h"

#include "event/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char build[] =
    "{'schemaVersion':'1.0','pipelineId':'p','buildNumber':1,'updateSequenceNumber':2,"
    "'displayName':'d','description':'x','label':'l','url':'https://h/1','state':'successful',"
    "'lastUpdated':'2026-11-23T10:00:00Z','associations':[{'associationType':'issueIdOrKeys',"
    "'values':['APP-1','10001']}],'testInfo':{'totalNumber':3,'numberPassed':1,'numberFailed':1,"
    "'numberSkipped':1},'references':[{'commit':{'id':'abc','repositoryUri':'https://h/r'},"
    "'ref':{'name':'main','uri':'https://h/r/main'}}]}";

static const char deployment[] =
    "{'deploymentSequenceNumber':1,'updateSequenceNumber':2,'displayName':'d','url':'https://h/1',"
    "'description':'','lastUpdated':'2026-11-23T10:00:00Z','label':'l','duration':5,"
    "'state':'rolled_back','associations':[{'associationType':'issueIdOrKeys','values':['APP-1']},"
    "{'associationType':'serviceIdOrKeys','values':['b:1']},{'associationType':'commit',"
    "'values':[{'commitHash':'abc','repositoryId':'r'}]}],'pipeline':{'id':'p','displayName':'p',"
    "'url':'https://h/p'},'environment':{'id':'e','displayName':'e','type':'production'},"
    "'commands':[{'command':'initiate_deployment_gating'}],'schemaVersion':'1.0'}";

static const char flag[] =
    "{'id':'f','key':'k','updateSequenceId':1,'displayName':'d','associations':[{"
    "'associationType':'issueKeys','values':['APP-1']}],'summary':{'url':'https://h/','status':{"
    "'enabled':true,'defaultValue':'v','rollout':{'percentage':12.5}},"
    "'lastUpdated':'2026-11-23T10:00:00Z'},'details':[{'url':'https://h/','lastUpdated':"
    "'2026-11-23T10:00:00Z','environment':{'name':'n','type':'staging'},'status':{"
    "'enabled':false,'rollout':{'rules':2}}}]}";

typedef struct breakage {
    const char *from, *to;
    const char *error; /* part of the finding; null: the item stays good */
} breakage;

/* The text with the first FROM turned into TO, and ' into ". */
static char *broken_text(const char *text, const breakage *change) {
    char *out = calloc(1, strlen(text) + strlen(change->to) + 1);
    const char *place = strstr(text, change->from);
    assert_non_null(out);
    if (place == NULL) {
        fail_msg("not in the item: %s", change->from);
    }
    memcpy(out, text, (size_t)(place - text));
    strcat(out, change->to);
    strcat(out, place + strlen(change->from));
    for (char *c = out; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return out;
}

static void check(sb_item_check *rules, const char *text, const breakage *change) {
    char *broken = broken_text(text, change);
    json_object *item = js_json_parse(broken, strlen(broken), JS_JSON_STRICT, NULL);
    sb_findings findings = {0};
    sb_associations associations = {0};
    if (item == NULL) {
        fail_msg("no JSON: %s", broken);
    }
    rules(item, &findings, &associations);
    assert_false(findings.failed);
    if (change->error == NULL && findings.errors.count > 0) {
        fail_msg("%s -> %s: %s", change->from, change->to, findings.errors.items[0]);
    }
    if (change->error != NULL && findings.errors.count != 1) {
        fail_msg("%s -> %s gives %zu errors", change->from, change->to, findings.errors.count);
    }
    if (change->error != NULL && strstr(findings.errors.items[0], change->error) == NULL) {
        fail_msg("%s -> %s: %s", change->from, change->to, findings.errors.items[0]);
    }
    sb_findings_free(&findings);
    sb_associations_free(&associations);
    json_object_put(item);
    free(broken);
}

static void check_all(sb_item_check *rules, const char *text, const breakage *changes,
                      size_t count) {
    for (size_t i = 0; i < count; i++) {
        check(rules, text, &changes[i]);
    }
}

static void test_build(void **state) {
    (void)state;
    static const breakage changes[] = {
        {"'p'", "'p'", NULL},
        {"'description':'x',", "", NULL},
        {"'successful'", "'unknown'", NULL},
        {"'buildNumber':1", "'buildNumber':9223372036854775807", NULL},
        {"'pipelineId':'p',", "", "'pipelineId' is required."},
        {"'pipelineId':'p'", "'pipelineId':''", "'pipelineId' must not be empty."},
        {"'pipelineId':'p'", "'pipelineId':1", "'pipelineId' must be a string."},
        {"'description':'x'", "'description':null", "'description' must be a string."},
        {"'label':'l'", "'label':null", "'label' must be a string."},
        {"'buildNumber':1", "'buildNumber':'1'", "'buildNumber' must be an integer."},
        {"'buildNumber':1", "'buildNumber':1.5", "'buildNumber' must be an integer."},
        {"'updateSequenceNumber':2,", "", "'updateSequenceNumber' is required."},
        {"'url':'https://h/1'", "'url':'h/1'", "'url' is not a valid URL."},
        {"'successful'", "'rolled_back'",
         "'state' is not valid. Allowed values are: [pending, in_progress, successful, failed, "
         "cancelled, unknown]."},
        {"'2026-11-23T10:00:00Z'", "'2026-11-23T10:00:00'", "'lastUpdated'"},
        {"'1.0'", "'2.0'", "'schemaVersion' is not valid."},
        {"['APP-1','10001']", "[]", "'associations[0].values' must provide at least one value."},
        {"'10001'", "'app'", "which is not an issue key or ID"},
        {"'10001'", "7", "'associations[0].values' must be strings."},
        {"'issueIdOrKeys'", "'issueKeys'", "holds '10001', which is not an issue key."},
        {"'associationType':'issueIdOrKeys',", "", "'associations[0].associationType' is required"},
        {"'totalNumber':3,", "", "'testInfo.totalNumber' is required."},
        {"'numberSkipped':1", "'numberSkipped':'1'", "'testInfo.numberSkipped' must be"},
        {"'id':'abc',", "", "'references[0].commit.id' is required."},
        {"'name':'main',", "", "'references[0].ref.name' is required."},
        {"[{'commit'", "[1,{'commit'", "'references[0]' must be an object."},
    };
    check_all(sb_check_build, build, changes, sizeof changes / sizeof *changes);
    const breakage service = {"'issueIdOrKeys','values':['APP-1','10001']",
                              "'serviceIdOrKeys','values':[{'repositoryId':'r'}]",
                              "associationType' is not valid"};
    check(sb_check_build, build, &service);
}

static void test_deployment(void **state) {
    (void)state;
    static const breakage changes[] = {
        {"'description':''", "'description':''", NULL},
        {"'duration':5,", "", NULL},
        {"'description':'',", "", "'description' is required."},
        {"'duration':5", "'duration':null", "'duration' must be an integer."},
        {"'duration':5", "'duration':'5'", "'duration' must be an integer."},
        {"'rolled_back'", "'done'", "'state' is not valid."},
        {"'id':'p',", "", "'pipeline.id' is required."},
        {"'url':'https://h/p'", "'url':'h'", "'pipeline.url' is not a valid URL."},
        {"'type':'production'", "'type':'prod'", "'environment.type' is not valid."},
        {"'id':'e'", "'id':''", "'environment.id' must not be empty."},
        {"'initiate_deployment_gating'", "'go'", "'commands[0].command' is not valid."},
        {"'b:1'", "''", "'associations[1].values' must be strings that are not empty."},
        {"'commitHash':'abc',", "", "'associations[2].values.commitHash' is required."},
        {"'commit','values':[{'commitHash':'abc','repositoryId':'r'}]}",
         "'repository','values':[{'repositoryId':'r'}]}", NULL},
        {"'associations':[", "'associations':[{'associationType':'issueKeys','values':['A-1']},",
         "'associations' must not have more than 3 values"},
    };
    check_all(sb_check_deployment, deployment, changes, sizeof changes / sizeof *changes);
}

static void test_flag(void **state) {
    (void)state;
    static const breakage changes[] = {
        {"'id':'f'", "'id':'f'", NULL},
        {"'key':'k',", "", "'key' is required."},
        {"'enabled':true", "'enabled':1", "'summary.status.enabled' must be true or false."},
        {"12.5", "100.5", "'summary.status.rollout.percentage' must be a number from 0 to 100."},
        {"'rules':2", "'rules':-1", "'details[0].status.rollout.rules' must not be below zero."},
        {"'type':'staging'", "'type':'unmapped'", "'details[0].environment.type' is not valid."},
        {"'name':'n',", "", "'details[0].environment.name' is required."},
    };
    check_all(sb_check_flag, flag, changes, sizeof changes / sizeof *changes);
}

/* A JSON list of COUNT times the value. */
static char *list_of(const char *value, size_t count) {
    js_buf list = JS_BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        js_buf_addf(&list, "%s%s", i == 0 ? "" : ",", value);
    }
    return js_buf_take(&list);
}

static void test_limits(void **state) {
    (void)state;
    char *long_text = list_of("x", 128); /* x,x,... has 255 characters */
    char to[2048];
    assert_non_null(long_text);
    assert_int_equal(strlen(long_text), 255);
    breakage change = {"'displayName':'d'", to, NULL};
    (void)snprintf(to, sizeof to, "'displayName':'%s'", long_text);
    check(sb_check_build, build, &change);
    change.error = "must not be longer than 255 characters, and has 256";
    (void)snprintf(to, sizeof to, "'displayName':'%sx'", long_text);
    check(sb_check_build, build, &change);
    /* A character beyond the first plane counts twice. */
    change.error = "and has 257";
    (void)snprintf(to, sizeof to, "'displayName':'%s\xf0\x9f\x98\x80'", long_text);
    check(sb_check_build, build, &change);
    free(long_text);

    char *values = list_of("'A-1'", 498);
    js_buf many = JS_BUF_INIT;
    js_buf_addf(&many, "'values':[%s,'APP-1'", values);
    breakage sum = {"'values':['APP-1'", many.data, NULL};
    check(sb_check_build, build, &sum);
    js_buf_add_text(&many, ",'A-2'");
    sum.to = many.data;
    sum.error = "'associations[0].values' must not have more than 500 values, and has 501.";
    check(sb_check_build, build, &sum);
    sum.error = "'associations' must not have more than 500 values in all, and has 502.";
    check(sb_check_deployment, deployment, &sum);
    js_buf_clear(&many);
    free(values);
}

static void test_warnings(void **state) {
    (void)state;
    static const char text[] = "{\"id\":\"a\",\"extra\":1,\"issueKeys\":[\"APP-1\"]}";
    json_object *item = js_json_parse(text, sizeof text - 1, JS_JSON_STRICT, NULL);
    sb_findings findings = {0};
    sb_associations associations = {0};
    assert_non_null(item);
    sb_check_build(item, &findings, &associations);
    assert_int_equal(findings.warnings.count, 3);
    assert_string_equal(findings.warnings.items[0],
                        "'issueKeys' is deprecated; send 'associations'.");
    assert_string_equal(findings.warnings.items[2],
                        "'extra' is not in the schema; Jira ignores it.");
    assert_int_equal(associations.issues.count, 1);
    assert_string_equal(associations.issues.items[0], "APP-1");
    sb_findings_free(&findings);
    sb_associations_free(&associations);
    json_object_put(item);
}

static void test_rollout_in_two_ways_is_a_warning(void **state) {
    (void)state;
    static const char text[] =
        "{\"summary\":{\"status\":{\"enabled\":true,\"rollout\":{\"percentage\":1,\"rules\":2}}}}";
    json_object *item = js_json_parse(text, sizeof text - 1, JS_JSON_STRICT, NULL);
    sb_findings findings = {0};
    sb_associations associations = {0};
    assert_non_null(item);
    sb_check_flag(item, &findings, &associations);
    assert_int_equal(findings.warnings.count, 1);
    assert_non_null(strstr(findings.warnings.items[0], "only one of percentage, text, rules"));
    sb_findings_free(&findings);
    sb_associations_free(&associations);
    json_object_put(item);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_build),    cmocka_unit_test(test_deployment),
        cmocka_unit_test(test_flag),     cmocka_unit_test(test_limits),
        cmocka_unit_test(test_warnings), cmocka_unit_test(test_rollout_in_two_ways_is_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
