/* The questions and orders behind NativeCore.ask() and NativeCore.act(). */
#include "questions.h"

#include "base/error.h"
#include "event/limits.h"

#include <string.h>

/* What a question or an action may say beside its word; each kind asks for what it needs. */
static const jn_member question_members[] = {
    {"what", json_type_string, true},
    {"id", json_type_int, false},
    {"site", json_type_string, false},
    {"pipelineId", json_type_string, false},
    {"environmentId", json_type_string, false},
    {"number", json_type_int, false},
    {"after", json_type_int, false},
    {"limit", json_type_int, false},
    {"text", json_type_string, false},
    {"key", json_type_string, false},
    {"environment", json_type_string, false},
    {"kinds", json_type_string, false},
    {"statuses", json_type_string, false},
    {"state", json_type_string, false},
    {"since", json_type_int, false},
    {"until", json_type_int, false},
    {"cursor", json_type_string, false},
    {"first", json_type_string, false},
    {"second", json_type_string, false},
};
static const jn_member action_members[] = {
    {"do", json_type_string, true},
    {"id", json_type_int, false},
    {"site", json_type_string, false},
    {"state", json_type_string, false},
};

enum { LIST_LIMIT = 100, MEMBERS_MAX = 12 };

typedef struct asked {
    const jn_client *client;
    json_object *question;
    int64_t timeout_ms;
} asked;

static jirasend_code ask_receipt(const asked *in, char **answer, jirasend_error *error) {
    return jirasend_client_receipt(in->client->core, jn_number(in->question, "id", 0), answer,
                                   error);
}

static jirasend_code ask_gate(const asked *in, char **answer, jirasend_error *error) {
    jirasend_gate_query query = JIRASEND_GATE_QUERY_INIT;
    query.site = jn_text(in->question, "site");
    query.pipeline_id = jn_text(in->question, "pipelineId");
    query.environment_id = jn_text(in->question, "environmentId");
    query.number = jn_number(in->question, "number", 0);
    return jirasend_client_gate(in->client->core, &query, in->timeout_ms, answer, error);
}

/* The report is the answer, also when it says that something does not work. */
static jirasend_code ask_check(const asked *in, char **answer, jirasend_error *error) {
    jirasend_code code = jirasend_client_check(in->client->core, jn_text(in->question, "site"),
                                               in->timeout_ms, answer, error);
    return *answer != NULL ? JIRASEND_OK : code;
}

static jirasend_code ask_list(const asked *in, char **answer, jirasend_error *error) {
    int64_t limit = jn_number(in->question, "limit", LIST_LIMIT);
    return jirasend_outbox_list(in->client->core, jn_number(in->question, "after", 0),
                                limit > INT32_MAX ? INT32_MAX : (int)limit, answer, error);
}

static jirasend_code ask_status(const asked *in, char **answer, jirasend_error *error) {
    return jirasend_outbox_status(in->client->core, answer, error);
}

static jirasend_code ask_keys(const asked *in, char **answer, jirasend_error *error) {
    const char *text = jn_text(in->question, "text");
    return jirasend_keys_scan(in->client->config, text, strlen(text), answer, error);
}

/* ---- the history ---- */

static jirasend_code ask_history(const asked *in, char **answer, jirasend_error *error) {
    int64_t limit = jn_number(in->question, "limit", LIST_LIMIT);
    jirasend_history_filter filter = JIRASEND_HISTORY_FILTER_INIT;
    filter.key = jn_text(in->question, "key");
    filter.kinds = jn_text(in->question, "kinds");
    filter.pipeline = jn_text(in->question, "pipelineId");
    filter.environment = jn_text(in->question, "environment");
    filter.statuses = jn_text(in->question, "statuses");
    filter.since_ms = jn_number(in->question, "since", 0);
    filter.until_ms = jn_number(in->question, "until", 0);
    filter.number = jn_number(in->question, "number", 0);
    filter.state = jn_text(in->question, "state");
    return jirasend_client_history(in->client->core, &filter, jn_text(in->question, "cursor"),
                                   limit > INT32_MAX ? INT32_MAX : (int)limit, answer, error);
}

static jirasend_code ask_explain(const asked *in, char **answer, jirasend_error *error) {
    return jirasend_client_explain(in->client->core, jn_text(in->question, "key"), answer, error);
}

static jirasend_code ask_diff(const asked *in, char **answer, jirasend_error *error) {
    return jirasend_client_diff(in->client->core, jn_text(in->question, "first"),
                                jn_text(in->question, "second"), answer, error);
}

static jirasend_code ask_metrics(const asked *in, char **answer, jirasend_error *error) {
    return jirasend_client_metrics(in->client->core, answer, error);
}

/* The core hands out documents that jirasend_free() takes: made as they are. */
static jirasend_code ask_kept(const asked *in, char **answer, jirasend_error *error) {
    int kept = 0;
    jirasend_code code =
        jirasend_client_kept(in->client->core, jn_number(in->question, "id", 0), &kept, error);
    if (code == JIRASEND_OK) {
        *answer = strdup(kept != 0 ? "{\"kept\":true}" : "{\"kept\":false}");
        code = *answer != NULL ? JIRASEND_OK : js_fail_memory(error);
    }
    return code;
}

typedef struct kind {
    const char *word;
    jirasend_code (*answer)(const asked *in, char **answer, jirasend_error *error);
    const char *needed[MEMBERS_MAX];
    const char *optional[MEMBERS_MAX];
} kind;

static const kind questions[] = {
    {"receipt", ask_receipt, {"id"}, {0}},
    {"gate", ask_gate, {"site", "pipelineId", "environmentId", "number"}, {0}},
    {"check", ask_check, {"site"}, {0}},
    {"list", ask_list, {0}, {"after", "limit"}},
    {"status", ask_status, {0}, {0}},
    {"keys", ask_keys, {"text"}, {0}},
    {"history",
     ask_history,
     {0},
     {"key", "kinds", "pipelineId", "environment", "statuses", "since", "until", "number", "state",
      "cursor", "limit"}},
    {"explain", ask_explain, {"key"}, {0}},
    {"diff", ask_diff, {"first", "second"}, {0}},
    {"metrics", ask_metrics, {0}, {0}},
    {"kept", ask_kept, {"id"}, {0}},
};

static jirasend_code do_retry(const asked *in, char **answer, jirasend_error *error) {
    (void)answer;
    const char *site = jn_text(in->question, "site");
    int64_t id = jn_number(in->question, "id", 0);
    if (site == NULL) {
        return jirasend_outbox_retry(in->client->core, id, error);
    }
    if (id != 0) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "Retry takes an id or a site, not both.");
    }
    return jirasend_outbox_retry_site(in->client->core, site, error);
}

static jirasend_code do_drop(const asked *in, char **answer, jirasend_error *error) {
    (void)answer;
    return jirasend_outbox_drop(in->client->core, jn_number(in->question, "id", 0), error);
}

static jirasend_code do_resend(const asked *in, char **answer, jirasend_error *error) {
    (void)answer;
    int64_t again = 0;
    return jirasend_client_tell_again(in->client->core, jn_number(in->question, "id", 0),
                                      jn_text(in->question, "state"), &again, error);
}

static jirasend_code do_cancel_waits(const asked *in, char **answer, jirasend_error *error) {
    (void)answer;
    js_error_clear(error);
    jirasend_client_cancel_waits(in->client->core);
    return JIRASEND_OK;
}

static const kind actions[] = {
    {"retry", do_retry, {0}, {"id", "site"}},
    {"drop", do_drop, {"id"}, {0}},
    {"resend", do_resend, {"id"}, {"state"}},
    {"cancelWaits", do_cancel_waits, {0}, {0}},
};

static bool among(const char *const names[MEMBERS_MAX], const char *name) {
    for (size_t i = 0; i < MEMBERS_MAX && names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* A member that this kind has no use for would vanish without a word. */
static jirasend_code check_members(const kind *found, json_object *object, const char *verb,
                                   jirasend_error *error) {
    json_object_object_foreach(object, name, value) {
        (void)value;
        if (strcmp(name, verb) != 0 && !among(found->needed, name) &&
            !among(found->optional, name)) {
            return js_fail(error, JIRASEND_E_ARGUMENT, "\"%s\" takes no \"%s\".", found->word,
                           name);
        }
    }
    for (size_t i = 0; i < MEMBERS_MAX && found->needed[i] != NULL; i++) {
        if (!jn_has(object, found->needed[i])) {
            return js_fail(error, JIRASEND_E_ARGUMENT, "\"%s\" needs \"%s\".", found->word,
                           found->needed[i]);
        }
    }
    return JIRASEND_OK;
}

static jirasend_code run(const asked *in, const char *verb, const kind *kinds, size_t count,
                         char **answer, jirasend_error *error) {
    const char *word = jn_text(in->question, verb);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(kinds[i].word, word) == 0) {
            jirasend_code code = check_members(&kinds[i], in->question, verb, error);
            return code == JIRASEND_OK ? kinds[i].answer(in, answer, error) : code;
        }
    }
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, word, strlen(word));
    return js_fail(error, JIRASEND_E_ARGUMENT, "\"%s\" cannot be \"%s\".", verb, shown);
}

jirasend_code jn_ask(const jn_client *client, const jn_bytes *question, int64_t timeout_ms,
                     char **answer, jirasend_error *error) {
    *answer = NULL;
    asked in = {client, NULL, timeout_ms};
    in.question = jn_object_read(question, "question", question_members,
                                 sizeof question_members / sizeof *question_members, error);
    if (in.question == NULL) {
        return error->code;
    }
    jirasend_code code =
        run(&in, "what", questions, sizeof questions / sizeof *questions, answer, error);
    json_object_put(in.question);
    return code;
}

jirasend_code jn_act(const jn_client *client, const jn_bytes *action, jirasend_error *error) {
    char *answer = NULL;
    asked in = {client, NULL, 0};
    in.question = jn_object_read(action, "action", action_members,
                                 sizeof action_members / sizeof *action_members, error);
    if (in.question == NULL) {
        return error->code;
    }
    jirasend_code code = run(&in, "do", actions, sizeof actions / sizeof *actions, &answer, error);
    json_object_put(in.question);
    return code;
}
