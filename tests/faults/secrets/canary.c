/*
 * A program of the public API that must keep a secret: reads it from standard input, sends events,
 * writes down all that it is told (log lines, receipts, errors), closes, and then looks through all
 * of its own memory, which is what a core dump would hold, for what should be gone.
 *
 * canary NEEDLE... : hexadecimal, each byte xor 0x5A, so that looking for it does not make it be there.
 */
#include <curl/curl.h>
#include <fcntl.h>
#include <jirasend/jirasend.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VEIL = 0x5A, NEEDLE_MAX = 512, CHUNK = 1 << 20, NEEDLES_MAX = 16 };

typedef struct needle {
    unsigned char veiled[NEEDLE_MAX];
    size_t length;
    int found;
} needle;

static void on_log(void *context, jirasend_log_level level, const char *line) {
    (void)context;
    (void)printf("log %d: %s\n", (int)level, line);
}

static void say(jirasend_code code, char *document, const jirasend_error *error) {
    (void)printf("code %d: %s %s\n", (int)code, document != NULL ? document : "", error->message);
    jirasend_free(document);
}

static void send_and_ask(jirasend_client *client, int number) {
    char event[512];
    int length = snprintf(event, sizeof event,
                          "{\"kind\": \"deployment\", \"pipelineId\": \"p\", \"number\": %d, "
                          "\"url\": \"https://ci.test/\", \"state\": \"failed\", \"issueKeys\": "
                          "[\"APP-1\"], \"environment\": {\"id\": \"e\", \"name\": \"E\"}}",
                          number);
    jirasend_error error = JIRASEND_ERROR_INIT;
    int64_t id = 0;
    char *document = NULL;
    jirasend_code code = jirasend_client_submit(client, event, (size_t)length, NULL, &id, &error);
    say(code, NULL, &error);
    code = jirasend_client_wait(client, id, 1500, &document, &error);
    say(code, document, &error);
    code = jirasend_client_check(client, NULL, 1500, &document, &error);
    say(code, document, &error);
    jirasend_gate_query query = JIRASEND_GATE_QUERY_INIT;
    query.pipeline_id = "p";
    query.environment_id = "e";
    query.number = number;
    document = NULL;
    code = jirasend_client_gate(client, &query, 1500, &document, &error);
    say(code, document, &error);
    document = NULL;
    code = jirasend_outbox_status(client, &document, &error);
    say(code, document, &error);
}

static jirasend_client *open_client(jirasend_error *error) {
    jirasend_config *config = jirasend_config_new();
    jirasend_client *client = NULL;
    if (jirasend_config_set_log(config, on_log, NULL, JIRASEND_LOG_DEBUG, error) != JIRASEND_OK ||
        jirasend_config_set_default_site(config, getenv("JIRASEND_SITE"), error) != JIRASEND_OK ||
        jirasend_config_set_api_url(config, getenv("JIRASEND_API_URL"), error) != JIRASEND_OK ||
        jirasend_client_open(config, &client, error) != JIRASEND_OK) {
        (void)fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
    jirasend_config_free(config);
    return client;
}

static void live(void) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_client *client = open_client(&error);
    char secret[NEEDLE_MAX];
    ssize_t length = read(STDIN_FILENO, secret, sizeof secret);
    jirasend_site site = JIRASEND_SITE_INIT;
    site.client_id = "canary";
    site.secret = secret;
    site.secret_length = length > 0 ? (size_t)length : 0;
    say(jirasend_client_put_site(client, &site, &error), NULL, &error);
    explicit_bzero(secret, sizeof secret);
    send_and_ask(client, 1);
    send_and_ask(client, 2);
    jirasend_client_close(client, 1000);
}

/* ---- libcurl's own buffers: no host but this one can have them wiped ---- */

static void wiping_free(void *block) {
    if (block != NULL) {
        explicit_bzero(block, malloc_usable_size(block));
    }
    free(block);
}

static void *wiping_realloc(void *block, size_t size) {
    size_t old = block != NULL ? malloc_usable_size(block) : 0;
    void *moved = malloc(size);
    if (moved != NULL && block != NULL) {
        memcpy(moved, block, old < size ? old : size);
        wiping_free(block);
    }
    return moved;
}

/* ---- looking through memory ---- */

static void read_needle(needle *to, const char *hex) {
    to->length = strlen(hex) / 2;
    if (to->length == 0 || to->length > NEEDLE_MAX) {
        exit(2);
    }
    for (size_t i = 0; i < to->length; i++) {
        char byte[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        to->veiled[i] = (unsigned char)strtol(byte, NULL, 16);
    }
}

static int is_here(const needle *wanted, const unsigned char *at) {
    for (size_t i = 0; i < wanted->length; i++) {
        if ((at[i] ^ VEIL) != wanted->veiled[i]) {
            return 0;
        }
    }
    return 1;
}

static void look_in(needle *needles, int count, const unsigned char *bytes, size_t length,
                    const char *where) {
    for (int n = 0; n < count; n++) {
        for (size_t i = 0; i + needles[n].length <= length; i++) {
            if (is_here(&needles[n], bytes + i)) {
                needles[n].found++;
                (void)printf("left: needle %d in %s", n, where);
            }
        }
    }
}

static void look_through(needle *needles, int count) {
    FILE *maps = fopen("/proc/self/maps", "re");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    unsigned char *chunk = malloc(CHUNK);
    char line[512];
    unsigned long looked = 0;
    if (maps == NULL || memory < 0 || chunk == NULL) {
        exit(3);
    }
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long from = 0;
        unsigned long to = 0;
        char mode[5] = "";
        if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[1] != 'w') {
            continue;
        }
        /* Not the buffer itself; what lies across two chunks is looked at with the second one. */
        for (unsigned long at = from; at < to; at += CHUNK - NEEDLE_MAX) {
            size_t size = to - at < CHUNK ? to - at : CHUNK;
            uintptr_t own = (uintptr_t)chunk;
            if (at < own + CHUNK && at + size > own) {
                continue;
            }
            ssize_t length = pread(memory, chunk, size, (off_t)at);
            looked += length > 0 ? (unsigned long)length : 0;
            look_in(needles, count, chunk, length > 0 ? (size_t)length : 0, line);
            explicit_bzero(chunk, size);
        }
    }
    (void)printf("looked through %lu KiB\n", looked / 1024);
}

int main(int argc, char **argv) {
    static needle needles[NEEDLES_MAX];
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc && i <= NEEDLES_MAX; i++) {
        read_needle(&needles[i - 1], argv[i]);
    }
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc, strdup,
                             calloc) != CURLE_OK) {
        return 1;
    }
    live();
    look_through(needles, argc - 1);
    return 0;
}
