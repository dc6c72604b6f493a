/*
 * No statement looks at more rows because there are more of them. Every statement of the sources must
 * come by here: its plan is looked at, and what one run of it costs, by SQLite's own counters, must
 * not grow with events that wait, be it in many streams, in one, or of another site; with dead letters,
 * receipts or envelopes. And every index must be what some plan uses.
 */
#include "outbox/sqlite/internal.h"
#include "outbox_support.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FEW = 300, MANY = 6000, STATEMENTS_MAX = 160 };

/* What one run of a statement has cost at most. */
typedef struct cost {
    char sql[2000];
    int steps;
} cost;

typedef struct costs {
    cost items[STATEMENTS_MAX];
    size_t count;
} costs;

static cost *cost_of(costs *all, const char *sql) {
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->items[i].sql, sql) == 0) {
            return &all->items[i];
        }
    }
    assert_true(all->count < STATEMENTS_MAX);
    cost *new = &all->items[all->count++];
    (void)snprintf(new->sql, sizeof new->sql, "%s", sql);
    new->steps = 0;
    return new;
}

/* Reads and resets the counters of all statements. */
static void measure(js_outbox *outbox, costs *into) {
    sqlite3 *db = js_sq_of(js_store_of(outbox))->db;
    for (sqlite3_stmt *at = sqlite3_next_stmt(db, NULL); at != NULL;
         at = sqlite3_next_stmt(db, at)) {
        int runs = sqlite3_stmt_status(at, SQLITE_STMTSTATUS_RUN, 1);
        int steps = sqlite3_stmt_status(at, SQLITE_STMTSTATUS_VM_STEP, 1);
        if (into != NULL && runs > 0) {
            cost *known = cost_of(into, sqlite3_sql(at));
            known->steps = steps / runs > known->steps ? steps / runs : known->steps;
        }
    }
}

/* ---- one of everything ---- */

static void settle_one(js_outbox *outbox, const js_lane *lane, int64_t id, js_status status,
                       int64_t until) {
    settle(outbox, lane,
           (js_outcome){.id = id, .status = status, .not_before_ms = until, .sent = true}, NOW);
}

static void look(js_outbox *outbox, int64_t id) {
    js_lane_view *views = NULL;
    js_receipt *receipts = NULL;
    js_receipt receipt;
    js_counts counts;
    size_t count = 0;
    int64_t cursor = 0;
    char cloud_id[80];
    assert_int_equal(outbox->ops->lanes(outbox, NOW, &views, &count, NULL), JIRASEND_OK);
    free(views);
    assert_int_equal(outbox->ops->list(outbox, 0, 20, &receipts, &count, NULL), JIRASEND_OK);
    js_receipts_free(receipts, count);
    assert_int_equal(outbox->ops->cursor(outbox, &cursor, NULL), JIRASEND_OK);
    cursor--;
    assert_int_equal(outbox->ops->next_settled(outbox, &cursor, &receipt, NULL), JIRASEND_OK);
    js_receipt_clear(&receipt);
    assert_int_equal(outbox->ops->receipt(outbox, id, &receipt, NULL), JIRASEND_OK);
    js_receipt_clear(&receipt);
    assert_int_equal(outbox->ops->counts(outbox, &counts, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->cloud_id_put(outbox, SITE, "cloud", NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->cloud_id_get(outbox, SITE, cloud_id, sizeof cloud_id, NULL),
                     JIRASEND_OK);
    (void)outbox->ops->version(outbox);
}

/* Twenty rows are written together, five, and the last alone; what Jira has is settled together. */
static void work_with_many(js_outbox *outbox, const js_lane *lane, const char *name) {
    enum { MANY_TOGETHER = 26 };
    js_event events[MANY_TOGETHER];
    js_put puts[MANY_TOGETHER];
    js_put_result results[MANY_TOGETHER];
    js_outcome outcomes[MANY_TOGETHER];
    static const char document[] = "{\"kind\":\"build\"}";
    for (int i = 0; i < MANY_TOGETHER; i++) {
        char text[1000];
        (void)snprintf(text, sizeof text,
                       "{\"kind\":\"build\",\"site\":\"%s\",\"pipelineId\":\"%s\",\"number\":%d,"
                       "\"url\":\"https://x.example/1\",\"state\":\"failed\",\"issueKeys\":"
                       "[\"APP-1\"]}",
                       lane->site, name, 100 + i);
        test_event_read(&events[i], text);
        puts[i] = (js_put){.event = &events[i], .document = document, .length = 16};
    }
    assert_int_equal(outbox->ops->put(outbox, puts, MANY_TOGETHER, NOW, results, NULL),
                     JIRASEND_OK);
    for (int i = 0; i < MANY_TOGETHER; i++) {
        outcomes[i] = (js_outcome){
            .id = results[i].id, .status = JS_STATUS_ACCEPTED, .sent = true, .event = &events[i]};
    }
    int64_t fence = claim(outbox, lane);
    assert_int_equal(
        outbox->ops->settle(outbox, lane, fence, outcomes, MANY_TOGETHER, NULL, NULL, NOW, NULL),
        JIRASEND_OK);
    outbox->ops->release(outbox, lane, fence, false);
    for (int i = 0; i < MANY_TOGETHER; i++) {
        js_receipt receipt;
        assert_int_equal(outbox->ops->receipt(outbox, results[i].id, &receipt, NULL), JIRASEND_OK);
        assert_int_equal(receipt.id, results[i].id);
        js_receipt_clear(&receipt);
        js_event_clear(&events[i]);
    }
}

static void work_with_gates(js_outbox *outbox, const js_lane *quiet, const char *name) {
    int64_t gate =
        put(outbox,
            &(spec){.environment = "e", .pipeline = name, .site = quiet->site, .gate = true}, NOW);
    int64_t behind =
        put(outbox, &(spec){.environment = "e", .pipeline = name, .site = quiet->site}, NOW);
    const js_lane gates = {"quiet.atlassian.net", JS_API_DEPLOYMENTS};
    (void)batch_ids(outbox, &gates, NOW);
    settle_one(outbox, &gates, gate, JS_STATUS_QUEUED, NOW + 1000);
    int64_t later =
        put(outbox, &(spec){.environment = "e", .pipeline = name, .site = quiet->site}, NOW);
    (void)batch_ids(outbox, &gates, NOW); /* sets it aside, behind the gate */
    (void)batch_ids(outbox, &gates, NOW + 2000);
    settle_one(outbox, &gates, gate, JS_STATUS_ACCEPTED, 0);
    settle_one(outbox, &gates, behind, JS_STATUS_ACCEPTED, 0);
    settle_one(outbox, &gates, later, JS_STATUS_ACCEPTED, 0);
}

/* Deletions, history and envelopes, until all of it is gone. */
static void work_with_others(js_outbox *outbox, const js_lane *quiet, const char *name) {
    put(outbox, &(spec){.pipeline = name, .number = 50, .site = quiet->site, .envelope = "e"}, NOW);
    put(outbox, &(spec){.pipeline = name, .number = 51, .site = quiet->site, .barrier = true}, NOW);
    for (int i = 5; i < 7; i++) {
        put(outbox,
            &(spec){.pipeline = name,
                    .number = 52,
                    .site = quiet->site,
                    .history = true,
                    .sequence = NOW - i},
            NOW);
    }
    for (int i = 0; i < 12; i++) {
        js_batch batch;
        js_batch_limits limits = {.max_events = 100, .max_bytes = 1 << 20, .now_ms = NOW + 9000};
        assert_int_equal(outbox->ops->next_batch(outbox, quiet, &limits, &batch, NULL),
                         JIRASEND_OK);
        for (size_t k = 0; k < batch.count; k++) {
            settle_one(outbox, quiet, batch.items[k].id, JS_STATUS_ACCEPTED, 0);
        }
        js_batch_clear(&batch);
    }
}

/* Builds of a pipeline of their own, in their own streams, so that nothing depends on what waits. */
static void work(js_outbox *outbox, int round) {
    const js_lane quiet = {"quiet.atlassian.net", JS_API_BUILDS};
    char name[32];
    (void)snprintf(name, sizeof name, "round%d", round);
    int64_t ids[8];
    for (int i = 0; i < 8; i++) {
        char request[32];
        (void)snprintf(request, sizeof request, "r%d-%d", round, i);
        ids[i] = put(
            outbox,
            &(spec){.pipeline = name, .number = i + 1, .site = quiet.site, .request_id = request},
            NOW);
        assert_int_equal(
            put(outbox,
                &(spec){
                    .pipeline = name, .number = i + 1, .site = quiet.site, .request_id = request},
                NOW),
            ids[i]);
    }
    int64_t newer = put(outbox, &(spec){.pipeline = name, .number = 4, .site = quiet.site}, NOW);
    (void)batch_ids(outbox, &quiet, NOW);
    settle_one(outbox, &quiet, ids[0], JS_STATUS_ACCEPTED, 0);
    settle_one(outbox, &quiet, ids[1], JS_STATUS_REJECTED, 0);
    settle_one(outbox, &quiet, ids[2], JS_STATUS_QUEUED, NOW + 1000);
    settle_one(outbox, &quiet, newer, JS_STATUS_ACCEPTED, 0); /* supersedes ids[3] */
    assert_int_equal(outbox->ops->retry(outbox, ids[1], NULL, NOW, NULL), JIRASEND_OK);
    (void)batch_ids(outbox, &quiet, NOW + 5000); /* wakes the one that was set aside */
    settle_one(outbox, &quiet, ids[1], JS_STATUS_REJECTED, 0);
    assert_int_equal(outbox->ops->drop(outbox, ids[1], NOW, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->drop(outbox, ids[4], NOW, NULL), JIRASEND_OK);
    look(outbox, ids[0]);
    work_with_many(outbox, &quiet, name);
    work_with_gates(outbox, &quiet, name);
    work_with_others(outbox, &quiet, name);
    js_stop stop = {.held = true, .carried = true, .failures = 1};
    assert_int_equal(outbox->ops->stop_put(outbox, &quiet, &stop, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->stop_get(outbox, &quiet, &stop, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->backoff_end(outbox, &quiet, NULL), JIRASEND_OK);
    int64_t lost = put(outbox, &(spec){.pipeline = name, .number = 60, .site = quiet.site}, NOW);
    settle_one(outbox, &quiet, lost, JS_STATUS_REJECTED, 0);
    assert_int_equal(outbox->ops->retry(outbox, 0, quiet.site, NOW, NULL), JIRASEND_OK);
    settle_one(outbox, &quiet, lost, JS_STATUS_ACCEPTED, 0);
    assert_int_equal(outbox->ops->tidy(outbox, NOW, NULL), JIRASEND_OK);
}

/* ---- what there may be many of ---- */

static void many_streams(js_outbox *outbox, int count) {
    put_many(outbox, count);
}

static void one_stream(js_outbox *outbox, int count) {
    for (int i = 0; i < count; i++) {
        put(outbox, &(spec){.number = 7, .pipeline = "again"}, NOW);
    }
}

/* As a relay has them: nothing waits in the lane's plain queue. */
static void of_an_origin(js_outbox *outbox, int count) {
    for (int i = 0; i < count; i++) {
        put(outbox, &(spec){.number = i + 1, .envelope = "origin"}, NOW);
    }
}

static void gated_stream(js_outbox *outbox, int count) {
    for (int i = 0; i < count; i++) {
        put(outbox, &(spec){.number = 7, .environment = "e", .gate = i % 2 == 0}, NOW);
    }
}

static void settled_as(js_outbox *outbox, int count, js_status status) {
    put_many(outbox, count);
    js_outcome *outcomes = calloc((size_t)count, sizeof *outcomes);
    int64_t fence = claim(outbox, &builds);
    for (int i = 0; i < count; i++) {
        outcomes[i] = (js_outcome){.id = i + 1, .status = status};
    }
    js_stop none = {0};
    assert_int_equal(outbox->ops->settle(outbox, &builds, fence, outcomes, (size_t)count, &none,
                                         NULL, NOW, NULL),
                     JIRASEND_OK);
    outbox->ops->release(outbox, &builds, fence, false);
    free(outcomes);
}

static void dead_letters(js_outbox *outbox, int count) {
    settled_as(outbox, count < JS_DEAD_MAX ? count : JS_DEAD_MAX - 10, JS_STATUS_REJECTED);
}

static void receipts(js_outbox *outbox, int count) {
    settled_as(outbox, count, JS_STATUS_ACCEPTED);
}

typedef struct scenario {
    const char *name;
    void (*fill)(js_outbox *outbox, int count);
    int many;
} scenario;

static const scenario scenarios[] = {
    {"waiting events of many streams", many_streams, MANY},
    {"waiting updates of one build", one_stream, 3000},
    {"waiting events of an origin", of_an_origin, 3000},
    {"gated updates of one deployment", gated_stream, 3000},
    {"dead letters of another site", dead_letters, MANY},
    {"receipts", receipts, MANY},
};

static void costs_with(const scenario *what, int count, costs *into) {
    void *state = NULL;
    (void)setup_memory(&state);
    js_outbox *outbox = ((fixture *)state)->outbox;
    what->fill(outbox, count);
    work(outbox, 1); /* everything is prepared, all lanes are there */
    measure(outbox, NULL);
    work(outbox, 2);
    measure(outbox, into);
    (void)teardown(&state);
}

static void no_statement_costs_more_where_there_is_more(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        costs *few = calloc(1, sizeof *few);
        costs *many = calloc(1, sizeof *many);
        costs_with(&scenarios[i], FEW, few);
        costs_with(&scenarios[i], scenarios[i].many, many);
        assert_true(few->count > 40);
        for (size_t k = 0; k < many->count; k++) {
            int before = cost_of(few, many->items[k].sql)->steps;
            int after = many->items[k].steps;
            if (after > 2 * before + 60) {
                fail_msg("%s: %d steps with %d, %d with %d:\n%s", scenarios[i].name, before, FEW,
                         after, scenarios[i].many, many->items[k].sql);
            }
        }
        free(few);
        free(many);
    }
}

/* Storing and sending what there is much of itself: the sum grows with it, and no faster. */
static int64_t total_steps(js_outbox *outbox) {
    costs *all = calloc(1, sizeof *all);
    int64_t sum = 0;
    sqlite3 *db = js_sq_of(js_store_of(outbox))->db;
    for (sqlite3_stmt *at = sqlite3_next_stmt(db, NULL); at != NULL;
         at = sqlite3_next_stmt(db, at)) {
        sum += sqlite3_stmt_status(at, SQLITE_STMTSTATUS_VM_STEP, 1);
    }
    free(all);
    return sum;
}

static int64_t steps_to_revive(int count) {
    void *state = NULL;
    (void)setup_memory(&state);
    js_outbox *outbox = ((fixture *)state)->outbox;
    dead_letters(outbox, count);
    int64_t other = put(outbox, &(spec){.site = "z.atlassian.net"}, NOW);
    const js_lane lane = {"z.atlassian.net", JS_API_BUILDS};
    settle_one(outbox, &lane, other, JS_STATUS_REJECTED, 0);
    (void)total_steps(outbox);
    assert_int_equal(outbox->ops->retry(outbox, 0, SITE, NOW, NULL), JIRASEND_OK);
    int64_t steps = total_steps(outbox);
    (void)teardown(&state);
    return steps;
}

static int64_t steps_to_store(int count) {
    void *state = NULL;
    (void)setup_memory(&state);
    js_outbox *outbox = ((fixture *)state)->outbox;
    one_stream(outbox, count);
    int64_t steps = total_steps(outbox);
    (void)teardown(&state);
    return steps;
}

/* Of a lane in which nothing plain waits: each event has an envelope of its own, or all have the same. */
static int64_t steps_to_look(int count, bool same) {
    void *state = NULL;
    (void)setup_memory(&state);
    js_outbox *outbox = ((fixture *)state)->outbox;
    for (int i = 0; i < count; i++) {
        char envelope[32];
        (void)snprintf(envelope, sizeof envelope, "run %d", same ? 0 : i);
        put(outbox, &(spec){.number = i + 1, .envelope = envelope}, NOW);
    }
    (void)total_steps(outbox);
    js_lane_view *views = NULL;
    size_t found = 0;
    assert_int_equal(outbox->ops->lanes(outbox, NOW, &views, &found, NULL), JIRASEND_OK);
    assert_int_equal(found, 1);
    assert_int_equal(views[0].waiting, count);
    free(views);
    int64_t steps = total_steps(outbox);
    (void)teardown(&state);
    return steps;
}

static void what_there_is_much_of_costs_in_proportion(void **state) {
    (void)state;
    assert_true(steps_to_revive(4000) < steps_to_revive(1000) * 5);
    assert_true(steps_to_store(4000) < steps_to_store(1000) * 5);
}

static void a_look_costs_the_same_whatever_waits(void **state) {
    (void)state;
    for (int same = 0; same < 2; same++) {
        int64_t few = steps_to_look(20, same != 0);
        assert_in_range(steps_to_look(1000, same != 0), few, few + 20);
    }
}

/* ---- plans ---- */

/* Lanes are few, and so are those that were chosen; the sequence table has one row, the last row is one step. */
static bool may_scan(const char *step) {
    static const char *const fine[] = {"SCAN l",
                                       "SCAN lane",
                                       "SCAN CONSTANT ROW",
                                       "SCAN 20 CONSTANT ROWS",
                                       "SCAN 5 CONSTANT ROWS",
                                       "SCAN sqlite_sequence",
                                       "SCAN event",
                                       "SCAN few"};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        if (strcmp(step, fine[i]) == 0) {
            return true;
        }
    }
    /* All of a partial index that holds only what is asked for; all that waits, of a small database. */
    return strstr(step, "INDEX event_dead") != NULL ||
           strstr(step, "INDEX envelope_waiting") != NULL ||
           strstr(step, "INDEX event_queued") != NULL;
}

typedef struct indexes {
    char names[64][64];
    bool used[64];
    size_t count;
} indexes;

static void read_indexes(sqlite3 *db, indexes *all) {
    sqlite3_stmt *list = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type = 'index'",
                                        -1, &list, NULL),
                     SQLITE_OK);
    while (sqlite3_step(list) == SQLITE_ROW) {
        (void)snprintf(all->names[all->count++], 64, "%s",
                       (const char *)sqlite3_column_text(list, 0));
    }
    (void)sqlite3_finalize(list);
}

static void note_use(indexes *all, const char *step) {
    for (size_t i = 0; i < all->count; i++) {
        const char *found = strstr(step, all->names[i]);
        all->used[i] |= found != NULL && strchr(" (", found[strlen(all->names[i])]) != NULL;
        all->used[i] |= found != NULL && found[strlen(all->names[i])] == '\0';
    }
}

/* Their cost may grow with what they are asked about, and a label is one of a few. */
static bool is_question(const char *sql) {
    return strstr(sql, "json_extract(e.facts") != NULL || strstr(sql, "FROM metric") != NULL ||
           strstr(sql, "event_requested") != NULL;
}

static void check_plan(sqlite3 *db, const char *sql, indexes *all) {
    char explain[3000];
    (void)snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", sql);
    sqlite3_stmt *plan = NULL;
    if (strncmp(sql, "PRAGMA", 6) == 0 ||
        sqlite3_prepare_v2(db, explain, -1, &plan, NULL) != SQLITE_OK) {
        return; /* BEGIN and its like have no plan */
    }
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(plan, 3);
        note_use(all, step);
        bool sorts = strstr(step, "TEMP B-TREE") != NULL;
        bool scans = strncmp(step, "SCAN", 4) == 0 && !may_scan(step);
        if (!is_question(sql) && (sorts || scans)) {
            fail_msg("%s\n%s", step, sql);
        }
    }
    (void)sqlite3_finalize(plan);
}

/* How many statements stand in the sources, but for those of a move, which goes through everything once. */
static int statements_in_sources(void) {
    int found = 0;
    DIR *folder = opendir(OUTBOX_SOURCES);
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[1024];
        char line[512];
        (void)snprintf(path, sizeof path, "%s/%s", OUTBOX_SOURCES, entry->d_name);
        bool moves = strncmp(entry->d_name, "move_", 5) == 0;
        FILE *file = !moves && strstr(entry->d_name, ".c") != NULL ? fopen(path, "r") : NULL;
        while (file != NULL && fgets(line, sizeof line, file) != NULL) {
            found += strncmp(line, "JS_SQL(", 7) == 0 ? 1 : 0;
        }
        if (file != NULL) {
            (void)fclose(file);
        }
    }
    (void)closedir(folder);
    return found;
}

static int64_t put_document(js_outbox *outbox, const char *text) {
    js_event event;
    test_event_read(&event, text);
    int64_t id = put_event(outbox, &event);
    js_event_clear(&event);
    return id;
}

#define REPOSITORY "\"repository\":{\"url\":\"https://git.example.com/app\"}"
#define HASH "\"hash\":\"0123456789abcdef0123456789abcdef01234567\""
#define COMMIT HASH ",\"message\":\"m\",\"url\":\"https://git.example.com/c\""

/* Deletions that stand for many streams, and streams that are touched. */
static void work_in_a_repository(js_outbox *outbox) {
    static const char commit[] =
        "{\"kind\":\"commit\"," REPOSITORY "," COMMIT ",\"issueKeys\":[\"APP-1\"]}";
    static const char branch[] = "{\"kind\":\"branch\"," REPOSITORY ",\"name\":\"b\",\"url\":"
                                 "\"https://git.example.com/b\",\"issueKeys\":[\"APP-2\"],"
                                 "\"lastCommit\":{" COMMIT "}}";
    const js_lane lane = {SITE, JS_API_DEVINFO};
    settle_one(outbox, &lane, put_document(outbox, commit), JS_STATUS_ACCEPTED, 0);
    int64_t on = put_document(outbox, branch);
    (void)batch_ids(outbox, &lane, NOW);
    int64_t gone =
        put_document(outbox, "{\"kind\":\"commit\"," REPOSITORY "," HASH ",\"delete\":true}");
    (void)batch_ids(outbox, &lane, NOW);
    settle_one(outbox, &lane, on, JS_STATUS_ACCEPTED, 0);
    on = put_document(outbox, branch);
    int64_t again =
        put_document(outbox, "{\"kind\":\"commit\"," REPOSITORY "," HASH ",\"delete\":true}");
    (void)batch_ids(outbox, &lane, NOW);
    settle_one(outbox, &lane, gone, JS_STATUS_ACCEPTED, 0);
    settle_one(outbox, &lane, on, JS_STATUS_ACCEPTED, 0);
    settle_one(outbox, &lane, again, JS_STATUS_ACCEPTED, 0);
    int64_t all = put_document(outbox, "{\"kind\":\"repository\"," REPOSITORY ",\"delete\":true}");
    settle_one(outbox, &lane, all, JS_STATUS_ACCEPTED, 0);
    settle_one(outbox, &lane, put_document(outbox, commit), JS_STATUS_ACCEPTED, 0);
}

static void work_after_a_deletion(js_outbox *outbox) {
    int64_t id = put(outbox, &(spec){.pipeline = "gone", .barrier = true}, NOW);
    settle(
        outbox, &builds,
        (js_outcome){.id = id, .status = JS_STATUS_ACCEPTED, .stream_wait_until_ms = NOW + 60000},
        NOW);
    (void)put(outbox, &(spec){.pipeline = "gone"}, NOW);
    js_stream_wait *waits = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->stream_waits(outbox, NOW, &waits, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    assert_string_equal(waits[0].name, "gone");
    assert_int_equal(outbox->ops->stream_wait_end(outbox, &waits[0], NULL), JIRASEND_OK);
    js_stream_waits_free(waits, count);
    assert_int_equal(outbox->ops->stream_waits(outbox, NOW, &waits, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 0);
}

static void work_after_a_sweep(js_outbox *outbox) {
    js_event event;
    test_sweep(&event, JS_KIND_BUILD, "jirasend", "default");
    (void)put_document(outbox,
                       "{\"kind\":\"build\",\"pipelineId\":\"swept\",\"number\":1,\"url\":"
                       "\"https://x.example/1\",\"state\":\"failed\",\"issueKeys\":[\"APP-1\"],"
                       "\"properties\":{\"team\":\"x\"}}");
    int64_t id = put_event(outbox, &event);
    settle(outbox, &builds,
           (js_outcome){.id = id,
                        .status = JS_STATUS_ACCEPTED,
                        .sweep = &event,
                        .stream_wait_until_ms = NOW + 60000},
           NOW);
    js_stream_wait wait = {.whole_lane = true, .stream = 1};
    assert_int_equal(outbox->ops->stream_wait_end(outbox, &wait, NULL), JIRASEND_OK);
    js_event_clear(&event);
}

/* What people and monitoring ask, for which nothing has to wait. */
static void ask_history(js_outbox *outbox) {
    static const js_history_query asked[] = {
        {.limit = 5},
        {.since_ms = NOW, .limit = 5},
        {.pipeline = "round1", .limit = 5},
        {.key = "APP-1", .limit = 5},
        {.key = "APP-1", .passed_over = true, .limit = 5},
    };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        js_history_row *rows = NULL;
        size_t count = 0;
        bool more = false;
        assert_int_equal(outbox->ops->history(outbox, &asked[i], &rows, &count, &more, NULL),
                         JIRASEND_OK);
        js_history_free(rows, count);
    }
    static const char *const names[2] = {"prod", "qa"};
    js_deployed *deployed = NULL;
    js_receipt *receipts = NULL;
    js_metric *metrics = NULL;
    js_told_id *ids = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->deployed(outbox, names, &deployed, &count, NULL), JIRASEND_OK);
    js_deployed_free(deployed, count);
    assert_int_equal(outbox->ops->told_ids(outbox, 0, 0, &ids, &count, NULL), JIRASEND_OK);
    for (int64_t id = 1; id < 200; id++) { /* whichever are left */
        js_last_told last;
        js_buf text = JS_BUF_INIT;
        assert_int_equal(outbox->ops->last_told(outbox, NULL, id, &last, NULL), JIRASEND_OK);
        js_last_told_clear(&last);
        (void)outbox->ops->told_document(outbox, id, &text, NULL);
        js_buf_clear(&text);
    }
    free(ids);
    bool knows = false;
    assert_int_equal(outbox->ops->knows_repository(outbox, SITE, "r", &knows, NULL), JIRASEND_OK);
    for (int i = 0; i < 2; i++) {
        js_buf text = JS_BUF_INIT;
        assert_int_equal(outbox->ops->bookmark_put(outbox, "x", i == 0 ? "y" : NULL, NULL),
                         JIRASEND_OK);
        assert_int_equal(outbox->ops->bookmark_get(outbox, "x", &text, NULL), JIRASEND_OK);
        js_buf_clear(&text);
    }
    int64_t moment_ms = 0;
    assert_int_equal(outbox->ops->take_moment(outbox, "m", 1000, 100, &moment_ms, NULL),
                     JIRASEND_OK);
    assert_int_equal(outbox->ops->requested(outbox, "r1-0", 5, &receipts, &count, NULL),
                     JIRASEND_OK);
    js_receipts_free(receipts, count);
    assert_int_equal(outbox->ops->metrics(outbox, &metrics, &count, NULL), JIRASEND_OK);
    js_metrics_free(metrics, count);
}

/* What a relay or a plugin asks. */
static void ask_as_front_end(js_outbox *outbox, const js_event *event) {
    int64_t changed_ms = 0;
    char *text = NULL;
    assert_int_equal(outbox->ops->changed(outbox, event, &changed_ms, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->count(outbox, "x", NULL), JIRASEND_OK);
    int64_t id = put(outbox, &(spec){.number = 950}, NOW);
    assert_int_equal(outbox->ops->document(outbox, id, &text, NULL), JIRASEND_OK);
    free(text);
    settle_one(outbox, &builds, id, JS_STATUS_RELAYED, 0);
    assert_int_equal(outbox->ops->answered(
                         outbox,
                         &(js_outcome){.id = id, .status = JS_STATUS_ACCEPTED, .http_status = 202},
                         NOW, NULL),
                     JIRASEND_OK);
}

/* What has been seen goes out of an outbox in memory, in earnest; here there is nothing of these numbers. */
static void forget_a_run(js_store *store) {
    enum { UNUSED = 1000000, RUN = 3 };
    js_sqlite *self = js_sq_of(store);
    self->seen.ids = calloc(JS_SEEN_MAX, sizeof *self->seen.ids);
    assert_non_null(self->seen.ids);
    self->seen.count = JS_SEEN_KEPT + RUN;
    for (size_t i = 0; i < self->seen.count; i++) {
        self->seen.ids[i] = UNUSED + (int64_t)i;
    }
    assert_int_equal(js_sq_begin(store, JS_WORK_WRITE, NULL), JIRASEND_OK);
    assert_int_equal(js_sq_end(store, js_sq_forget_seen(self, NULL), NULL), JIRASEND_OK);
}

/* What only time or another outbox brings about. */
static void rare_work(fixture *fix) {
    js_outbox *outbox = fix->outbox;
    js_store *store = js_store_of(outbox);
    put(outbox, &(spec){.number = 900, .request_id = "again"}, NOW - 40 * DAY_MS);
    settle(outbox, &builds, (js_outcome){.id = 0}, NOW);
    js_batch_limits late = {.max_events = 1, .max_bytes = 1, .now_ms = NOW + 31 * DAY_MS};
    (void)batch_with(outbox, &builds, &late); /* expires */
    assert_int_equal(outbox->ops->tidy(outbox, NOW + 500 * DAY_MS, NULL), JIRASEND_OK);
    put_build(outbox, 901);
    js_event event;
    test_event_read(&event,
                    "{\"kind\":\"build\",\"pipelineId\":\"a\",\"number\":1,\"url\":"
                    "\"https://x.example/1\",\"state\":\"failed\",\"issueKeys\":[\"APP-1\"],"
                    "\"requestId\":\"old\"}");
    js_put again = {.event = &event, .document = "{}", .length = 2, .sequence = 5};
    js_again known = {.dead = true};
    int64_t id = 0;
    assert_int_equal(js_sq_begin(store, JS_WORK_WRITE, NULL), JIRASEND_OK);
    assert_int_equal(
        js_sq_end(store, js_sq_put_again(js_sq_of(store), &again, &known, NOW, &id, NULL), NULL),
        JIRASEND_OK);
    assert_int_equal(outbox->ops->drop(outbox, id, NOW, NULL), JIRASEND_OK);
    js_put_result result;
    pass_time(40 * DAY_MS);
    assert_int_equal(outbox->ops->put(outbox,
                                      &(js_put){.event = &event, .document = "{}", .length = 2}, 1,
                                      NOW + 40 * DAY_MS, &result, NULL),
                     JIRASEND_OK);
    js_told told;
    assert_int_equal(outbox->ops->told(outbox, &event, &told, NULL), JIRASEND_OK);
    js_last_told last;
    assert_int_equal(outbox->ops->last_told(outbox, &event, 0, &last, NULL), JIRASEND_OK);
    js_last_told_clear(&last);
    ask_history(outbox);
    ask_as_front_end(outbox, &event);
    js_event_clear(&event);
    js_backoff pause = {.failures = 1};
    assert_int_equal(js_sq_begin(store, JS_WORK_WRITE, NULL), JIRASEND_OK);
    assert_int_equal(js_sq_end(store, js_sq_backoff_write(store, 1, &pause, NULL), NULL),
                     JIRASEND_OK);
    assert_int_equal(js_sq_begin(store, JS_WORK_WRITE, NULL), JIRASEND_OK);
    assert_int_equal(js_sq_end(store, JIRASEND_E_MEMORY, NULL), JIRASEND_E_MEMORY);
    forget_a_run(store);
    int64_t alone = put(outbox, &(spec){.site = "own.atlassian.net", .envelope = "e"}, NOW);
    look(outbox, alone); /* a lane in which nothing plain waits */
}

static void every_statement_has_a_good_plan(void **state) {
    fixture *fix = *state;
    indexes *all = calloc(1, sizeof *all);
    costs *seen = calloc(1, sizeof *seen);
    char mark[256];
    path_in(fix, "outbox.mark", mark);
    for (int64_t pages = 1; pages >= -1; pages--) { /* new, as if large, small */
        fix->options.check_pages = pages == 0 ? -1 : 0;
        open_outbox(fix);
        measure(fix->outbox, seen);
        if (pages >= 0) {
            close_outbox(fix);
            assert_int_equal(remove(mark), 0); /* nobody knows how it was left: it is checked */
        }
    }
    work(fix->outbox, 1);
    work_in_a_repository(fix->outbox);
    work_after_a_deletion(fix->outbox);
    work_after_a_sweep(fix->outbox);
    rare_work(fix);
    measure(fix->outbox, seen);
    sqlite3 *db = js_sq_of(js_store_of(fix->outbox))->db;
    read_indexes(db, all);
    for (size_t i = 0; i < seen->count; i++) {
        check_plan(db, seen->items[i].sql, all);
    }
    if ((int)seen->count != statements_in_sources()) {
        for (size_t i = 0; i < seen->count; i++) {
            print_message("%.60s\n", seen->items[i].sql);
        }
        fail_msg("%d statements in the sources, %d came by", statements_in_sources(),
                 (int)seen->count);
    }
    for (size_t i = 0; i < all->count; i++) {
        if (!all->used[i]) {
            fail_msg("No statement uses the index %s.", all->names[i]);
        }
    }
    free(seen);
    free(all);
}

static void memory_does_not_grow(void **state) {
    fixture *fix = *state;
    put_many(fix->outbox, 100000);
    close_outbox(fix);
    (void)sqlite3_memory_highwater(1);
    open_outbox(fix);
    int64_t opening = total_steps(fix->outbox);
    work(fix->outbox, 1);
    assert_true(opening < 1000);
    assert_true(sqlite3_memory_highwater(0) < 12 * 1024 * 1024);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_statement_has_a_good_plan, setup_closed, teardown),
        cmocka_unit_test(no_statement_costs_more_where_there_is_more),
        cmocka_unit_test(what_there_is_much_of_costs_in_proportion),
        cmocka_unit_test(a_look_costs_the_same_whatever_waits),
        cmocka_unit_test_setup_teardown(memory_does_not_grow, setup_folder, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
