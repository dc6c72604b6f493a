/* Metrics as an OpenMetrics text: counters of the outbox, and what its state and its history say. */
#include "client/client_internal.h"

#include "base/error.h"
#include "base/text.h"
#include "client/flow.h"
#include "event/kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENVIRONMENTS_MAX = 50, STATES = JS_STATE_UNKNOWN + 1 };

typedef struct writing {
    js_buf *out;
    const js_metric *metrics;
    size_t count;
    int64_t now_ms;
} writing;

static void write_head(js_buf *out, const char *name, const char *type, const char *help) {
    js_buf_addf(out, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

/* A label's value, in which a stranger's text may stand. */
static void write_value(js_buf *out, const char *text) {
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

/* The part of a label behind its nth line break. */
static const char *part_of(const char *label, int n) {
    for (; n > 0 && label != NULL; n--) {
        label = strchr(label, '\n');
        label = label == NULL ? NULL : label + 1;
    }
    return label == NULL ? "" : label;
}

/* -1: it is none. */
static int number_of(const char *text) {
    char *end = NULL;
    long number = strtol(text, &end, 10);
    return end == text || number < 0 || number > INT32_MAX ? -1 : (int)number;
}

static void write_events(const writing *in) {
    write_head(in->out, "jirasend_events", "counter", "Events that were settled.");
    for (size_t i = 0; i < in->count; i++) {
        const js_metric *metric = &in->metrics[i];
        int kind = number_of(metric->label);
        int status = number_of(part_of(metric->label, 1));
        if (!is(metric, "events") || kind < JS_KIND_FIRST || kind > JS_KIND_LAST ||
            status < JS_STATUS_QUEUED || status > JS_STATUS_REJECTED) {
            continue;
        }
        js_buf_addf(in->out,
                    "jirasend_events_total{kind=\"%s\",site=", js_kind_name((js_kind)kind));
        write_value(in->out, part_of(metric->label, 2));
        js_buf_addf(in->out, ",status=\"%s\"} %" PRId64 "\n", js_status_name((js_status)status),
                    metric->value);
    }
}

static void write_requests(const writing *in) {
    write_head(in->out, "jirasend_requests", "counter",
               "Requests to Jira with events, by HTTP status; 0 is no answer.");
    for (size_t i = 0; i < in->count; i++) {
        const js_metric *metric = &in->metrics[i];
        int api = number_of(metric->label);
        if (is(metric, "requests") && api >= JS_API_FIRST && api <= JS_API_LAST) {
            js_buf_addf(in->out, "jirasend_requests_total{api=\"%s\",status=\"%d\"} %" PRId64 "\n",
                        js_api_of((js_api)api)->name, number_of(part_of(metric->label, 1)),
                        metric->value);
        }
    }
}

/* A gauge by site; `seconds_from` turns a time into the seconds since then (1) or until then (-1). */
static void write_gauge(const writing *in, const char *stored, const char *name, const char *help,
                        int seconds_from) {
    write_head(in->out, name, "gauge", help);
    for (size_t i = 0; i < in->count; i++) {
        const js_metric *metric = &in->metrics[i];
        if (!is(metric, stored) || strcmp(metric->label, js_pause_lane.site) == 0) {
            continue;
        }
        js_buf_addf(in->out, "%s{site=", name);
        write_value(in->out, metric->label);
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
    write_head(in->out, "jirasend_delivery_seconds", "histogram",
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

/* ---- deployments: the most used environments have names of their own ---- */

typedef struct usage {
    const char *environment; /* of the metrics */
    int64_t states[STATES], sum;
} usage;

static int more_used(const void *left, const void *right) {
    const usage *a = left;
    const usage *b = right;
    return a->sum > b->sum ? -1 : a->sum < b->sum ? 1 : strcmp(a->environment, b->environment);
}

static size_t find_usage(usage *all, size_t count, const char *environment) {
    size_t at = 0;
    while (at < count && strcmp(all[at].environment, environment) != 0) {
        at++;
    }
    return at;
}

static size_t gather_usage(const writing *in, usage *all) {
    size_t count = 0;
    for (size_t i = 0; i < in->count; i++) {
        const js_metric *metric = &in->metrics[i];
        int state = number_of(metric->label);
        if (!is(metric, "deployments") || state < 0 || state >= STATES) {
            continue;
        }
        size_t at = find_usage(all, count, part_of(metric->label, 1));
        if (at == count) {
            all[count++] = (usage){.environment = part_of(metric->label, 1)};
        }
        all[at].states[state] += metric->value;
        all[at].sum += metric->value;
    }
    return count;
}

static jirasend_code write_deployments(const writing *in, jirasend_error *error) {
    usage *all = calloc(in->count + 1, sizeof *all);
    if (all == NULL) {
        return js_fail_memory(error);
    }
    size_t count = gather_usage(in, all);
    qsort(all, count, sizeof *all, more_used);
    size_t other = find_usage(all, count, "other");
    if (count > ENVIRONMENTS_MAX) {
        usage rest = {.environment = "other"};
        size_t kept = 0;
        for (size_t i = 0; i < count; i++) {
            bool named = i != other && kept < ENVIRONMENTS_MAX;
            for (int state = 0; state < STATES && !named; state++) {
                rest.states[state] += all[i].states[state];
            }
            if (named) {
                all[kept++] = all[i];
            }
        }
        all[kept++] = rest;
        count = kept;
    }
    write_head(in->out, "jirasend_deployments", "counter", "Deployments that Jira accepted.");
    for (size_t i = 0; i < count; i++) {
        for (int state = 0; state < STATES; state++) {
            if (all[i].states[state] > 0) {
                js_buf_add_text(in->out, "jirasend_deployments_total{environment=");
                write_value(in->out, all[i].environment);
                js_buf_addf(in->out, ",state=\"%s\"} %" PRId64 "\n", js_state_name((js_state)state),
                            all[i].states[state]);
            }
        }
    }
    free(all);
    return JIRASEND_OK;
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
    write_head(out, name, "gauge", help);
    if (value >= 0) {
        js_buf_addf(out, "%s %.4f\n", name, value);
    }
}

static jirasend_code write_flow(jirasend_client *client, const writing *in, jirasend_error *error) {
    js_flow flow;
    jirasend_code code = js_flow_measure(client, in->now_ms, &flow, error);
    if (code == JIRASEND_OK) {
        write_measure(in->out, "jirasend_change_failure_ratio",
                      "Failed or rolled back of the production deployments of 30 days.",
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
    write_head(out, "jirasend_token_age_seconds", "gauge",
               "Age of the access token of a process that sends.");
    (void)pthread_mutex_lock(&client->lock);
    for (size_t n = 0; js_access_token_age(client->access, n, &site, &age_ms); n++) {
        js_buf_add_text(out, "jirasend_token_age_seconds{site=");
        write_value(out, site);
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
                "How long Jira wants to be left alone.", -1);
    write_tokens(client, out);
    code = write_deployments(&in, error);
    if (code == JIRASEND_OK) {
        code = write_flow(client, &in, error);
    }
    write_counted(&in);
    js_buf_add_text(out, "# EOF\n");
    js_metrics_free(metrics, count);
    return code;
}
