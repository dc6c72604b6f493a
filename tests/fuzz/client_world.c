#include "client_world.h"

#include "client/client_internal.h"
#include "delivery/access_store.h"
#include "fake_world.h"
#include "fuzz.h"
#include "outbox/sqlite/sqlite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READY_MAX = 64, TURNS_MAX = 200 };

static struct {
    js_net net;
    js_net_answer ready[READY_MAX];
    size_t count;
    js_net_ticket last;
    bool all;
    int status;
    const char *body;
    jirasend_client *client;
    fake_world clock;
    bool turning;
} jira;

static const char *body_for(const char *url, int *status) {
    bool token = strstr(url, "/oauth/token") != NULL;
    bool tenant = strstr(url, "/_edge/tenant_info") != NULL;
    *status = jira.status;
    if (jira.body != NULL && (jira.all || (!token && !tenant))) {
        return jira.body;
    }
    *status = token || tenant ? 200 : 202;
    return token    ? "{\"access_token\":\"t\",\"expires_in\":900}"
           : tenant ? "{\"cloudId\":\"c-1\"}"
                    : "{}";
}

static jirasend_code start(js_net *net, const js_net_request *request, js_net_ticket *ticket,
                           jirasend_error *error) {
    (void)net;
    (void)error;
    FUZZ_EXPECT(strncmp(request->url, "https://", 8) == 0 ||
                strncmp(request->url, "http://", 7) == 0);
    if (jira.count == READY_MAX) {
        return JIRASEND_E_MEMORY;
    }
    if (request->body != NULL) {
        fuzz_expect_json(request->body);
    }
    js_net_answer *answer = &jira.ready[jira.count++];
    *answer = (js_net_answer){.ticket = ++jira.last, .body = JS_BUF_INIT};
    js_buf_add_text(&answer->body, body_for(request->url, &answer->status));
    *ticket = jira.last;
    return JIRASEND_OK;
}

static void poll_nothing(js_net *net, int64_t timeout_ms) {
    (void)net;
    (void)timeout_ms;
}

static bool collect(js_net *net, js_net_answer *out) {
    (void)net;
    if (jira.count == 0) {
        return false;
    }
    *out = jira.ready[0];
    memmove(jira.ready, jira.ready + 1, --jira.count * sizeof *jira.ready);
    return true;
}

static void cancel(js_net *net, js_net_ticket ticket) {
    (void)net;
    for (size_t i = 0; i < jira.count; i++) {
        if (jira.ready[i].ticket == ticket) {
            js_net_answer_clear(&jira.ready[i]);
            memmove(jira.ready + i, jira.ready + i + 1, (--jira.count - i) * sizeof *jira.ready);
            return;
        }
    }
}

/* What the delivery thread would do now. */
static void wake(js_net *net) {
    (void)net;
    if (jira.turning || jira.client == NULL) {
        return;
    }
    jira.turning = true;
    int turns = 0;
    do {
        (void)js_delivery_turn(jira.client->delivery);
        FUZZ_EXPECT(turns++ < TURNS_MAX);
    } while (jira.count > 0);
    jira.turning = false;
}

static void close_net(js_net *net) {
    (void)net;
}

static const struct js_net_ops net_ops = {start, poll_nothing, collect, cancel, wake, close_net};

jirasend_client *client_world_open(void) {
    jira.net.ops = &net_ops;
    jira.body = NULL;
    jira.clock = (fake_world){1795428000000, 5000, 88172645463325252U};
    jirasend_client *client = calloc(1, sizeof *client);
    FUZZ_EXPECT(client != NULL);
    client->config = jirasend_config_new();
    client->world = fake_world_table(&jira.clock);
    client->net = &jira.net;
    client->process = getpid(); /* of another one it would not be closed */
    client->rules = js_site_rules_new(&client->config->options);
    FUZZ_EXPECT(client->config != NULL && client->rules != NULL &&
                pthread_mutex_init(&client->lock, NULL) == 0 &&
                pthread_cond_init(&client->changed, NULL) == 0);
    FUZZ_EXPECT(jirasend_config_set_default_site(client->config, "acme.atlassian.net", NULL) ==
                JIRASEND_OK);
    js_sqlite_options options = {.max_events = 1000, .max_bytes = 1 << 20, .world = &client->world};
    FUZZ_EXPECT(js_sqlite_open(&options, &client->outbox, NULL) == JIRASEND_OK);
    js_access_setup access = {.net = client->net,
                              .memory = js_access_store_in(client->outbox),
                              .world = &client->world,
                              .api_url = "https://api.example"};
    client->access = js_access_new(&access);
    js_delivery_setup setup = {.net = client->net,
                               .outbox = client->outbox,
                               .access = client->access,
                               .world = &client->world,
                               .log = &client->config->log};
    client->delivery = js_delivery_new(&setup);
    FUZZ_EXPECT(client->access != NULL && client->delivery != NULL);
    jira.client = client;
    return client;
}

void client_world_close(jirasend_client *client) {
    jira.client = NULL;
    jirasend_client_close(client, 0);
    FUZZ_EXPECT(jira.count == 0);
}

void client_world_answer(bool all, int status, const char *body) {
    jira.all = all;
    jira.status = status;
    jira.body = body;
}

void client_world_pass(int64_t ms) {
    fake_world_pass(&jira.clock, ms);
    wake(&jira.net);
}

jirasend_error client_world_error(void) {
    jirasend_error error = {.size = sizeof error,
                            .code = JIRASEND_E_INTERNAL,
                            .http_status = 599,
                            .retry_after_ms = 7,
                            .message = "Of an earlier call."};
    return error;
}

void client_world_expect(jirasend_code code, char **out, const jirasend_error *error) {
    if (code == JIRASEND_OK) {
        FUZZ_EXPECT(error->code == JIRASEND_OK && error->message[0] == '\0');
    } else {
        fuzz_expect_sentence(code, error);
    }
    if (out != NULL && *out != NULL) {
        fuzz_expect_json(*out);
        jirasend_free(*out);
    }
}
