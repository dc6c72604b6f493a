/* What the history keeps of events that were settled as skipped when they came. */
#include "outbox/postgres/adding.h"

JS_SQL(tell_skipped, "UPDATE @.stream s SET told_id = u.id, told_status = 3, told_digest = NULL"
                     " FROM unnest($1::bigint[], $2::bytea[], $3::bigint[]) AS u (lane, key, id)"
                     " WHERE s.lane = u.lane AND s.key = u.key AND u.id > s.told_id");

jirasend_code js_pg_note_skipped(const js_pg_adding *in, jirasend_error *error) {
    js_pg_notes notes;
    js_pg_notes_begin(&notes, in->pg);
    js_pg_query told = js_pg_begin(in->pg, tell_skipped);
    int lane = js_pg_array(&told);
    int key = js_pg_array(&told);
    int id = js_pg_array(&told);
    bool any = false;
    for (size_t i = 0; i < in->count; i++) {
        const js_adding *event = in->items[i].event;
        if (event->row.open || event->id == 0 || event->known) {
            continue;
        }
        any = true;
        js_pg_note_keys(&notes, event->id, event->put->event);
        (void)js_pg_note_settled_event(&notes, event->id, event->put->event,
                                       (int)event->put->event->kind, event->row.lane.site,
                                       JS_STATUS_SKIPPED, 0);
        js_pg_array_int(&told, lane, in->items[i].lane);
        js_pg_array_bytes(&told, key, in->items[i].stream, JS_PG_KEY_SIZE);
        js_pg_array_int(&told, id, event->id);
    }
    jirasend_code code = JIRASEND_OK;
    if (any) {
        js_pg_queue(&told);
        js_pg_notes_queue(&notes);
        code = js_pg_flush(in->pg, false, error);
    }
    js_pg_end(&told);
    js_pg_notes_end(&notes);
    return code;
}
