#include "sandbox_support.h"

#include "known_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char test_id[] = "test-client";
static char test_secret[] = "test-secret";
static const sb_client test_client = {test_id, test_secret, 0};

void bench_open(bench *self, const char *known_keys) {
    char bad[64];
    *self = (bench){.world = {INT64_C(1795428000000), 1000, 1}};
    assert_true(known_keys == NULL || sb_known_keys_parse(&self->known_keys, known_keys, bad));
    self->sandbox.world = fake_world_table(&self->world);
    self->sandbox.site = "test";
    self->sandbox.clients = &test_client;
    self->sandbox.client_count = 1;
    self->sandbox.known_keys = &self->known_keys;
    self->sandbox.token_lifetime_s = 900;
    (void)snprintf(self->sandbox.base_url, sizeof self->sandbox.base_url, "http://127.0.0.1:1");
    assert_true(sb_sandbox_open(&self->sandbox));
}

void bench_close(bench *self) {
    sb_answer_free(&self->answer);
    sb_sandbox_close(&self->sandbox);
    js_strings_clear(&self->known_keys);
}

static void add_header(sb_headers *headers, const char *name, const char *value,
                       const char *instead) {
    if (instead == NULL || strcmp(instead, name) != 0) {
        assert_true(sb_headers_add(headers, name, value));
    }
}

int bench_send_header(bench *self, const char *method, const char *path, const char *body,
                      const char *name, const char *value) {
    char authorization[SB_TOKEN_SIZE + 16];
    char *plain_path = strdup(path);
    assert_non_null(plain_path);
    char *query = strchr(plain_path, '?');
    if (query != NULL) {
        *query++ = '\0';
    }
    sb_request request = {.method = method, .path = plain_path, .connection = 3};
    request.query = query == NULL ? "" : query;
    add_header(&request.headers, "Host", "127.0.0.1:1", name);
    add_header(&request.headers, "Content-Type", "application/json", name);
    if (self->token[0] != '\0') {
        (void)snprintf(authorization, sizeof authorization, "Bearer %s", self->token);
        add_header(&request.headers, "Authorization", authorization, name);
    }
    if (name != NULL && value != NULL) {
        assert_true(sb_headers_add(&request.headers, name, value));
    }
    if (body != NULL) {
        js_buf_add_text(&request.body, body);
    }
    sb_answer_free(&self->answer);
    sb_handle(&self->sandbox, &request, &self->answer);
    assert_false(self->answer.body.failed);
    sb_headers_free(&request.headers);
    js_buf_clear(&request.body);
    free(plain_path);
    return self->answer.status;
}

int bench_send(bench *self, const char *method, const char *path, const char *body) {
    return bench_send_header(self, method, path, body, NULL, NULL);
}

void bench_log_in(bench *self) {
    static const char start[] = "{\"access_token\":\"";
    assert_int_equal(bench_send(self, "POST", "/oauth/token",
                                "{\"audience\":\"api.atlassian.com\",\"grant_type\":"
                                "\"client_credentials\",\"client_id\":\"test-client\","
                                "\"client_secret\":\"test-secret\"}"),
                     200);
    assert_memory_equal(self->answer.body.data, start, sizeof start - 1);
    const char *token = self->answer.body.data + sizeof start - 1;
    size_t length = strcspn(token, "\"");
    assert_true(length < sizeof self->token);
    memcpy(self->token, token, length);
    self->token[length] = '\0';
}

int bench_bulk(bench *self, const char *module, const char *body) {
    char path[160];
    (void)snprintf(path, sizeof path, "/jira/%s/0.1/cloud/%s/bulk", module, self->sandbox.cloud_id);
    return bench_send(self, "POST", path, body);
}

void bench_says(const bench *self, const char *text) {
    const char *body = self->answer.body.data == NULL ? "" : self->answer.body.data;
    if (strstr(body, text) == NULL) {
        fail_msg("the answer lacks '%s': %s", text, body);
    }
}

void bench_says_not(const bench *self, const char *text) {
    const char *body = self->answer.body.data == NULL ? "" : self->answer.body.data;
    if (strstr(body, text) != NULL) {
        fail_msg("the answer holds '%s': %s", text, body);
    }
}
