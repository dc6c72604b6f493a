/*
 * The public API as a story, a line a call; the first byte says which one. The document boundary of
 * the command line and of the plugin, with Jira's answers in the same story.
 */
#include "client_world.h"
#include "fuzz.h"

#include "client/client_internal.h"
#include "event/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENTS_MAX = 8, LINES_MAX = 64 };

static void look_at(jirasend_client *client, int64_t id) {
    jirasend_error error = client_world_error();
    char *out = NULL;
    client_world_expect(jirasend_client_receipt(client, id, &out, &error), &out, &error);
    out = NULL;
    client_world_expect(jirasend_client_wait(client, id, 0, &out, &error), &out, &error);
}

static void submit(jirasend_client *client, const char *line) {
    jirasend_error error = client_world_error();
    int64_t id = 0;
    jirasend_code code = jirasend_client_submit(client, line, strlen(line), NULL, &id, &error);
    client_world_expect(code, NULL, &error);
    FUZZ_EXPECT((code == JIRASEND_OK) == (id > 0));
    if (id > 0) {
        look_at(client, id);
    }
}

/* Documents between tabs. */
static void submit_many(jirasend_client *client, char *line) {
    jirasend_document documents[DOCUMENTS_MAX];
    jirasend_submitted results[DOCUMENTS_MAX];
    size_t count = 0;
    for (char *rest = line; rest != NULL && count < DOCUMENTS_MAX; count++) {
        char *end = strchr(rest, '\t');
        documents[count] =
            (jirasend_document){rest, end != NULL ? (size_t)(end - rest) : strlen(rest), NULL};
        rest = end != NULL ? end + 1 : NULL;
    }
    jirasend_error error = client_world_error();
    jirasend_code code =
        jirasend_client_submit_many(client, documents, sizeof(jirasend_document), count, NULL,
                                    results, sizeof(jirasend_submitted), &error);
    client_world_expect(code, NULL, &error);
    for (size_t i = 0; code == JIRASEND_OK && i < count; i++) {
        FUZZ_EXPECT((results[i].code == JIRASEND_OK) == (results[i].id > 0));
        FUZZ_EXPECT((results[i].code == JIRASEND_OK) == (results[i].message[0] == '\0'));
        fuzz_expect_showable(results[i].message);
    }
}

/* number TAB pipeline TAB environment TAB site */
static void gate(jirasend_client *client, char *line) {
    jirasend_error error = client_world_error();
    jirasend_gate_query query = JIRASEND_GATE_QUERY_INIT;
    const char *parts[4] = {"", "", "", NULL};
    char *rest = line;
    for (size_t i = 0; i < 4 && rest != NULL; i++) {
        parts[i] = strsep(&rest, "\t");
    }
    query.number = strtoll(parts[0], NULL, 10);
    query.pipeline_id = parts[1];
    query.environment_id = parts[2];
    query.site = parts[3];
    char *out = NULL;
    client_world_expect(jirasend_client_gate(client, &query, 0, &out, &error), &out, &error);
}

static void put_site(jirasend_client *client, char *line) {
    jirasend_error error = client_world_error();
    char *rest = line;
    const char *first = strsep(&rest, "\t");
    jirasend_site site = JIRASEND_SITE_INIT;
    site.site = first[0] != '\0' ? first : NULL;
    site.client_id = rest != NULL ? strsep(&rest, "\t") : NULL;
    const char *secret = rest != NULL ? strsep(&rest, "\t") : NULL;
    site.secret = secret;
    site.secret_length = secret != NULL ? strlen(secret) : 0;
    site.cloud_id = rest != NULL ? strsep(&rest, "\t") : NULL;
    site.api_url = rest;
    client_world_expect(jirasend_client_put_site(client, &site, &error), NULL, &error);
}

static void ask_outbox(jirasend_client *client, const char *line) {
    jirasend_error error = client_world_error();
    int64_t id = strtoll(line + (line[0] != '\0' ? 1 : 0), NULL, 10);
    char *out = NULL;
    switch (line[0]) {
    case 'l':
        client_world_expect(jirasend_outbox_list(client, id, 100, &out, &error), &out, &error);
        return;
    case 's':
        client_world_expect(jirasend_outbox_status(client, &out, &error), &out, &error);
        return;
    case 'r':
        client_world_expect(jirasend_outbox_retry(client, id, &error), NULL, &error);
        return;
    case 'd':
        client_world_expect(jirasend_outbox_drop(client, id, &error), NULL, &error);
        return;
    case 'f':
        client_world_expect(jirasend_outbox_flush(client, 0, &out, &error), &out, &error);
        return;
    case 'n':
        client_world_expect(jirasend_client_next_receipt(client, &id, 0, &out, &error), &out,
                            &error);
        return;
    case 'c':
        client_world_expect(jirasend_client_check(client, line + 1, 0, &out, &error), &out, &error);
        return;
    default:
        client_world_expect(jirasend_outbox_retry_site(client, line, &error), NULL, &error);
    }
}

static void alone(jirasend_client *client, char what, const char *line) {
    jirasend_error error = client_world_error();
    size_t length = strlen(line);
    char *out = NULL;
    jirasend_code code = what == 'k'
                             ? jirasend_keys_scan(client->config, line, length, &out, &error)
                             : jirasend_dry_run(client->config, line, length, &out, &error);
    if (out != NULL && strncmp(out, "DELETE /jira/", 13) == 0) { /* a deletion has no body */
        jirasend_free(out);
        out = NULL;
    }
    client_world_expect(code, &out, &error);
}

static void show(jirasend_client *client, const char *line) {
    jirasend_error error = client_world_error();
    char *out = NULL;
    client_world_expect(jirasend_client_show(client, line, strlen(line), 0, &out, &error), &out,
                        &error);
}

/* Kind, name, value. */
static void delete_all(jirasend_client *client, char *line) {
    jirasend_error error = client_world_error();
    jirasend_delete_query query = JIRASEND_DELETE_QUERY_INIT;
    jirasend_property property = {NULL, NULL};
    char *rest = line;
    query.kind = strsep(&rest, "\t");
    property.name = rest != NULL ? strsep(&rest, "\t") : NULL;
    property.value = rest;
    query.properties = &property;
    query.property_count = 1;
    char *out = NULL;
    jirasend_code code = jirasend_delete_request(&query, &out, &error);
    FUZZ_EXPECT((code == JIRASEND_OK) == (out != NULL));
    jirasend_free(out);
    error = client_world_error();
    int64_t id = 0;
    code = jirasend_client_delete_all(client, &query, &id, &error);
    FUZZ_EXPECT((code == JIRASEND_OK) == (id > 0));
    client_world_expect(code, NULL, &error);
}

/* Three digits of status, then the body. */
static void answer(char *line, bool all) {
    int status = 0;
    for (int i = 0; i < 3; i++, line++) {
        if (*line < '0' || *line > '9') {
            return;
        }
        status = status * 10 + (*line - '0');
    }
    client_world_answer(all, status < 100 ? 100 : status, line);
}

static void tell(jirasend_client *client, char what, char *line) {
    switch (what) {
    case 's':
        submit(client, line);
        return;
    case 'm':
        submit_many(client, line);
        return;
    case 'g':
        gate(client, line);
        return;
    case 'p':
        put_site(client, line);
        return;
    case 'o':
        ask_outbox(client, line);
        return;
    case 'r':
    case 't':
        answer(line, what == 't');
        return;
    case 'w':
        client_world_pass(INT64_C(60000) << (strlen(line) % 12));
        return;
    case 'h':
        show(client, line);
        return;
    case 'x':
        delete_all(client, line);
        return;
    case 'k':
    case 'd':
        alone(client, what, line);
        return;
    default:
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *story = fuzz_text(data, size);
    char *rest = story;
    jirasend_client *client = client_world_open();
    for (int i = 0; i < LINES_MAX && rest != NULL; i++) {
        char *line = strsep(&rest, "\n");
        if (line[0] != '\0') {
            tell(client, line[0], line + 1);
        }
    }
    client_world_close(client);
    free(story);
    return 0;
}
