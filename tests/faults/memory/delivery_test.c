/*
 * Open, submit, deliver, receipt, close, without threads, with every allocation failing in turn.
 * When memory is back, the event is delivered: nothing was lost on the way.
 */
#include "failing.h"
#include "runner.h"

#include "delivery/access_store.h"
#include "delivery/delivery.h"
#include "event/document.h"
#include "fake_world.h"
#include "outbox/sqlite/sqlite.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ANSWERS = 8, TURNS = 200, PASS_MS = 5000 };

/* ---- a network whose own memory never fails ---- */

typedef struct spared_net {
    js_net net;
    js_net_answer ready[ANSWERS];
    size_t count;
    js_net_ticket last;
} spared_net;

static const char *answer_to(const char *url, int *status) {
    *status = 200;
    if (strstr(url, "/oauth/token") != NULL) {
        return "{\"access_token\":\"t\",\"expires_in\":900}";
    }
    if (strstr(url, "/_edge/") != NULL) {
        return "{\"cloudId\":\"c\"}";
    }
    *status = 202;
    return "{\"acceptedBuilds\":[{\"pipelineId\":\"p\",\"buildNumber\":1}]}";
}

static jirasend_code start(js_net *net, const js_net_request *request, js_net_ticket *ticket,
                           jirasend_error *error) {
    spared_net *mine = (spared_net *)net;
    (void)error;
    if (mine->count == ANSWERS) {
        return JIRASEND_E_MEMORY;
    }
    failing_spare(true);
    js_net_answer *answer = &mine->ready[mine->count++];
    memset(answer, 0, sizeof *answer);
    answer->ticket = ++mine->last;
    js_buf_add_text(&answer->body, answer_to(request->url, &answer->status));
    failing_spare(false);
    *ticket = answer->ticket;
    return JIRASEND_OK;
}

static bool take(js_net *net, js_net_answer *answer) {
    spared_net *mine = (spared_net *)net;
    if (mine->count == 0) {
        return false;
    }
    *answer = mine->ready[0];
    mine->count--;
    memmove(mine->ready, mine->ready + 1, mine->count * sizeof *mine->ready);
    return true;
}

static void cancel(js_net *net, js_net_ticket ticket) {
    spared_net *mine = (spared_net *)net;
    for (size_t i = 0; i < mine->count; i++) {
        if (mine->ready[i].ticket == ticket) {
            js_buf_clear(&mine->ready[i].body);
            mine->count--;
            memmove(mine->ready + i, mine->ready + i + 1, (mine->count - i) * sizeof *mine->ready);
            return;
        }
    }
}

static void poll_nothing(js_net *net, int64_t timeout_ms) {
    (void)net;
    (void)timeout_ms;
}

static void nothing(js_net *net) {
    (void)net;
}

static const struct js_net_ops operations = {start, poll_nothing, take, cancel, nothing, nothing};

/* ---- one life of a client ---- */

typedef struct life {
    fake_world clock;
    js_world world;
    js_log log;
    spared_net net;
    js_outbox *outbox;
    js_access *access;
    js_delivery *delivery;
} life;

static char folder[64];
static bool in_folder, rollback;
static long submitted; /* allocations until then */

static jirasend_code submit(life *self, int64_t *id, jirasend_error *error) {
    static const char document[] =
        "{\"kind\":\"build\",\"site\":\"a.test\",\"pipelineId\":\"p\",\"number\":1,"
        "\"url\":\"https://ci.test/1\",\"state\":\"failed\",\"issueKeys\":[\"APP-1\"],"
        "\"requestId\":\"r\"}";
    js_key_rules keys = JS_KEY_RULES_INIT;
    js_read_rules rules = {.keys = &keys, .now_ms = self->clock.wall_ms};
    js_event event;
    jirasend_code code = js_document_read(&event, document, strlen(document), &rules, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_buf stored = JS_BUF_INIT;
    js_document_write(&stored, &event);
    js_put put = {
        .event = &event, .document = stored.data, .length = stored.length, .may_keep = true};
    js_put_result result = {.code = JIRASEND_OK};
    code = stored.failed
               ? JIRASEND_E_MEMORY
               : self->outbox->ops->put(self->outbox, &put, 1, self->clock.wall_ms, &result, error);
    *id = result.id;
    js_buf_clear(&stored);
    js_event_clear(&event);
    return code == JIRASEND_OK ? result.code : code;
}

static jirasend_code begin(life *self, jirasend_error *error) {
    js_sqlite_options options = {.folder = in_folder ? folder : NULL,
                                 .max_events = 1000,
                                 .max_bytes = 1 << 20,
                                 .rollback_journal = rollback,
                                 .world = &self->world};
    jirasend_code code = js_sqlite_open(&options, &self->outbox, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_access_setup access = {.net = &self->net.net,
                              .memory = js_access_store_in(self->outbox),
                              .world = &self->world,
                              .api_url = "https://api.test"};
    self->access = js_access_new(&access);
    if (self->access == NULL) {
        return JIRASEND_E_MEMORY;
    }
    js_credentials credentials = {
        .site = "a.test", .client_id = "c", .secret = "s", .secret_length = 1};
    code = js_access_put(self->access, &credentials, error);
    js_delivery_setup setup = {.net = &self->net.net,
                               .outbox = self->outbox,
                               .access = self->access,
                               .world = &self->world,
                               .log = &self->log};
    self->delivery = code == JIRASEND_OK ? js_delivery_new(&setup) : NULL;
    return code == JIRASEND_OK && self->delivery == NULL ? JIRASEND_E_MEMORY : code;
}

static void end(life *self) {
    js_delivery_free(self->delivery);
    js_access_free(self->access);
    while (self->net.count > 0) {
        cancel(&self->net.net, self->net.ready[0].ticket);
    }
    if (self->outbox != NULL) {
        self->outbox->ops->close(self->outbox);
    }
}

/* MEMORY as long as it is short; what is stuck for good is another error. */
static jirasend_code deliver(life *self, int64_t id, jirasend_error *error) {
    for (int i = 0; i < TURNS; i++) {
        (void)js_delivery_turn(self->delivery);
        if (self->net.count == 0) {
            fake_world_pass(&self->clock, PASS_MS);
        }
        js_receipt receipt;
        jirasend_code code = self->outbox->ops->receipt(self->outbox, id, &receipt, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        js_status status = receipt.status;
        (void)snprintf(error->message, sizeof error->message, "still waiting: %.300s",
                       receipt.message);
        js_receipt_clear(&receipt);
        if (status == JS_STATUS_ACCEPTED) {
            return JIRASEND_OK;
        }
        if (status != JS_STATUS_QUEUED) {
            (void)snprintf(error->message, sizeof error->message, "the event is %s",
                           js_status_name(status));
            return JIRASEND_E_INTERNAL;
        }
    }
    return JIRASEND_E_TIMEOUT;
}

static jirasend_code live(jirasend_error *error) {
    life self = {.clock = {1790000000000, 5000, 7}, .net = {.net = {&operations}}};
    self.world = fake_world_table(&self.clock);
    int64_t id = 0;
    jirasend_code code = begin(&self, error);
    if (code == JIRASEND_OK) {
        code = submit(&self, &id, error);
    }
    if (code == JIRASEND_OK) {
        submitted = failing_count();
        code = deliver(&self, id, error);
        if (code == JIRASEND_E_MEMORY || code == JIRASEND_E_TIMEOUT) {
            failing_end();
            code = deliver(&self, id, error); /* memory is back: it goes its way */
        }
    }
    if (code == JIRASEND_OK &&
        self.outbox->ops->tidy(self.outbox, self.clock.wall_ms, error) != JIRASEND_OK) {
        code = JIRASEND_E_MEMORY;
    }
    end(&self);
    return code;
}

/* ---- each in a folder of its own ---- */

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *walk) {
    (void)facts;
    (void)type;
    (void)walk;
    return remove(path);
}

static jirasend_code live_in_folder(jirasend_error *error) {
    failing_spare(true);
    const char *base = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%.40s/jirasend-XXXXXX", base != NULL ? base : "/tmp");
    bool made = mkdtemp(folder) != NULL;
    failing_spare(false);
    jirasend_code code = made ? live(error) : JIRASEND_E_STORAGE;
    failing_spare(true);
    (void)nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    failing_spare(false);
    return code;
}

int main(void) {
    static const scenario memory = {"in memory", live, 100, 41, &submitted};
    static const scenario on_disk = {"in a folder", live_in_folder, 100, 61, NULL};
    static const scenario on_network = {"with a rollback journal", live_in_folder, 20, 97, NULL};
    run_with_failures(&memory);
    in_folder = true;
    run_with_failures(&on_disk);
    rollback = true;
    run_with_failures(&on_network);
    return 0;
}
