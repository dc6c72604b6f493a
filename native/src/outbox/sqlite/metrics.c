/* The counters of the metrics, as they stand in the outbox. */
#include "outbox/sqlite/history.h"

#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>

/* What only the state of now says stands among them, under names of its own. */
JS_SQL(all_metrics,
       "SELECT name, label, value FROM metric"
       " UNION ALL SELECT 'waiting', site, sum(waiting) FROM lane WHERE kind > 0 GROUP BY site"
       " UNION ALL SELECT 'held', l.site, sum(CASE WHEN l.held <> 0 OR s.held <> 0"
       "  THEN l.waiting ELSE 0 END) FROM lane l LEFT JOIN lane s"
       "  ON s.site = l.site AND s.kind = 0 WHERE l.kind > 0 GROUP BY l.site"
       " UNION ALL SELECT 'retry_after', site, max(rate_until_ms) FROM lane GROUP BY site"
       " UNION ALL SELECT 'dead', l.site, sum((SELECT count(*) FROM event e"
       "  INDEXED BY event_dead_lane WHERE e.lane = l.id AND e.open = 1 AND e.status = 5))"
       "  FROM lane l WHERE l.kind > 0 GROUP BY l.site"
       " UNION ALL SELECT 'oldest', l.site, min(e.queued_ms) FROM event e INDEXED BY event_queued"
       "  CROSS JOIN lane l ON l.id = e.lane WHERE e.status = 0 GROUP BY l.site"
       " UNION ALL SELECT 'oldest', site, 9223372036854775807 FROM lane WHERE kind > 0" /* never */
       "  GROUP BY site HAVING sum(waiting) = 0");
enum { METRIC_NAME, METRIC_LABEL, METRIC_VALUE };

jirasend_code js_sq_metrics(js_outbox *outbox, js_metric **metrics, size_t *count,
                            jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_metric *rows = NULL;
    size_t used = 0;
    size_t room = 0;
    bool memory = true;
    js_query query = js_sq_query(self, all_metrics);
    while (memory && js_query_row(&query)) {
        if (used == room) {
            room = room == 0 ? 64 : room * 2;
            js_metric *grown = realloc(rows, room * sizeof *rows);
            memory = grown != NULL;
            rows = memory ? grown : rows;
        }
        if (memory && rows != NULL) {
            rows[used] = (js_metric){js_copy(js_query_read_text(&query, METRIC_NAME)),
                                     js_copy(js_query_read_text(&query, METRIC_LABEL)),
                                     js_query_read(&query, METRIC_VALUE)};
            memory = rows[used].name != NULL && rows[used].label != NULL;
            used++;
        }
    }
    jirasend_code code = js_query_end(&query, error);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    if (code != JIRASEND_OK) {
        js_metrics_free(rows, used);
        rows = NULL;
        used = 0;
    }
    *metrics = rows;
    *count = used;
    return js_sq_leave(self, code);
}
