#include "event/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef const char *(*word_fn)(const char *text);

/* The words of a list all mean the same. */
static void check(word_fn word_of, const char *ours, const char *list) {
    char words[256];
    assert_true(strlen(list) < sizeof words);
    strcpy(words, list);
    char *rest = words;
    for (char *word = strtok_r(words, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest)) {
        const char *found = word_of(word);
        if (found == NULL || strcmp(found, ours) != 0) {
            fail_msg("\"%s\" is %s", word, found != NULL ? found : "unknown");
        }
    }
}

static void check_unknown(word_fn word_of, const char *word) {
    if (word_of(word) != NULL) {
        fail_msg("\"%s\" is %s", word, word_of(word));
    }
}

static void knows_states(void **state) {
    (void)state;
    check(js_state_word, "successful", "successful,success,succeeded,passed,Success,PASSED");
    check(js_state_word, "failed",
          "failed,failure,failing,error,errored,broken,unstable,timed_out,timed-out,Timed Out");
    check(js_state_word, "cancelled",
          "cancelled,canceled,aborted,killed,skipped,not_built,NOT_BUILT,not-built,stopped");
    check(js_state_word, "in_progress",
          "in_progress,in progress,In-Progress,IN_PROGRESS,running,started,inprogress,building");
    check(js_state_word, "pending", "pending,queued,waiting,scheduled,created");
    check(js_state_word, "rolled_back", "rolled_back,rolled-back,Rolled Back,rollback,rolledback");
    check(js_state_word, "unknown", "unknown,UNKNOWN");
    static const char *const unknown[] = {"",         "done",         " failed", "failed ",
                                          "fail\ned", "in__progress", "succes",  "open"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        check_unknown(js_state_word, unknown[i]);
    }
    char longer[1024];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    check_unknown(js_state_word, longer);
}

static void knows_types_by_the_words_of_names(void **state) {
    (void)state;
    check(js_environment_type_word, "production", "production,Production,prod,PROD,live,prd");
    check(js_environment_type_word, "staging",
          "staging,stage,stg,preprod,pre-prod,Pre Prod,pre_production,preproduction,uat,pre-live");
    check(js_environment_type_word, "testing",
          "testing,test,qa,QA,int,ci,nonprod,non-prod,non production,e2e,E2E,integration,sit,tst,"
          "acceptance,acc,perf");
    check(js_environment_type_word, "development", "development,dev,devel,develop,local,sandbox");
    check(js_environment_type_word, "unmapped", "unmapped,Unmapped");
    static const char *const unknown[] = {"",     "banana",   "prod-eu", "pre",  "non",
                                          "pre-", "pre-test", "prod ",   "other"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        check_unknown(js_environment_type_word, unknown[i]);
    }
}

static void knows_pull_requests(void **state) {
    (void)state;
    check(js_pull_request_state_word, "open", "open,OPEN,opened,active,draft");
    check(js_pull_request_state_word, "merged", "merged,completed,Merged");
    check(js_pull_request_state_word, "declined", "declined,closed,abandoned,superseded");
    check(js_pull_request_state_word, "unknown", "unknown");
    check_unknown(js_pull_request_state_word, "");
    check_unknown(js_pull_request_state_word, "successful");
}

/* What a sentence lists as known is known. */
static void lists_are_true(void **state) {
    (void)state;
    static const struct {
        word_fn word_of;
        const char *list;
    } lists[] = {{js_state_word, js_state_words},
                 {js_state_word, js_build_state_words},
                 {js_environment_type_word, js_environment_type_words},
                 {js_pull_request_state_word, js_pull_request_state_words}};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        char words[256];
        strcpy(words, lists[i].list);
        char *rest = words;
        for (char *word = strtok_r(words, ", ", &rest); word != NULL;
             word = strtok_r(NULL, ", ", &rest)) {
            assert_string_equal(lists[i].word_of(word), word);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_states),
        cmocka_unit_test(knows_types_by_the_words_of_names),
        cmocka_unit_test(knows_pull_requests),
        cmocka_unit_test(lists_are_true),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
