#include "outbox_support.h"

#include "base/text.h"
#include "event/document.h"
#include "fake_world.h"
#include "outbox/postgres/postgres.h"
#include "postgres_server.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

const js_lane builds = {SITE, JS_API_BUILDS};
const js_lane deployments = {SITE, JS_API_DEPLOYMENTS};
const js_lane site_lane = {SITE, JS_API_NONE};

static fake_world fake = {NOW, 0, 7};
static js_world world;

void pass_time(int64_t ms) {
    fake_world_pass(&fake, ms);
}

#ifdef OUTBOX_ON_POSTGRES
static const bool on_postgres = true;
#else
static const bool on_postgres = false;
#endif

static js_postgres_options postgres_options(const fixture *fix, char address[400]) {
    postgres_server_address(address, 400, fix->schema);
    return (js_postgres_options){.address = address,
                                 .max_events = fix->options.max_events,
                                 .max_bytes = fix->options.max_bytes,
                                 .world = fix->options.world,
                                 .keep_days = fix->options.keep_days};
}

/* One schema for all tests of a program, emptied between them: making tables takes a second. */
static bool make_schema(fixture *fix) {
    static bool made;
    char address[400];
    char said[JIRASEND_ERROR_MESSAGE_SIZE];
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (!postgres_server_start()) {
        return false;
    }
    (void)snprintf(fix->schema, sizeof fix->schema, "t%d", (int)getpid());
    js_postgres_options options = postgres_options(fix, address);
    if (!made && js_postgres_migrate(&options, NULL, said, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    made = true;
    return true;
}

static void empty_schema(const fixture *fix) {
    static const char *const tables[] = {
        "counter", "lane",    "envelope",  "repository", "stream", "request", "waiting",
        "dead",    "receipt", "event_key", "told",       "metric", "bookmark"};
    char sql[2000];
    size_t length = 0;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        length += (size_t)snprintf(sql + length, sizeof sql - length, "DELETE FROM %s.%s; ",
                                   fix->schema, tables[i]);
    }
    (void)snprintf(sql + length, sizeof sql - length,
                   "UPDATE %s.tally SET settled_no = 0, changes = 0, dead = 0, removed_dead = 0; "
                   "ALTER SEQUENCE %s.event_id RESTART",
                   fix->schema, fix->schema);
    postgres_server_sql(sql);
}

static int setup(void **state, bool folder, bool open) {
    fixture *fix = calloc(1, sizeof *fix);
    assert_non_null(fix);
    fake = (fake_world){NOW, 5000, 7};
    world = fake_world_table(&fake);
    fix->options =
        (js_sqlite_options){.max_events = 200000, .max_bytes = INT64_C(512) << 20, .world = &world};
    if (on_postgres && !make_schema(fix)) {
        free(fix);
        *state = NULL;
        skip();
    }
    if (folder && !on_postgres) {
        const char *where = getenv("TMPDIR");
        (void)snprintf(fix->base, sizeof fix->base, "%.40s/jirasend-outbox-XXXXXX",
                       where == NULL ? "/tmp" : where);
        assert_non_null(mkdtemp(fix->base));
        (void)snprintf(fix->folder, sizeof fix->folder, "%s/outbox", fix->base);
        fix->options.folder = fix->folder;
    }
    *state = fix;
    if (open) {
        open_outbox(fix);
    }
    return 0;
}

int setup_folder(void **state) {
    return setup(state, true, true);
}

int setup_rollback(void **state) {
    (void)setup(state, true, false);
    fixture *fix = *state;
    fix->options.rollback_journal = true;
    open_outbox(fix);
    return 0;
}

int setup_memory(void **state) {
    return setup(state, false, true);
}

int setup_closed(void **state) {
    return setup(state, true, false);
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *walk) {
    (void)facts;
    (void)type;
    (void)walk;
    return remove(path);
}

int teardown(void **state) {
    fixture *fix = *state;
    if (fix == NULL) {
        return 0;
    }
    close_outbox(fix);
    if (on_postgres) {
        empty_schema(fix);
    }
    if (fix->base[0] != '\0') {
        (void)nftw(fix->base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
    free(fix);
    return 0;
}

static jirasend_code open_any(const fixture *fix, js_outbox **outbox, jirasend_error *error) {
    char address[400];
    if (!on_postgres) {
        return js_sqlite_open(&fix->options, outbox, error);
    }
    js_postgres_options options = postgres_options(fix, address);
    return js_postgres_open(&options, outbox, error);
}

void open_outbox(fixture *fix) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (open_any(fix, &fix->outbox, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
}

void close_outbox(fixture *fix) {
    if (fix->outbox != NULL) {
        fix->outbox->ops->close(fix->outbox);
    }
    fix->outbox = NULL;
}

void reopen(fixture *fix) {
    close_outbox(fix);
    open_outbox(fix);
}

void expect_refusal(const fixture *fix, jirasend_code code, const char *words) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_outbox *outbox = NULL;
    assert_int_equal(open_any(fix, &outbox, &error), code);
    assert_null(outbox);
    assert_int_equal(error.code, code);
    if (strstr(error.message, words) == NULL) {
        fail_msg("\"%s\" is not in: %s", words, error.message);
    }
}

void path_in(const fixture *fix, const char *name, char out[256]) {
    (void)snprintf(out, 256, "%s/%s", fix->folder, name);
}

void run_sql(const fixture *fix, const char *sql) {
    char path[256];
    if (on_postgres) {
        char all[1000];
        (void)snprintf(all, sizeof all, "SET search_path = %s; %s", fix->schema, sql);
        postgres_server_sql(all);
        return;
    }
    path_in(fix, "outbox.db", path);
    sqlite3 *db = NULL;
    char *words = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &words) != SQLITE_OK) {
        fail_msg("%s", words);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void make_event(js_event *event, const spec *what) {
    js_buf text = JS_BUF_INIT;
    const char *site = what->site == NULL ? SITE : what->site;
    js_buf_addf(&text,
                "{\"kind\":\"%s\",\"site\":\"%s\",\"pipelineId\":\"%s\",\"number\":%" PRId64
                ",\"url\":\"https://ci.example.com/job/1/\",\"state\":\"%s\","
                "\"issueKeys\":[\"APP-1\",\"APP-2\"]",
                what->environment == NULL ? "build" : "deployment", site,
                what->pipeline == NULL ? "app" : what->pipeline,
                what->number == 0 ? 1 : what->number, what->gate ? "pending" : "successful");
    if (what->environment != NULL) {
        js_buf_addf(&text,
                    ",\"environment\":{\"id\":\"%s\",\"name\":\"%s\",\"type\":\"staging\"}"
                    ",\"gate\":%s",
                    what->environment, what->environment, what->gate ? "true" : "false");
    }
    if (what->request_id != NULL) {
        js_buf_addf(&text, ",\"requestId\":\"%s\"", what->request_id);
    }
    if (what->label != NULL) {
        js_buf_addf(&text, ",\"label\":\"%s\"", what->label);
    }
    js_buf_add_text(&text, "}");
    assert_false(text.failed);
    test_event_read(event, text.data);
    js_buf_clear(&text);
}

js_put_result put_result(js_outbox *outbox, const spec *what, int64_t now_ms) {
    js_event event;
    make_event(&event, what);
    js_buf document = JS_BUF_INIT;
    js_document_write(&document, &event);
    assert_false(document.failed);
    js_put item = {.event = &event,
                   .document = document.data,
                   .length = document.length,
                   .skip = what->skip,
                   .may_keep = true,
                   .envelope = what->envelope,
                   .barrier = what->barrier,
                   .history = what->history,
                   .sequence = what->sequence,
                   .scope = what->scope};
    js_put_result result;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (outbox->ops->put(outbox, &item, 1, now_ms, &result, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    js_buf_clear(&document);
    js_event_clear(&event);
    return result;
}

int64_t put(js_outbox *outbox, const spec *what, int64_t now_ms) {
    js_put_result result = put_result(outbox, what, now_ms);
    if (result.code != JIRASEND_OK) {
        fail_msg("%s", result.message);
    }
    assert_true(result.id > 0);
    return result.id;
}

int64_t put_build(js_outbox *outbox, int64_t number) {
    return put(outbox, &(spec){.number = number}, NOW);
}

int64_t put_event(js_outbox *outbox, js_event *event) {
    js_buf text = JS_BUF_INIT;
    js_document_write(&text, event);
    js_put_result result = {0};
    assert_int_equal(outbox->ops->put(outbox,
                                      &(js_put){.event = event,
                                                .document = text.data,
                                                .length = text.length,
                                                .may_keep = event->sweep == NULL},
                                      1, NOW, &result, NULL),
                     JIRASEND_OK);
    assert_int_equal(result.code, JIRASEND_OK);
    js_buf_clear(&text);
    return result.id;
}

void put_many(js_outbox *outbox, int64_t count) {
    enum { AT_ONCE = 1000 };
    js_event event;
    make_event(&event, &(spec){.number = 1});
    js_event *events = calloc(AT_ONCE, sizeof *events);
    js_put *puts = calloc(AT_ONCE, sizeof *puts);
    js_put_result *results = calloc(AT_ONCE, sizeof *results);
    js_buf document = JS_BUF_INIT;
    js_document_write(&document, &event);
    for (int64_t done = 0; done < count;) {
        size_t many = 0;
        while (many < AT_ONCE && done < count) {
            events[many] = event; /* shares the texts; only the number differs */
            events[many].of.run.number = ++done;
            puts[many] =
                (js_put){&events[many], document.data, document.length, NULL, .may_keep = false};
            many++;
        }
        assert_int_equal(outbox->ops->put(outbox, puts, many, NOW, results, NULL), JIRASEND_OK);
        assert_int_equal(results[many - 1].code, JIRASEND_OK);
    }
    js_buf_clear(&document);
    free(events);
    free(puts);
    free(results);
    js_event_clear(&event);
}

int64_t claim(js_outbox *outbox, const js_lane *lane) {
    int64_t fence = 0;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (outbox->ops->claim(outbox, lane, &fence, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    return fence;
}

const char *batch_with(js_outbox *outbox, const js_lane *lane, const js_batch_limits *limits) {
    static char text[4096];
    js_batch batch;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (outbox->ops->next_batch(outbox, lane, limits, &batch, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    text[0] = '\0';
    size_t used = 0;
    for (size_t i = 0; i < batch.count && used < sizeof text - 24; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%" PRId64, i == 0 ? "" : " ",
                                 batch.items[i].id);
        assert_int_equal(js_kind_api(batch.items[i].event.kind), lane->api);
        assert_string_equal(batch.items[i].event.site.name, lane->site);
    }
    js_batch_clear(&batch);
    return text;
}

const char *batch_ids(js_outbox *outbox, const js_lane *lane, int64_t now_ms) {
    js_batch_limits limits = {100, 1 << 20, now_ms, false, 0, false};
    return batch_with(outbox, lane, &limits);
}

void settle(js_outbox *outbox, const js_lane *lane, js_outcome outcome, int64_t now_ms) {
    int64_t fence = claim(outbox, lane);
    js_stop stop = {0};
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (outbox->ops->settle(outbox, lane, fence, &outcome, 1, &stop, NULL, now_ms, &error) !=
        JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    outbox->ops->release(outbox, lane, fence, false);
}

void settle_as(js_outbox *outbox, const js_lane *lane, int64_t id, js_status status) {
    settle(outbox, lane, (js_outcome){.id = id, .status = status, .sent = true, .http_status = 202},
           NOW);
}

const char *fate(js_outbox *outbox, int64_t id) {
    static char text[1024];
    js_receipt receipt;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (outbox->ops->receipt(outbox, id, &receipt, &error) != JIRASEND_OK) {
        (void)snprintf(text, sizeof text, "error %d: %s", (int)error.code, error.message);
        return text;
    }
    (void)snprintf(text, sizeof text, "%s: %s", js_status_name(receipt.status), receipt.message);
    js_receipt_clear(&receipt);
    return text;
}

void expect_counts(js_outbox *outbox, int64_t waiting, int64_t held, int64_t dead,
                   int64_t removed_dead) {
    js_counts counts;
    assert_int_equal(outbox->ops->counts(outbox, &counts, NULL), JIRASEND_OK);
    assert_int_equal(counts.waiting, waiting);
    assert_int_equal(counts.held, held);
    assert_int_equal(counts.dead, dead);
    assert_int_equal(counts.removed_dead, removed_dead);
}
