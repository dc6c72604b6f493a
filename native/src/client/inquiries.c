/* Inquiries at Jira, and the one for a deployment's gate. */
#include "client/client_internal.h"

#include "base/error.h"
#include "event/json.h"

#include <string.h>

/* Hands it to the delivery thread and waits. The inquiry is off its list on return. */
jirasend_code js_client_inquire(jirasend_client *client, js_inquiry *inquiry, int64_t timeout_ms,
                                jirasend_error *error) {
    js_wait wait;
    js_wait_begin(client, &wait, timeout_ms);
    js_delivery_add_inquiry(client->delivery, inquiry);
    client->net->ops->wake(client->net);
    jirasend_code code = JIRASEND_OK;
    while (!inquiry->done && code == JIRASEND_OK) {
        code = js_wait_more(client, &wait, error);
    }
    js_delivery_remove_inquiry(client->delivery, inquiry);
    js_wait_end(client);
    if (inquiry->done) {
        js_error_clear(error);
        return JIRASEND_OK;
    }
    if (code == JIRASEND_E_TIMEOUT) {
        const char *relay = client->config->relay;
        return js_fail(error, code, "%s did not answer in time.",
                       relay != NULL ? relay : inquiry->site);
    }
    return code;
}

jirasend_code js_client_fail_as_found(const js_finding *finding, jirasend_error *error) {
    if (error != NULL) {
        error->http_status = finding->http_status;
        error->retry_after_ms = finding->retry_after_ms;
    }
    return js_fail(error, finding->code, "%s", finding->message);
}

/* ---- gate ---- */

static const char *gate_sentence(js_gate gate) {
    switch (gate) {
    case JS_GATE_ALLOWED:
        return "Jira allows this deployment.";
    case JS_GATE_PREVENTED:
        return "Jira prevents this deployment.";
    case JS_GATE_AWAITING:
        return "Jira still waits for an approval.";
    case JS_GATE_EXPIRED:
        return "The gate has expired.";
    case JS_GATE_UNKNOWN:
        return "Jira knows no gate of this deployment: was it sent with its gate, and accepted?";
    case JS_GATE_INVALID:
    default:
        return "The gate is invalid.";
    }
}

static jirasend_code hand_out_gate(js_inquiry *inquiry, char **answer, jirasend_error *error) {
    const js_gate_answer *gate = &inquiry->gate_answer;
    const char *words = inquiry->answer.message;
    json_object *object = json_object_new_object();
    bool good =
        js_json_put_text(object, "status", js_gate_name(gate->gate)) &&
        js_json_put_texts(object, "issueKeys", &gate->issue_keys) &&
        js_json_put_texts(object, "issueLinks", &gate->issue_links) &&
        js_json_put_text(object, "updatedAt",
                         gate->updated_at[0] != '\0' ? gate->updated_at : NULL) &&
        js_json_put_text(object, "message", words[0] != '\0' ? words : gate_sentence(gate->gate));
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, object, good);
    return js_hand_out(&out, answer, error);
}

/* A relay hands it out as we do. */
static jirasend_code hand_out_json(js_inquiry *inquiry, char **answer, jirasend_error *error) {
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, inquiry->json, true);
    inquiry->json = NULL;
    return js_hand_out(&out, answer, error);
}

static jirasend_code check_query(const jirasend_gate_query *query, jirasend_error *error) {
    if (query == NULL || query->size < sizeof *query || query->pipeline_id == NULL ||
        query->environment_id == NULL || query->pipeline_id[0] == '\0' ||
        query->environment_id[0] == '\0' || query->number < 0) {
        return js_fail(
            error, JIRASEND_E_ARGUMENT,
            "To ask for a gate, give a pipeline, an environment and a number (0 or more).");
    }
    return JIRASEND_OK;
}

jirasend_code js_client_knows(jirasend_client *client, const char *site, jirasend_error *error) {
    uint64_t fingerprint = 0;
    (void)pthread_mutex_lock(&client->lock);
    bool knows = js_access_knows(client->access, site, &fingerprint);
    (void)pthread_mutex_unlock(&client->lock);
    if (!knows) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "There are no credentials for %s.", site);
    }
    return JIRASEND_OK;
}

static jirasend_code ask_gate(jirasend_client *client, const jirasend_gate_query *query,
                              int64_t timeout_ms, char **answer, jirasend_error *error) {
    js_site site;
    jirasend_code code = check_query(query, error);
    if (code == JIRASEND_OK) {
        code = js_client_site(client, query->site, &site, error);
    }
    if (code == JIRASEND_OK) {
        code = js_client_knows(client, site.name, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    bool relay = client->config->relay != NULL;
    js_inquiry inquiry = {.subject = relay ? JS_INQUIRY_RELAY_GATE : JS_INQUIRY_GATE,
                          .nameless =
                              relay && strcmp(site.name, client->config->relay_site.name) == 0,
                          .site = site.name,
                          .pipeline_id = query->pipeline_id,
                          .environment_id = query->environment_id,
                          .number = query->number};
    code = js_client_inquire(client, &inquiry, timeout_ms, error);
    if (code == JIRASEND_OK) {
        code = inquiry.answer.readiness == JS_ACCESS_READY
                   ? (relay ? hand_out_json : hand_out_gate)(&inquiry, answer, error)
                   : js_client_fail_as_found(&inquiry.answer, error);
    }
    json_object_put(inquiry.json);
    js_gate_answer_clear(&inquiry.gate_answer);
    return code;
}

jirasend_code jirasend_client_gate(jirasend_client *client, const jirasend_gate_query *query,
                                   int64_t timeout_ms, char **answer, jirasend_error *error) {
    if (answer == NULL) {
        return js_fail_nowhere(error);
    }
    *answer = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK
               ? js_leave(client, ask_gate(client, query, timeout_ms, answer, error))
               : code;
}
