/* The counters of the metrics, as they are in the outbox; and what it remembers of sites. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

/* What only the present state says is among them, under names of its own. */
JS_SQL(all_metrics,
       "WITH busy AS (SELECT c.lane, sum(c.waiting) AS waiting FROM @.counter c GROUP BY c.lane)"
       " SELECT name, label, value FROM @.metric"
       " UNION ALL SELECT 'waiting', l.site, coalesce(sum(b.waiting), 0) FROM @.lane l"
       "  LEFT JOIN busy b ON b.lane = l.id WHERE l.kind > 0 GROUP BY l.site"
       " UNION ALL SELECT 'held', l.site, coalesce(sum(b.waiting) FILTER (WHERE l.held OR s.held),"
       "  0) FROM @.lane l LEFT JOIN busy b ON b.lane = l.id"
       "  LEFT JOIN @.lane s ON s.site = l.site AND s.kind = 0 WHERE l.kind > 0 GROUP BY l.site"
       " UNION ALL SELECT 'retry_after', site, max(rate_until_ms) FROM @.lane GROUP BY site"
       " UNION ALL SELECT 'dead', l.site, sum((SELECT count(*) FROM @.dead e"
       "  WHERE e.lane = l.id)) FROM @.lane l WHERE l.kind > 0 GROUP BY l.site"
       " UNION ALL SELECT 'oldest', l.site, min(e.queued_ms) FROM @.waiting e"
       "  JOIN @.lane l ON l.id = e.lane GROUP BY l.site"
       " UNION ALL SELECT 'oldest', l.site, 9223372036854775807 FROM @.lane l" /* never */
       "  LEFT JOIN busy b ON b.lane = l.id WHERE l.kind > 0 GROUP BY l.site"
       "  HAVING coalesce(sum(b.waiting), 0) = 0");
enum { METRIC_NAME, METRIC_LABEL, METRIC_VALUE };

jirasend_code js_pg_metrics(js_pg *pg, js_metric **metrics, size_t *count, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, all_metrics);
    jirasend_code code = js_pg_exec(&query, error);
    *metrics = NULL;
    *count = 0;
    if (code == JIRASEND_OK &&
        (*metrics = calloc((size_t)query.rows + 1, sizeof **metrics)) == NULL) {
        code = js_fail_memory(error);
    }
    while (code == JIRASEND_OK && js_pg_row(&query)) {
        js_metric *metric = &(*metrics)[(*count)++];
        *metric = (js_metric){js_copy(js_pg_read_text(&query, METRIC_NAME)),
                              js_copy(js_pg_read_text(&query, METRIC_LABEL)),
                              js_pg_read(&query, METRIC_VALUE)};
        if (metric->name == NULL || metric->label == NULL) {
            code = js_fail_memory(error);
        }
    }
    js_pg_end(&query);
    if (code != JIRASEND_OK) {
        js_metrics_free(*metrics, *count);
        *metrics = NULL;
        *count = 0;
    }
    return code;
}

JS_SQL(get_cloud_id, "SELECT cloud_id FROM @.lane WHERE site = $1 AND kind = 0");
JS_SQL(set_cloud_id, "INSERT INTO @.lane AS l (site, kind, cloud_id) VALUES ($1, 0, $2)"
                     " ON CONFLICT (site, kind) DO UPDATE SET cloud_id = excluded.cloud_id");

jirasend_code js_pg_cloud_id_get(js_pg *pg, const char *site, char *out, size_t size,
                                 jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, get_cloud_id);
    js_pg_text(&query, site);
    jirasend_code code = js_pg_exec(&query, error);
    bool found = code == JIRASEND_OK && js_pg_row(&query);
    (void)snprintf(out, size, "%s", found ? js_pg_read_text(&query, 0) : "");
    js_pg_end(&query);
    return code;
}

jirasend_code js_pg_cloud_id_put(js_pg *pg, const char *site, const char *cloud_id,
                                 jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, set_cloud_id);
    js_pg_text(&query, site);
    js_pg_text(&query, cloud_id == NULL ? "" : cloud_id);
    return js_pg_run(&query, error);
}
