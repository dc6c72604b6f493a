/*
 * The floor of one event, warm: a POST on a connection that stands, and one commit of SQLite.
 *
 *     warm FOLDER URL TOKEN_FILE BODY_FILE EVENTS
 *
 * Prints the median and the CPU of one, in ns.
 */
#include "floor.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { TEXT_MAX = 64 * 1024 };

static size_t ignore(char *bytes, size_t size, size_t count, void *user) {
    (void)bytes;
    (void)user;
    return size * count;
}

static bool read_text(const char *name, char text[TEXT_MAX]) {
    FILE *file = fopen(name, "r");
    if (file == NULL) {
        perror(name);
        return false;
    }
    size_t length = fread(text, 1, TEXT_MAX - 1, file);
    text[length] = '\0';
    return fclose(file) == 0;
}

static int64_t cpu_ns(void) {
    struct rusage used;
    (void)getrusage(RUSAGE_SELF, &used);
    return ((int64_t)used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000 +
           ((int64_t)used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000;
}

static bool one(CURL *curl, floor_t *floor, const char *body) {
    long status = 0;
    return floor_commit(floor, body, strlen(body)) && curl_easy_perform(curl) == CURLE_OK &&
           curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 202;
}

static CURL *prepare(const char *url, const char *token, const char *body) {
    char bearer[TEXT_MAX + 32];
    (void)snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", token);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, bearer);
    CURL *curl = curl_easy_init();
    if (curl != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_URL, url);
        (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    }
    return curl;
}

int main(int argc, char **argv) {
    static char token[TEXT_MAX], body[TEXT_MAX];
    int events = argc == 6 ? atoi(argv[5]) : 0;
    if (events < 10 || !read_text(argv[3], token) || !read_text(argv[4], body)) {
        (void)fprintf(stderr, "warm FOLDER URL TOKEN_FILE BODY_FILE EVENTS (10 or more)\n");
        return 64;
    }
    floor_t floor;
    int64_t *taken_ns = calloc((size_t)events, sizeof *taken_ns);
    CURL *curl = prepare(argv[2], token, body);
    if (taken_ns == NULL || curl == NULL || !floor_open(&floor, argv[1])) {
        return 70;
    }
    int warm_up = events / 5;
    int64_t cpu = 0;
    for (int i = -warm_up; i < events; i++) {
        cpu = i == 0 ? cpu_ns() : cpu;
        int64_t start = bench_now_ns();
        if (!one(curl, &floor, body)) {
            (void)fprintf(stderr, "warm: a POST or a commit failed\n");
            return 70;
        }
        if (i >= 0) {
            taken_ns[i] = bench_now_ns() - start;
        }
    }
    cpu = (cpu_ns() - cpu) / events;
    (void)printf("%" PRId64 " %" PRId64 "\n", bench_quantile(taken_ns, (size_t)events, 500), cpu);
    curl_easy_cleanup(curl);
    floor_close(&floor);
    free(taken_ns);
    return 0;
}
