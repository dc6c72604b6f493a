/* Locking lanes and repositories, in the order in which all do. */
#include "outbox/postgres/locks.h"

#include <string.h>

/* A lane's own row is that of the empty family. */
#define LOCK_LANES(how)                                                                            \
    "SELECT r.lane FROM @.repository r WHERE r.lane = ANY ($1::bigint[]) AND r.family = ''"        \
    " ORDER BY r.lane FOR " how
JS_SQL(share_lanes, LOCK_LANES("SHARE"));
JS_SQL(take_lanes, LOCK_LANES("UPDATE"));
JS_SQL(make_repositories, "INSERT INTO @.repository (lane, family) SELECT DISTINCT * FROM"
                          " unnest($1::bigint[], $2::bytea[]) AS u (lane, family)"
                          " ORDER BY 1, 2 ON CONFLICT (lane, family) DO NOTHING");
#define LOCK_REPOSITORIES(how)                                                                     \
    "SELECT r.lane FROM @.repository r WHERE (r.lane, r.family) IN (SELECT * FROM"                 \
    " unnest($1::bigint[], $2::bytea[])) ORDER BY r.lane, r.family FOR " how
JS_SQL(share_repositories, LOCK_REPOSITORIES("SHARE"));
JS_SQL(take_repositories, LOCK_REPOSITORIES("UPDATE"));
enum { AT_LANE, AT_FAMILY };

int js_pg_place_order(const void *a, const void *b) {
    const js_pg_place *first = a;
    const js_pg_place *second = b;
    if (first->lane != second->lane) {
        return first->lane < second->lane ? -1 : 1;
    }
    return memcmp(first->key, second->key, JS_PG_KEY_SIZE);
}

static js_pg_query with_arrays(js_pg *pg, const char *sql, int count) {
    js_pg_query query = js_pg_begin(pg, sql);
    for (int i = 0; i < count; i++) {
        (void)js_pg_array(&query);
    }
    return query;
}

js_pg_locks js_pg_locks_begin(js_pg *pg, bool lane_alone, bool repository_alone) {
    return (js_pg_locks){
        .lanes = with_arrays(pg, lane_alone ? take_lanes : share_lanes, 1),
        .make = with_arrays(pg, make_repositories, 2),
        .take = with_arrays(pg, repository_alone ? take_repositories : share_repositories, 2)};
}

static void add_repository(js_pg_query *query, const js_pg_place *place) {
    js_pg_array_int(query, AT_LANE, place->lane);
    js_pg_array_bytes(query, AT_FAMILY, place->family, JS_PG_KEY_SIZE);
}

void js_pg_locks_add(js_pg_locks *locks, const js_pg_place *place) {
    if (place->lane != locks->last_lane) {
        js_pg_array_int(&locks->lanes, AT_LANE, place->lane);
        locks->last_lane = place->lane;
    }
    if (place->entities) {
        add_repository(&locks->make, place);
        add_repository(&locks->take, place);
        locks->entities = true;
    }
}

void js_pg_locks_queue(js_pg_locks *locks) {
    js_pg_queue(&locks->lanes);
    if (locks->entities) {
        js_pg_queue(&locks->make);
        js_pg_queue(&locks->take);
    }
}

void js_pg_locks_end(js_pg_locks *locks) {
    js_pg_end(&locks->lanes);
    js_pg_end(&locks->make);
    js_pg_end(&locks->take);
}
