/* The counters of the metrics, written where events settle. */
#include "outbox/sqlite/history.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

JS_SQL(count_metric, "INSERT INTO metric (name, label, value) VALUES (?1, ?2, ?3)"
                     " ON CONFLICT (name, label) DO UPDATE SET value = value + excluded.value");

jirasend_code js_sq_count_metric(js_sqlite *self, const char *name, const char *label,
                                 int64_t change, jirasend_error *error) {
    js_query query = js_sq_query(self, count_metric);
    js_query_text(&query, name);
    js_query_text(&query, label);
    js_query_int(&query, change);
    return js_query_run(&query, error);
}

/* How many labels there are of a name; a stranger's texts must not make it a large table. */
JS_SQL(metric_known, "SELECT EXISTS (SELECT 1 FROM metric WHERE name = ?1 AND label = ?2)"
                     " OR (SELECT count(*) FROM (SELECT 1 FROM metric WHERE name = ?1 LIMIT ?3))"
                     " < ?3");

static jirasend_code write_one(js_sqlite *self, const js_counted *counted, jirasend_error *error) {
    enum { LABELS_MAX = 2000 };
    int64_t fits = 1;
    jirasend_code code = JIRASEND_OK;
    if (counted->otherwise != NULL) {
        js_query query = js_sq_query(self, metric_known);
        js_query_text(&query, counted->name);
        js_query_text(&query, counted->label);
        js_query_int(&query, LABELS_MAX);
        code = js_query_number(&query, 1, &fits, error);
    }
    const char *label = fits != 0 ? counted->label : counted->otherwise;
    return code == JIRASEND_OK
               ? js_sq_count_metric(self, counted->name, label, counted->change, error)
               : code;
}

void js_sq_forget_counted(js_sqlite *self) {
    for (size_t i = 0; i < self->counted_count; i++) {
        free(self->counted[i].label);
        free(self->counted[i].otherwise);
    }
    self->counted_count = 0;
}

jirasend_code js_sq_write_counted(js_sqlite *self, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < self->counted_count && code == JIRASEND_OK; i++) {
        code = write_one(self, &self->counted[i], error);
    }
    js_sq_forget_counted(self);
    return code;
}

static js_counted *find_counted(js_sqlite *self, const char *name, const char *label) {
    for (size_t i = 0; i < self->counted_count; i++) {
        js_counted *counted = &self->counted[i];
        if (strcmp(counted->name, name) == 0 && strcmp(counted->label, label) == 0) {
            return counted;
        }
    }
    return NULL;
}

/* Events of a batch say mostly the same, so it is written once for all. `otherwise` may be null. */
static jirasend_code count_later(js_sqlite *self, const char *name, const char *label,
                                 const char *otherwise, int64_t change, jirasend_error *error) {
    js_counted *known = find_counted(self, name, label);
    if (known != NULL) {
        known->change += change;
        return JIRASEND_OK;
    }
    if (self->counted_count == JS_COUNTED) {
        jirasend_code code = js_sq_write_counted(self, error);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    js_counted *counted = &self->counted[self->counted_count++];
    *counted = (js_counted){name, js_copy(label), js_copy(otherwise), change};
    return counted->label == NULL || (otherwise != NULL && counted->otherwise == NULL)
               ? js_fail_memory(error)
               : JIRASEND_OK;
}

jirasend_code js_sq_count_request(js_store *store, js_api api, int http_status,
                                  jirasend_error *error) {
    char label[64];
    (void)snprintf(label, sizeof label, "%d\n%d", (int)api, http_status);
    return js_sq_count_metric(js_sq_of(store), "requests", label, 1, error);
}

static jirasend_code count_events(js_sqlite *self, const js_note *note, js_status status,
                                  int64_t count, jirasend_error *error) {
    char label[JS_ORIGIN_SIZE + 32];
    char other[32];
    (void)snprintf(other, sizeof other, "%d\n%d\nother", note->kind, (int)status);
    (void)snprintf(label, sizeof label, "%d\n%d\n%s", note->kind, (int)status, note->site);
    return count_later(self, "events", label, other, count, error);
}

jirasend_code js_sq_count_event(js_sqlite *self, const js_note *note, js_status status,
                                jirasend_error *error) {
    return count_events(self, note, status, 1, error);
}

/* How long deliveries took: how many within each bound, and all together. */
typedef struct deliveries {
    int64_t within[JS_DELIVERY_BOUNDS + 1];
    int64_t took_ms;
} deliveries;

static void add_delivery(deliveries *to, int64_t took_ms) {
    int at = 0;
    took_ms = took_ms < 0 ? 0 : took_ms;
    while (at < JS_DELIVERY_BOUNDS && took_ms > js_delivery_bounds_s[at] * 1000) {
        at++;
    }
    to->within[at]++;
    to->took_ms += took_ms;
}

static jirasend_code count_deliveries(js_sqlite *self, const deliveries *of,
                                      jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (int at = 0; at <= JS_DELIVERY_BOUNDS && code == JIRASEND_OK; at++) {
        char label[16];
        (void)snprintf(label, sizeof label, "%d", at);
        code = of->within[at] == 0
                   ? JIRASEND_OK
                   : count_later(self, "delivery", label, NULL, of->within[at], error);
    }
    return code == JIRASEND_OK ? count_later(self, "delivery_ms", "", NULL, of->took_ms, error)
                               : code;
}

static jirasend_code count_delivery(js_sqlite *self, int64_t took_ms, jirasend_error *error) {
    deliveries one = {.took_ms = 0};
    add_delivery(&one, took_ms);
    return count_deliveries(self, &one, error);
}

/* Whether another event about the same deployment said so and was accepted, also by another site. */
JS_SQL(told_before,
       "SELECT EXISTS (SELECT 1 FROM lane m CROSS JOIN stream t ON t.lane = m.id"
       " AND t.pipeline = ?1 AND t.number = ?2 AND t.environment = ?3"
       " CROSS JOIN event e INDEXED BY event_stream ON e.stream = t.id AND e.status = 2"
       " AND e.id <> ?4 WHERE m.kind = ?5 AND e.barrier = 0 AND e.facts IS NOT NULL"
       " AND json_extract(e.facts, '$.state') = ?6)");

static jirasend_code was_told(js_sqlite *self, int64_t id, js_api api, const js_stream *stream,
                              js_state state, bool *told, jirasend_error *error) {
    js_query query = js_sq_query(self, told_before);
    js_query_text(&query, stream->name);
    js_query_int(&query, stream->number);
    js_query_text(&query, stream->part);
    js_query_int(&query, id);
    js_query_int(&query, (int)api);
    js_query_text(&query, js_state_name(state));
    int64_t found = 0;
    jirasend_code code = js_query_number(&query, 0, &found, error);
    *told = found != 0;
    return code;
}

/* Each once for each state, however often and at however many sites it is told. */
static jirasend_code count_deployment(js_sqlite *self, int64_t id, js_api api,
                                      const js_stream *stream, js_state state,
                                      jirasend_error *error) {
    bool told = false;
    jirasend_code known = was_told(self, id, api, stream, state, &told, error);
    if (known != JIRASEND_OK || told) {
        return known;
    }
    js_buf label = JS_BUF_INIT;
    js_buf other = JS_BUF_INIT;
    js_buf_addf(&label, "%d\n%s", (int)state, stream->part);
    js_buf_addf(&other, "%d\nother", (int)state);
    jirasend_code code = label.failed || other.failed
                             ? js_fail_memory(error)
                             : count_later(self, "deployments", label.data, other.data, 1, error);
    js_buf_clear(&label);
    js_buf_clear(&other);
    return code;
}

static jirasend_code count_if_deployed(js_sqlite *self, int64_t id, const js_event *event,
                                       jirasend_error *error) {
    if (js_event_environment(event) == NULL || event->deletion) {
        return JIRASEND_OK;
    }
    js_stream stream = js_event_stream(event);
    return count_deployment(self, id, js_kind_api(event->kind), &stream, event->of.run.state,
                            error);
}

/* Of an event whose document is gone, by its facts. */
JS_SQL(deployed_as,
       "SELECT l.kind, t.pipeline, t.number, t.environment,"
       " json_extract(e.facts, '$.state') FROM event e CROSS JOIN lane l ON l.id = e.lane"
       " CROSS JOIN stream t ON t.id = e.stream WHERE e.id = ?1 AND e.barrier = 0"
       " AND e.facts IS NOT NULL AND json_extract(e.facts, '$.environment.id') IS NOT NULL");
enum { AS_API, AS_NAME, AS_NUMBER, AS_PART, AS_STATE };

static jirasend_code count_if_was_deployed(js_sqlite *self, int64_t id, jirasend_error *error) {
    js_state state = JS_STATE_UNKNOWN;
    js_query query = js_sq_query(self, deployed_as);
    js_query_int(&query, id);
    jirasend_code counted = JIRASEND_OK;
    if (js_query_row(&query) && js_state_from_name(js_query_read_text(&query, AS_STATE), &state)) {
        js_stream stream = {js_query_read_text(&query, AS_NAME), js_query_read(&query, AS_NUMBER),
                            js_query_read_text(&query, AS_PART)};
        counted = count_deployment(self, id, (js_api)js_query_read(&query, AS_API), &stream, state,
                                   error);
    }
    jirasend_code code = js_query_end(&query, counted == JIRASEND_OK ? error : NULL);
    return counted == JIRASEND_OK ? code : counted;
}

jirasend_code js_sq_count_settled(js_sqlite *self, const js_note *note, const js_settling *as,
                                  int64_t now_ms, const js_event *event, jirasend_error *error) {
    js_status status = as->status;
    jirasend_code code = js_sq_count_event(self, note, status, error);
    if (code == JIRASEND_OK && status == JS_STATUS_ACCEPTED) {
        code = count_delivery(self, now_ms - note->created_ms, error);
    }
    return code == JIRASEND_OK && status == JS_STATUS_ACCEPTED
               ? count_if_deployed(self, as->event->id, event, error)
               : code;
}

jirasend_code js_sq_count_alike(js_sqlite *self, const js_note *note, const js_settling *events,
                                size_t count, int64_t now_ms, jirasend_error *error) {
    js_status status = events[0].status;
    bool accepted = status == JS_STATUS_ACCEPTED;
    js_note of = *note;
    deliveries all = {.took_ms = 0};
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0, same = 0; i < count && code == JIRASEND_OK; i++) {
        const js_event *event = events[i].told;
        same++;
        if (i + 1 == count || events[i + 1].told->kind != event->kind) {
            of.kind = (int)event->kind;
            code = count_events(self, &of, status, (int64_t)same, error);
            same = 0;
        }
        if (code == JIRASEND_OK && accepted) {
            add_delivery(&all, now_ms - events[i].event->created_ms);
            code = count_if_deployed(self, events[i].event->id, event, error);
        }
    }
    return code == JIRASEND_OK && accepted ? count_deliveries(self, &all, error) : code;
}

jirasend_code js_sq_count_answered(js_sqlite *self, int64_t id, const js_note *note,
                                   js_status status, int64_t now_ms, jirasend_error *error) {
    jirasend_code code = js_sq_count_event(self, note, status, error);
    if (code == JIRASEND_OK && status == JS_STATUS_ACCEPTED) {
        code = count_delivery(self, now_ms - note->created_ms, error);
    }
    return code == JIRASEND_OK && status == JS_STATUS_ACCEPTED
               ? count_if_was_deployed(self, id, error)
               : code;
}
