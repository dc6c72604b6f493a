/* Numbers of lanes and envelopes, remembered; and keys that stand for texts of any length. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "base/hash.h"

#include <inttypes.h>
#include <string.h>

/* An envelope is forgotten only when nobody has used it for months; so this may be an hour old. */
enum { TRUST_MS = 3600 * 1000 };

bool js_pg_key_of_text(const char *text, unsigned char key[JS_PG_KEY_SIZE]) {
    return js_sha256(text, strlen(text), key);
}

bool js_pg_key_of_stream(const js_stream *stream, unsigned char key[JS_PG_KEY_SIZE]) {
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "%" PRId64, stream->number);
    js_buf_add(&text, "\0", 1);
    js_buf_add_text(&text, stream->name);
    js_buf_add(&text, "\0", 1);
    js_buf_add_text(&text, stream->part);
    bool made = !text.failed && js_sha256(text.data, text.length, key);
    js_buf_clear(&text);
    return made;
}

bool js_pg_key_of_request(int kind, const char *scope, const char *request_id,
                          unsigned char key[JS_PG_KEY_SIZE]) {
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "%d", kind);
    js_buf_add(&text, "\0", 1);
    js_buf_add_text(&text, scope);
    js_buf_add(&text, "\0", 1);
    js_buf_add_text(&text, request_id);
    bool made = !text.failed && js_sha256(text.data, text.length, key);
    js_buf_clear(&text);
    return made;
}

static bool is_it(const js_pg_name *name, const js_lane *lane, const unsigned char *envelope,
                  bool history) {
    return name->lane_id != 0 && js_lane_equal(&name->lane, lane) &&
           name->is_envelope == (envelope != NULL) && name->history == history &&
           (envelope == NULL || memcmp(name->key, envelope, JS_PG_KEY_SIZE) == 0);
}

int64_t js_pg_name_find(js_postgres *self, const js_lane *lane, const unsigned char *envelope,
                        bool history) {
    int64_t found = 0;
    int64_t now_ms = js_pg_mono_ms(self);
    (void)pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < JS_PG_NAMES && found == 0; i++) {
        const js_pg_name *name = &self->names[i];
        if (is_it(name, lane, envelope, history) && now_ms - name->since_ms < TRUST_MS) {
            found = name->id;
        }
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return found;
}

void js_pg_name_keep(js_postgres *self, const js_lane *lane, const unsigned char *envelope,
                     bool history, int64_t lane_id, int64_t id) {
    (void)pthread_mutex_lock(&self->mutex);
    js_pg_name *name = &self->names[self->next_name++ % JS_PG_NAMES];
    *name = (js_pg_name){.lane = *lane,
                         .lane_id = lane_id,
                         .history = history,
                         .is_envelope = envelope != NULL,
                         .id = id,
                         .since_ms = js_pg_mono_ms(self)};
    if (envelope != NULL) {
        memcpy(name->key, envelope, JS_PG_KEY_SIZE);
    }
    (void)pthread_mutex_unlock(&self->mutex);
}

/* Nothing is written where it is there already. The row that puts lock is made with the lane. */
JS_SQL(lane_number,
       "WITH made AS (INSERT INTO @.lane (site, kind) SELECT $1, $2::integer WHERE NOT EXISTS"
       " (SELECT 1 FROM @.lane WHERE site = $1 AND kind = $2::integer)"
       " ON CONFLICT (site, kind) DO NOTHING RETURNING id),"
       " barrier AS (INSERT INTO @.repository (lane, family) SELECT id, '' FROM made"
       "  ON CONFLICT (lane, family) DO NOTHING)"
       " SELECT id FROM made UNION ALL SELECT id FROM @.lane WHERE site = $1 AND kind = $2::integer"
       " LIMIT 1");

jirasend_code js_pg_lane_id(js_pg *pg, const js_lane *lane, int64_t *id, jirasend_error *error) {
    *id = js_pg_name_find(pg->outbox, lane, NULL, false);
    /* Two that make it at once: the loser sees nothing yet, and looks again. */
    for (int looks = 0; *id == 0 && looks < 3; looks++) {
        js_pg_query query = js_pg_begin(pg, lane_number);
        js_pg_text(&query, lane->site);
        js_pg_int(&query, (int64_t)lane->api);
        jirasend_code code = js_pg_number(&query, 0, id, error);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    if (*id == 0) {
        return js_pg_fail_damaged(&pg->store, "a lane can neither be found nor made", error);
    }
    if (!pg->inside) { /* what is made inside may be rolled back */
        js_pg_name_keep(pg->outbox, lane, NULL, false, *id, *id);
    }
    return JIRASEND_OK;
}

JS_SQL(envelope_number,
       "INSERT INTO @.envelope AS v (lane, key, name, history, used_ms)"
       " VALUES ($1::bigint, $2::bytea, $3, $4::boolean, $5::bigint)"
       " ON CONFLICT (lane, key) DO UPDATE SET used_ms = greatest(v.used_ms, excluded.used_ms)"
       " RETURNING id");

/* The plain one has no row of its own: its pause is the lane's. */
jirasend_code js_pg_envelope_id(js_pg *pg, const js_row *row, int64_t lane, int64_t now_ms,
                                int64_t *id, jirasend_error *error) {
    unsigned char key[JS_PG_KEY_SIZE];
    *id = 0;
    if (row->envelope[0] == '\0' && !row->history) {
        return JIRASEND_OK;
    }
    if (!js_pg_key_of_text(row->envelope, key)) {
        return js_fail_memory(error);
    }
    key[0] = (unsigned char)((key[0] & 0xFEU) | (row->history ? 1U : 0U));
    *id = js_pg_name_find(pg->outbox, &row->lane, key, row->history);
    if (*id != 0) {
        return JIRASEND_OK;
    }
    js_pg_query query = js_pg_begin(pg, envelope_number);
    js_pg_int(&query, lane);
    js_pg_bytes(&query, key, sizeof key);
    js_pg_text(&query, row->envelope);
    js_pg_bool(&query, row->history);
    js_pg_int(&query, now_ms);
    jirasend_code code = js_pg_number(&query, 0, id, error);
    if (code == JIRASEND_OK && !pg->inside) {
        js_pg_name_keep(pg->outbox, &row->lane, key, row->history, lane, *id);
    }
    return code;
}
