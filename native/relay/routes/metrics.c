/* GET /metrics: OpenMetrics, for those whose entry says so. */
#include "event/json.h"
#include "relay/routes/route.h"

#include <string.h>

enum { BUSY_SECONDS = 5 };

void rl_metrics_admit(rl_exchange *exchange) {
    if (!exchange->caller->metrics && !exchange->caller->admin) {
        rl_answer_problem(&exchange->answer, 403, "The rule '%s' does not allow metrics.",
                          exchange->caller->name);
    }
}

/* A label's value, as OpenMetrics escapes it. */
static void put_label(js_buf *out, const char *value) {
    for (; *value != '\0'; value++) {
        if (*value == '\\' || *value == '"') {
            js_buf_add_text(out, "\\");
        }
        js_buf_add(out, *value == '\n' ? "\\n" : value, *value == '\n' ? 2 : 1);
    }
}

static void put_gauge(js_buf *out, const char *name, const char *help) {
    js_buf_addf(out, "# TYPE %s gauge\n# HELP %s %s\n", name, name, help);
}

static int64_t waiting_at(json_object *lanes, const char *site) {
    int64_t sum = 0;
    for (size_t i = 0; lanes != NULL && i < json_object_array_length(lanes); i++) {
        json_object *lane = json_object_array_get_idx(lanes, i);
        sum += strcmp(js_json_text_of(lane, "site"), site) == 0 ? js_json_number_of(lane, "waiting")
                                                                : 0;
    }
    return sum;
}

static bool held_at(json_object *lanes, const char *site) {
    json_object *held = NULL;
    for (size_t i = 0; lanes != NULL && i < json_object_array_length(lanes); i++) {
        json_object *lane = json_object_array_get_idx(lanes, i);
        if (strcmp(js_json_text_of(lane, "site"), site) == 0 &&
            json_object_object_get_ex(lane, "held", &held) && json_object_get_boolean(held)) {
            return true;
        }
    }
    return false;
}

static void put_sites(js_buf *out, const rl_config *config, json_object *status) {
    json_object *lanes = NULL;
    (void)json_object_object_get_ex(status, "lanes", &lanes);
    put_gauge(out, "jirasend_waiting", "Events that wait to be sent.");
    for (size_t i = 0; i < config->site_count; i++) {
        js_buf_add_text(out, "jirasend_waiting{site=\"");
        put_label(out, config->sites[i].site.name);
        js_buf_addf(out, "\"} %lld\n", (long long)waiting_at(lanes, config->sites[i].site.name));
    }
    put_gauge(out, "jirasend_held", "1 while what goes to the site is held.");
    for (size_t i = 0; i < config->site_count; i++) {
        js_buf_add_text(out, "jirasend_held{site=\"");
        put_label(out, config->sites[i].site.name);
        js_buf_addf(out, "\"} %d\n", held_at(lanes, config->sites[i].site.name) ? 1 : 0);
    }
    put_gauge(out, "jirasend_dead_letters", "Events that Jira rejected, of all sites.");
    js_buf_addf(out, "jirasend_dead_letters %lld\n", (long long)js_json_number_of(status, "dead"));
}

void rl_metrics_run(rl_exchange *exchange) {
    char *text = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = rl_core_status(exchange->relay->core, &text, &error);
    if (code != JIRASEND_OK) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s", error.message);
        rl_exchange_done(exchange);
        return;
    }
    json_object *status = json_tokener_parse(text);
    js_buf *out = &exchange->answer.body;
    jirasend_free(text);
    rl_answer_begin(&exchange->answer, 200,
                    "application/openmetrics-text; version=1.0.0; charset=utf-8");
    put_sites(out, exchange->config, status);
    js_buf_add_text(
        out, "# TYPE jirasend_relay_hooks_without_news counter\n"
             "# HELP jirasend_relay_hooks_without_news Webhooks of which nothing was told, of "
             "this process.\n");
    js_buf_addf(out, "jirasend_relay_hooks_without_news_total %lld\n# EOF\n",
                (long long)atomic_load(&exchange->relay->hooks_without_news));
    (void)json_object_put(status);
    rl_exchange_done(exchange);
}
