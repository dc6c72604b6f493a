/* What the history keeps of events that are settled: their keys, and counters. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "base/hash.h"

#include <stdio.h>
#include <string.h>

enum { LABELS_MAX = 2000 }; /* of a name: a stranger's texts must not make it a large table */

JS_SQL(add_keys, "INSERT INTO @.event_key (key, event, source, rule, commit_hash)"
                 " SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::integer[],"
                 " $5::text[]) ON CONFLICT (key, event) DO NOTHING");

/*
 * `other` takes what would be one label too many. Whoever counts has the row of `tally` in hand, so that
 * the order of these does not matter to others, and what they settled is seen here.
 */
#define COUNT(which)                                                                               \
    "INSERT INTO @.metric AS m (name, key, label, value)"                                          \
    " SELECT c.name, c.key, min(c.label), sum(c.change) FROM ("                                    \
    "  SELECT u.name, CASE WHEN fits THEN u.key ELSE u.other_key END AS key,"                      \
    "   CASE WHEN fits THEN u.label ELSE u.other END AS label, u.change"                           \
    "  FROM (SELECT v.name, v.label, v.other, v.change,"                                           \
    "   sha256(convert_to(v.label, 'UTF8')) AS key, sha256(convert_to(v.other, 'UTF8'))"           \
    "   AS other_key, v.other IS NULL OR EXISTS (SELECT 1 FROM @.metric x WHERE x.name = v.name"   \
    "    AND x.key = sha256(convert_to(v.label, 'UTF8'))) OR (SELECT count(*) FROM ("              \
    "   SELECT 1 FROM @.metric x WHERE x.name = v.name LIMIT $5::bigint) few) < $5::bigint"        \
    "   AS fits FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $6::bigint[])"       \
    "   AS v (name, label, other, change, deployment) WHERE " which ") u) c"                       \
    " GROUP BY c.name, c.key ORDER BY c.name, c.key"                                               \
    " ON CONFLICT (name, key) DO UPDATE SET value = m.value + excluded.value"
JS_SQL(add_counts, COUNT("true"));
/*
 * A deployment of which another event that was accepted says the same, also at another site, is not
 * counted again. A statement over all months of receipts takes long to plan: only where there are some.
 */
JS_SQL(add_counts_of_deployments,
       COUNT("v.deployment = 0 OR NOT EXISTS ("
             "   SELECT 1 FROM @.receipt e JOIN @.stream s ON s.id = e.stream"
             "    JOIN @.lane l ON l.id = s.lane JOIN @.lane n ON n.kind = l.kind"
             "    JOIN @.stream t ON t.lane = n.id AND t.key = s.key"
             "    JOIN @.receipt r ON r.stream = t.id AND r.status = 2 AND NOT r.barrier"
             "    AND r.id <> e.id AND r.facts::json ->> 'state' = e.facts::json ->> 'state'"
             "   WHERE e.id = v.deployment)"));

void js_pg_notes_begin(js_pg_notes *notes, js_pg *pg) {
    notes->keys = js_pg_begin(pg, add_keys);
    notes->metrics = js_pg_begin(pg, add_counts);
    notes->key_count = 0;
    notes->metric_count = 0;
    for (int i = 0; i < 5; i++) {
        notes->key[i] = js_pg_array(&notes->keys);
    }
    for (int i = 0; i < 4; i++) {
        notes->metric[i] = js_pg_array(&notes->metrics);
    }
    js_pg_int(&notes->metrics, LABELS_MAX);
    notes->metric[4] = js_pg_array(&notes->metrics);
}

void js_pg_note_key(js_pg_notes *notes, int64_t id, const char *key, int source, int rule,
                    const char *commit) {
    js_pg_array_text(&notes->keys, notes->key[0], key);
    js_pg_array_int(&notes->keys, notes->key[1], id);
    js_pg_array_int(&notes->keys, notes->key[2], source);
    js_pg_array_int(&notes->keys, notes->key[3], rule);
    js_pg_array_text(&notes->keys, notes->key[4], commit);
    notes->key_count++;
}

void js_pg_note_keys(js_pg_notes *notes, int64_t id, const js_event *event) {
    for (size_t i = 0; i < event->issue_keys.count; i++) {
        const js_found given = {JS_KEY_GIVEN, NULL};
        const js_found *found = event->found == NULL ? &given : &event->found[i];
        js_pg_note_key(notes, id, event->issue_keys.items[i], (int)found->from, 0, found->commit);
    }
    for (size_t i = 0; i < event->passed.count; i++) {
        const js_passed *passed = &event->passed.items[i];
        js_pg_note_key(notes, id, passed->key, (int)JS_KEY_GIVEN, (int)passed->rule, NULL);
    }
}

/* `deployment`: the event that says so; 0: it is counted whatever else was told. */
static void note_count(js_pg_notes *notes, const char *name, const char *label, const char *other,
                       int64_t change, int64_t deployment) {
    js_pg_array_text(&notes->metrics, notes->metric[0], name);
    js_pg_array_text(&notes->metrics, notes->metric[1], label);
    js_pg_array_text(&notes->metrics, notes->metric[2], other);
    js_pg_array_int(&notes->metrics, notes->metric[3], change);
    js_pg_array_int(&notes->metrics, notes->metric[4], deployment);
    if (deployment != 0) {
        notes->metrics.sql = add_counts_of_deployments;
    }
    notes->metric_count++;
}

void js_pg_note_count(js_pg_notes *notes, const char *name, const char *label, const char *other,
                      int64_t change) {
    note_count(notes, name, label, other, change, 0);
}

static void note_delivery(js_pg_notes *notes, int64_t took_ms) {
    int at = 0;
    char label[16];
    took_ms = took_ms < 0 ? 0 : took_ms;
    while (at < JS_DELIVERY_BOUNDS && took_ms > js_delivery_bounds_s[at] * 1000) {
        at++;
    }
    (void)snprintf(label, sizeof label, "%d", at);
    js_pg_note_count(notes, "delivery", label, NULL, 1);
    js_pg_note_count(notes, "delivery_ms", "", NULL, took_ms);
}

bool js_pg_note_deployment(js_pg_notes *notes, int64_t id, js_state state,
                           const char *environment) {
    js_buf label = JS_BUF_INIT;
    js_buf other = JS_BUF_INIT;
    js_buf_addf(&label, "%d\n%s", (int)state, environment);
    js_buf_addf(&other, "%d\nother", (int)state);
    bool good = !label.failed && !other.failed;
    if (good) {
        note_count(notes, "deployments", label.data, other.data, 1, id);
    }
    js_buf_clear(&label);
    js_buf_clear(&other);
    return good;
}

bool js_pg_note_settled_event(js_pg_notes *notes, int64_t id, const js_event *event, int kind,
                              const char *site, js_status status, int64_t took_ms) {
    char label[JS_ORIGIN_SIZE + 32];
    char other[32];
    (void)snprintf(other, sizeof other, "%d\n%d\nother", kind, (int)status);
    (void)snprintf(label, sizeof label, "%d\n%d\n%s", kind, (int)status, site);
    js_pg_note_count(notes, "events", label, other, 1);
    if (status != JS_STATUS_ACCEPTED) {
        return true;
    }
    note_delivery(notes, took_ms);
    const char *environment = js_event_environment(event);
    return environment == NULL || event->deletion ||
           js_pg_note_deployment(notes, id, event->of.run.state, environment);
}

void js_pg_notes_queue(js_pg_notes *notes) {
    if (notes->key_count > 0) {
        js_pg_queue(&notes->keys);
    }
    if (notes->metric_count > 0) {
        js_pg_queue(&notes->metrics);
    }
}

void js_pg_notes_end(js_pg_notes *notes) {
    js_pg_end(&notes->keys);
    js_pg_end(&notes->metrics);
}

/* Written with the settlement's other counters: see settle.c. */
jirasend_code js_pg_count_request(js_store *store, js_api api, int http_status,
                                  jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    (void)error;
    (void)snprintf(pg->request, sizeof pg->request, "%d\n%d", (int)api, http_status);
    return JIRASEND_OK;
}
