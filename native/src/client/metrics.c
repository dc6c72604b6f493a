/* Metrics as an OpenMetrics text: counters of the outbox, and what its state and its history say. */
#include "client/metrics.h"

#include "base/error.h"
#include "base/text.h"
#include "client/dora.h"
#include "event/kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct writing {
    js_buf *out;
    const js_metric *metrics;
    size_t count;
    int64_t now_ms;
} writing;

void js_metrics_head(js_buf *out, const char *name, const char *type, const char *help) {
    js_buf_addf(out, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

void js_metrics_value(js_buf *out, const char *text) {
    js_buf_add(out, "\"", 1);
    for (; *text != '\0'; text++) {
        const char *escaped = *text == '\n'   ? "\\n"
                              : *text == '"'  ? "\\\""
                              : *text == '\\' ? "\\\\"
                                              : NULL;
        js_buf_add(out, escaped != NULL ? escaped : text, escaped != NULL ? 2 : 1);
    }
    js_buf_add(out, "\"", 1);
}

static bool is(const js_metric *metric, const char *name) {
    return strcmp(metric->name, name) == 0;
}

const char *js_metrics_part(const char *label, int n) {
    for (; n > 0 && label != NULL; n--) {
        label = strchr(label, '\n');
        label = label == NULL ? NULL : label + 1;
    }
    return label == NULL ? "" : label;
}

int js_metrics_number(const char *text) {
    char *end = NULL;
    long number = strtol(text, &end, 10);
    return end == text || number < 0 || number > INT32_MAX ? -1 : (int)number;
}

static void write_events(const writing *in) {
    js_metrics_head(in->out, "jirasend_events", "counter", "Events that were settled.");
    for (size_t i = 0; i < in->count; i++) {
        const js_metric *metric = &in->metrics[i];
        int kind = js_metrics_number(metric->label);
        int status = js_metrics_number(js_metrics_part(metric->label, 1));
        if (!is(metric, "events") || kind < JS_KIND_FIRST || kind > JS_KIND_LAST ||
            status < JS_STATUS_QUEUED || status > JS_STATUS_REJECTED) {
            continue;
        }
        js_buf_addf(in->out,
                    "jirasend_events_total{kind=\"%s\",site=", js_kind_name((js_kind)kind));
        js_metrics_value(in->out, js_metrics_part(metric->label, 2));
        js_buf_addf(in->out, ",status=\"%s\"} %" PRId64 "\n", js_status_name((js_status)status),
                    metric->value);
    }
}

static void write_requests(const writing *in) {
    js_metrics_head(in->out, "jirasend_requests", "counter",
                    "Requests to Jira with events, by HTTP status; 0 is no answer.");
    for (size_t i = 0; i < in->count; i++) {
        const js_metric *metric = &in->metrics[i];
        int api = js_metrics_number(metric->label);
        if (is(metric, "requests") && api >= JS_API_FIRST && api <= JS_API_LAST) {
            js_buf_addf(in->out, "jirasend_requests_total{api=\"%s\",status=\"%d\"} %" PRId64 "\n",
                        js_api_of((js_api)api)->name,
                        js_metrics_number(js_metrics_part(metric->label, 1)), metric->value);
        }
    }
}

/* A gauge by site; `seconds_from` turns a time into the seconds since then (1) or until then (-1). */
static void write_gauge(const writing *in, const char *stored, const char *name, const char *help,
                        int seconds_from) {
    js_metrics_head(in->out, name, "gauge", help);
    for (size_t i = 0; i < in->count; i++) {
        const js_metric *metric = &in->metrics[i];
        if (!is(metric, stored) || strcmp(metric->label, js_pause_lane.site) == 0) {
            continue;
        }
        js_buf_addf(in->out, "%s{site=", name);
        js_metrics_value(in->out, metric->label);
        int64_t ms = seconds_from * (in->now_ms - metric->value);
        if (seconds_from == 0) {
            js_buf_addf(in->out, "} %" PRId64 "\n", metric->value);
        } else {
            js_buf_addf(in->out, "} %.3f\n", ms > 0 ? (double)ms / 1000.0 : 0.0);
        }
    }
}

static int64_t value_of(const writing *in, const char *name, const char *label) {
    for (size_t i = 0; i < in->count; i++) {
        if (is(&in->metrics[i], name) && strcmp(in->metrics[i].label, label) == 0) {
            return in->metrics[i].value;
        }
    }
    return 0;
}

static void write_delivery(const writing *in) {
    const int bounds = JS_DELIVERY_BOUNDS;
    int64_t sum = 0;
    js_metrics_head(in->out, "jirasend_delivery_seconds", "histogram",
                    "From the submission of an event until Jira accepted it.");
    for (int i = 0; i <= bounds; i++) {
        char label[16];
        (void)snprintf(label, sizeof label, "%d", i);
        sum += value_of(in, "delivery", label);
        if (i < bounds) {
            js_buf_addf(in->out, "jirasend_delivery_seconds_bucket{le=\"%d.0\"} %" PRId64 "\n",
                        (int)js_delivery_bounds_s[i], sum);
        }
    }
    js_buf_addf(in->out,
                "jirasend_delivery_seconds_bucket{le=\"+Inf\"} %" PRId64 "\n"
                "jirasend_delivery_seconds_count %" PRId64 "\n"
                "jirasend_delivery_seconds_sum %.3f\n",
                sum, sum, (double)value_of(in, "delivery_ms", "") / 1000.0);
}

/* ---- what front ends count ---- */

static void write_counted(const writing *in) {
    for (size_t i = 0; i < in->count; i++) {
        const js_metric *metric = &in->metrics[i];
        if (is(metric, JS_METRIC_COUNTED)) {
            js_buf_addf(in->out, "# TYPE jirasend_%s counter\njirasend_%s_total %" PRId64 "\n",
                        metric->label, metric->label, metric->value);
        }
    }
}

/* ---- all ---- */

static void write_measure(js_buf *out, const char *name, const char *help, double value) {
    js_metrics_head(out, name, "gauge", help);
    if (value >= 0) {
        js_buf_addf(out, "%s %.4f\n", name, value);
    }
}

static jirasend_code write_flow(jirasend_client *client, const writing *in, jirasend_error *error) {
    js_dora flow;
    jirasend_code code = js_dora_measure(client, in->now_ms, &flow, error);
    if (code == JIRASEND_OK) {
        write_measure(
            in->out, "jirasend_change_failure_ratio",
            "Share of the production deployments of 30 days that failed or were rolled back.",
            flow.failure_ratio);
        write_measure(in->out, "jirasend_lead_time_seconds",
                      "Median from the news of a commit to its production deployment, 30 days.",
                      flow.lead_time_s);
        write_measure(in->out, "jirasend_restore_time_seconds",
                      "Median from a failed production deployment to the next good one, 30 days.",
                      flow.restore_time_s);
    }
    return code;
}

/* Of this process: one that does not send has none. Without a site: of all that have none of their own. */
static void write_tokens(jirasend_client *client, js_buf *out) {
    const char *site = "";
    int64_t age_ms = 0;
    js_metrics_head(out, "jirasend_token_age_seconds", "gauge",
                    "Age of the access token of a process that sends.");
    (void)pthread_mutex_lock(&client->lock);
    for (size_t n = 0; js_access_token_age(client->access, n, &site, &age_ms); n++) {
        js_buf_add_text(out, "jirasend_token_age_seconds{site=");
        js_metrics_value(out, site);
        js_buf_addf(out, "} %.3f\n", (double)age_ms / 1000.0);
    }
    (void)pthread_mutex_unlock(&client->lock);
}

jirasend_code js_metrics_write(jirasend_client *client, js_buf *out, jirasend_error *error) {
    js_metric *metrics = NULL;
    size_t count = 0;
    jirasend_code code = client->outbox->ops->metrics(client->outbox, &metrics, &count, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    writing in = {out, metrics, count, js_wall_ms(&client->world)};
    write_events(&in);
    write_requests(&in);
    write_gauge(&in, "waiting", "jirasend_waiting", "Events that wait.", 0);
    write_gauge(&in, "oldest", "jirasend_oldest_waiting_seconds", "How long the oldest has waited.",
                1);
    write_gauge(&in, "held", "jirasend_held", "Events held until a person fixes the cause.", 0);
    write_gauge(&in, "dead", "jirasend_dead_letters", "Rejected events that can be tried again.",
                0);
    write_delivery(&in);
    write_gauge(&in, "retry_after", "jirasend_retry_after_seconds",
                "How long Jira has asked to wait.", -1);
    write_tokens(client, out);
    code = js_metrics_deployments(client, out, metrics, count, error);
    if (code == JIRASEND_OK) {
        code = write_flow(client, &in, error);
    }
    write_counted(&in);
    js_buf_add_text(out, "# EOF\n");
    js_metrics_free(metrics, count);
    return code;
}
