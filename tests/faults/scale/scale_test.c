/*
 * A hundred thousand waiting events against a hundred. What is compared are counts and memory, never
 * time: each step is a process of its own, and its peak is what the system says.
 */
#include "delivery/access_store.h"
#include "delivery/delivery.h"
#include "event/document.h"
#include "fake_world.h"
#include "outbox/sqlite/internal.h"
#include "outbox/sqlite/sqlite.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FEW = 100,
    MANY = 100000,
    AT_ONCE = 1000,
    PAGE = 100,
    PEAK_KIB = 24 * 1024,
    MORE_KIB = 2048
};

static fake_world clock_now = {1790000000000, 5000, 7};
static js_world world;

static void fail(const char *what, int64_t is, int64_t wanted) {
    (void)fprintf(stderr, "%s: %" PRId64 ", not %" PRId64 "\n", what, is, wanted);
    exit(1);
}

static void must(jirasend_code code, const jirasend_error *error) {
    if (code != JIRASEND_OK) {
        (void)fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
}

static js_outbox *open_in(const char *folder) {
    world = fake_world_table(&clock_now);
    js_sqlite_options options = {
        .folder = folder, .max_events = 200000, .max_bytes = INT64_C(512) << 20, .world = &world};
    js_outbox *outbox = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    must(js_sqlite_open(&options, &outbox, &error), &error);
    return outbox;
}

/* ---- steps, each in a process ---- */

static void fill(const char *folder, int64_t count) {
    static const char text[] =
        "{\"kind\":\"build\",\"site\":\"a.test\",\"pipelineId\":\"team/app/main\",\"number\":1,"
        "\"url\":\"https://ci.example.com/job/app/1/\",\"state\":\"successful\","
        "\"issueKeys\":[\"APP-1\",\"APP-2\"]}";
    js_outbox *outbox = open_in(folder);
    js_key_rules keys = JS_KEY_RULES_INIT;
    js_read_rules rules = {.keys = &keys, .now_ms = clock_now.wall_ms};
    jirasend_error error = JIRASEND_ERROR_INIT;
    static js_event events[AT_ONCE];
    static js_buf stored[AT_ONCE];
    static js_put puts[AT_ONCE];
    static js_put_result results[AT_ONCE];
    for (int64_t done = 0; done < count;) {
        size_t many = 0;
        for (; many < AT_ONCE && done < count; many++) {
            must(js_document_read(&events[many], text, strlen(text), &rules, &error), &error);
            events[many].of.run.number = ++done;
            stored[many] = (js_buf)JS_BUF_INIT;
            js_document_write(&stored[many], &events[many]);
            puts[many] = (js_put){&events[many], stored[many].data, stored[many].length, NULL,
                                  .may_keep = false};
        }
        must(outbox->ops->put(outbox, puts, many, clock_now.wall_ms, results, &error), &error);
        for (size_t i = 0; i < many; i++) {
            js_event_clear(&events[i]);
            js_buf_clear(&stored[i]);
        }
    }
    outbox->ops->close(outbox);
}

/* Prints how many pages opening has read. */
static void only_open(const char *folder, int64_t count) {
    js_outbox *outbox = open_in(folder);
    js_sqlite *inside = (js_sqlite *)outbox;
    int pages = 0;
    int peak = 0;
    (void)sqlite3_db_status(inside->db, SQLITE_DBSTATUS_CACHE_MISS, &pages, &peak, 0);
    js_counts counts;
    jirasend_error error = JIRASEND_ERROR_INIT;
    must(outbox->ops->counts(outbox, &counts, &error), &error);
    if (counts.waiting != count) {
        fail("waiting events", counts.waiting, count);
    }
    outbox->ops->close(outbox);
    (void)printf("%d\n", pages);
}

static void list_all(const char *folder, int64_t count) {
    js_outbox *outbox = open_in(folder);
    jirasend_error error = JIRASEND_ERROR_INIT;
    int64_t after = 0;
    int64_t seen = 0;
    for (size_t got = 1; got > 0;) {
        js_receipt *receipts = NULL;
        must(outbox->ops->list(outbox, after, PAGE, &receipts, &got, &error), &error);
        if (got > PAGE || (got > 0 && receipts[0].id <= after)) {
            fail("events of a page", (int64_t)got, PAGE);
        }
        after = got > 0 ? receipts[got - 1].id : after;
        seen += (int64_t)got;
        js_receipts_free(receipts, got);
    }
    if (seen != count) {
        fail("listed events", seen, count);
    }
    outbox->ops->close(outbox);
    (void)printf("0\n");
}

/* A Jira that takes all, at once. */
typedef struct taker {
    js_net net;
    js_net_answer ready[4];
    size_t count;
    js_net_ticket last;
    int64_t bulks;
} taker;

static void take_all(js_buf *answer, const char *body) {
    static const char mark[] = "\"buildNumber\":";
    js_buf_add_text(answer, "{\"acceptedBuilds\":[");
    const char *separator = "";
    for (const char *at = strstr(body, mark); at != NULL; at = strstr(at, mark)) {
        at += sizeof mark - 1;
        js_buf_addf(answer, "%s{\"pipelineId\":\"team~2Fapp~2Fmain\",\"buildNumber\":%ld}",
                    separator, strtol(at, NULL, 10));
        separator = ",";
    }
    js_buf_add_text(answer, "]}");
}

static jirasend_code start(js_net *net, const js_net_request *request, js_net_ticket *ticket,
                           jirasend_error *error) {
    taker *mine = (taker *)net;
    (void)error;
    js_net_answer *answer = &mine->ready[mine->count++];
    memset(answer, 0, sizeof *answer);
    answer->ticket = ++mine->last;
    answer->status = 200;
    *ticket = answer->ticket;
    if (strstr(request->url, "/oauth/token") != NULL) {
        js_buf_add_text(&answer->body, "{\"access_token\":\"t\",\"expires_in\":900}");
        return JIRASEND_OK;
    }
    mine->bulks++;
    answer->status = 202;
    take_all(&answer->body, request->body);
    return JIRASEND_OK;
}

static bool collect(js_net *net, js_net_answer *answer) {
    taker *mine = (taker *)net;
    if (mine->count == 0) {
        return false;
    }
    *answer = mine->ready[--mine->count];
    return true;
}

static void poll_nothing(js_net *net, int64_t timeout_ms) {
    (void)net;
    (void)timeout_ms;
}

static void cancel(js_net *net, js_net_ticket ticket) {
    (void)net;
    (void)ticket;
}

static void nothing(js_net *net) {
    (void)net;
}

static const struct js_net_ops operations = {start,  poll_nothing, collect,
                                             cancel, nothing,      nothing};

/* Prints how many requests it took. */
static void drain(const char *folder, int64_t count) {
    js_outbox *outbox = open_in(folder);
    taker jira = {.net = {&operations}};
    js_log log = {0};
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_access_setup access = {.net = &jira.net,
                              .memory = js_access_store_in(outbox),
                              .world = &world,
                              .api_url = "https://api.test"};
    js_access *who = js_access_new(&access);
    js_credentials credentials = {
        .site = "a.test", .client_id = "c", .secret = "s", .secret_length = 1, .cloud_id = "c"};
    must(js_access_put(who, &credentials, &error), &error);
    js_delivery_setup setup = {
        .net = &jira.net, .outbox = outbox, .access = who, .world = &world, .log = &log};
    js_delivery *delivery = js_delivery_new(&setup);
    js_counts counts = {.waiting = 1};
    for (int64_t turns = 0; counts.waiting > 0 && turns < count; turns++) {
        (void)js_delivery_turn(delivery);
        fake_world_pass(&clock_now, 1);
        must(outbox->ops->counts(outbox, &counts, &error), &error);
    }
    if (counts.waiting != 0 || counts.dead != 0) {
        fail("events that still wait", counts.waiting, 0);
    }
    js_delivery_free(delivery);
    js_access_free(who);
    outbox->ops->close(outbox);
    (void)printf("%" PRId64 "\n", jira.bulks);
}

/* ---- the steps, run and compared ---- */

typedef struct outcome {
    int64_t said, peak_kib;
} outcome;

static outcome step(const char *what, const char *folder, int64_t count) {
    int ends[2];
    char number[24];
    (void)snprintf(number, sizeof number, "%" PRId64, count);
    if (pipe(ends) != 0) {
        exit(1);
    }
    pid_t child = fork();
    if (child == 0) {
        (void)dup2(ends[1], 1);
        (void)close(ends[0]);
        (void)execl("/proc/self/exe", "test_scale", what, folder, number, (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    char text[64] = "";
    ssize_t length = read(ends[0], text, sizeof text - 1);
    text[length > 0 ? length : 0] = '\0';
    (void)close(ends[0]);
    int status = 0;
    struct rusage used;
    if (wait4(child, &status, 0, &used) != child || status != 0) {
        fail(what, status, 0);
    }
    outcome result = {strtoll(text, NULL, 10), used.ru_maxrss};
    (void)printf("%s with %" PRId64 ": %" PRId64 ", peak %" PRId64 " KiB\n", what, count,
                 result.said, result.peak_kib);
    return result;
}

static void at_most(const char *what, int64_t is, int64_t bound) {
    if (is > bound) {
        (void)fprintf(stderr, "%s: %" PRId64 ", more than %" PRId64 "\n", what, is, bound);
        exit(1);
    }
}

/* Sanitizers take memory of their own. */
static void same_peak(const char *what, outcome few, outcome many) {
#ifndef JS_SANITIZED
    at_most(what, many.peak_kib, PEAK_KIB);
    at_most(what, many.peak_kib, few.peak_kib + MORE_KIB);
#else
    (void)what, (void)few, (void)many;
#endif
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *walk) {
    (void)facts;
    (void)type;
    (void)walk;
    return remove(path);
}

static void compare(const char *few, const char *many) {
    (void)step("fill", few, FEW);
    (void)step("fill", many, MANY);
    outcome open_few = step("open", few, FEW);
    outcome open_many = step("open", many, MANY);
    same_peak("memory to open", open_few, open_many);
    at_most("pages read to open", open_many.said, 4 * open_few.said);
    same_peak("memory to list", step("list", few, FEW), step("list", many, MANY));
    outcome drain_few = step("drain", few, FEW);
    outcome drain_many = step("drain", many, MANY);
    same_peak("memory to drain", drain_few, drain_many);
    at_most("requests to drain few", drain_few.said, FEW / 100);
    at_most("requests to drain many", drain_many.said, MANY / 100);
}

int main(int argc, char **argv) {
    if (argc == 4) {
        int64_t count = strtoll(argv[3], NULL, 10);
        void (*const steps[])(const char *, int64_t) = {fill, only_open, list_all, drain};
        static const char *const names[] = {"fill", "open", "list", "drain"};
        for (int i = 0; i < 4; i++) {
            if (strcmp(argv[1], names[i]) == 0) {
                steps[i](argv[2], count);
                return 0;
            }
        }
        return 1;
    }
    char base[64] = "/tmp/jirasend-scale-XXXXXX";
    char few[80];
    char many[80];
    if (mkdtemp(base) == NULL) {
        return 1;
    }
    (void)snprintf(few, sizeof few, "%s/few", base);
    (void)snprintf(many, sizeof many, "%s/many", base);
    compare(few, many);
    (void)nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
