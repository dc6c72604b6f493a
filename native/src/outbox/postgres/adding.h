/*
 * Events that are being stored, as the files around add.c share them. A call's streams are each there
 * once, in the order in which all lock them.
 */
#ifndef JS_OUTBOX_POSTGRES_ADDING_H
#define JS_OUTBOX_POSTGRES_ADDING_H

#include "outbox/postgres/locks.h"

/* A stream that something of the call is about. */
typedef struct js_pg_adding_stream {
    js_pg_place at;
    const js_stream *stream;
    bool takes_name;   /* that is deleted as a whole */
    int64_t raised_by; /* the last event, from 1, that gives it a number; 0: none */
} js_pg_adding_stream;

/* One event of the call. */
typedef struct js_pg_adding_event {
    js_adding *event;
    int64_t lane, envelope;
    size_t same; /* of an earlier one with its requestId: that one's place, from 1; 0: none */
    unsigned char request[JS_PG_KEY_SIZE], stream[JS_PG_KEY_SIZE], touched[JS_PG_KEY_SIZE];
} js_pg_adding_event;

typedef struct js_pg_adding {
    js_pg *pg;
    js_pg_adding_event *items;
    size_t count;
    js_pg_adding_stream *entries;
    size_t entry_count;
    bool takes_name, sweeps, skips;
    int64_t now_ms, forgotten_before_ms;
} js_pg_adding;

/* adding.c: finds lanes and envelopes, makes keys. `items` and `entries` are the caller's to free, also after an error. */
jirasend_code js_pg_adding_prepare(js_pg_adding *in, js_adding *events, jirasend_error *error);

/*
 * add_one.c: a single event that just waits, of a build, a deployment or a flag, which is what most calls
 * have.
 */
jirasend_code js_pg_add_one(const js_pg_adding *in, bool commits, jirasend_error *error);

/* add_plain.c: many of them. */
bool js_pg_all_plain(const js_pg_adding *in);
jirasend_code js_pg_add_plain(const js_pg_adding *in, bool commits, jirasend_error *error);

/* add.c: sends the statements of a call; answers come with them. */
jirasend_code js_pg_flush_put(js_pg *pg, bool commits, jirasend_error *error);
/* What appears twice in the call is one event. */
void js_pg_share_ids(const js_pg_adding *in);

/* add_skipped.c: what the history keeps of events that were settled when they came. */
jirasend_code js_pg_note_skipped(const js_pg_adding *in, jirasend_error *error);

#endif
