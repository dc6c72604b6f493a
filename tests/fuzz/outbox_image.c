#include "outbox_image.h"

#include "fuzz.h"

#include "event/document.h"
#include "fake_world.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 200, LOG_HEADER = 32, FRAME_HEADER = 24, PAGE = 4096 };

typedef struct part {
    uint8_t *whole, *copy;
    size_t size;
} part;

static fake_world clock_and_chance;
static js_world world;
static char base[64], folder[80], beside[80];
static part database, written_log;

/* ---- files ---- */

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *walk) {
    (void)facts;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_all(void) {
    (void)nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void path_of(const char *name, char out[PATH]) {
    (void)snprintf(out, PATH, "%s/%s", folder, name);
}

static part read_file(const char *name) {
    char path[PATH];
    path_of(name, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts;
    FUZZ_EXPECT(fd >= 0 && fstat(fd, &facts) == 0);
    part read_now = {malloc((size_t)facts.st_size), malloc((size_t)facts.st_size),
                     (size_t)facts.st_size};
    FUZZ_EXPECT(read_now.whole != NULL && read_now.copy != NULL);
    FUZZ_EXPECT(read(fd, read_now.whole, read_now.size) == (ssize_t)read_now.size);
    (void)close(fd);
    return read_now;
}

void outbox_file(const char *name, const void *bytes, size_t size) {
    char path[PATH];
    path_of(name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    FUZZ_EXPECT(fd >= 0);
    FUZZ_EXPECT(write(fd, bytes, size) == (ssize_t)size);
    (void)close(fd);
}

void outbox_clear(void) {
    if (base[0] == '\0') {
        (void)outbox_image(IMAGE_DATABASE);
    }
    (void)nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    (void)nftw(beside, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    FUZZ_EXPECT(mkdir(folder, S_IRWXU) == 0);
}

const char *outbox_folder(void) {
    return folder;
}

/* ---- outboxes ---- */

static jirasend_code open_in(const char *where, bool as_large, js_outbox **outbox,
                             jirasend_error *error) {
    clock_and_chance = (fake_world){OUTBOX_IMAGE_MS, 0, 7};
    world = fake_world_table(&clock_and_chance);
    js_sqlite_options options = {.folder = where,
                                 .max_events = 1000,
                                 .max_bytes = 1 << 20,
                                 .world = &world,
                                 .busy_ms = 20,
                                 .check_pages = as_large ? 1 : 0};
    return js_sqlite_open(&options, outbox, error);
}

jirasend_code outbox_open(js_outbox **outbox, bool as_large, jirasend_error *error) {
    return open_in(folder, as_large, outbox, error);
}

js_outbox *outbox_open_new(void) {
    js_outbox *outbox = NULL;
    FUZZ_EXPECT(open_in(beside, false, &outbox, NULL) == JIRASEND_OK);
    return outbox;
}

jirasend_code outbox_put(js_outbox *outbox, int64_t number, jirasend_error *error) {
    js_key_rules keys = JS_KEY_RULES_INIT;
    js_read_rules rules = {.keys = &keys, .now_ms = OUTBOX_IMAGE_MS};
    char text[512];
    (void)snprintf(text, sizeof text,
                   "{\"kind\":\"%s\",\"site\":\"acme.atlassian.net\",\"pipelineId\":\"app\","
                   "\"number\":%" PRId64 ",\"url\":\"https://ci.example/1\","
                   "\"state\":\"successful\",\"issueKeys\":[\"APP-1\"],\"requestId\":\"r%" PRId64
                   "\"%s}",
                   number % 2 == 0 ? "deployment" : "build", number, number,
                   number % 2 == 0 ? ",\"environment\":{\"id\":\"p\",\"name\":\"P\"}" : "");
    js_event event;
    FUZZ_EXPECT(js_document_read(&event, text, strlen(text), &rules, NULL) == JIRASEND_OK);
    js_buf document = JS_BUF_INIT;
    js_document_write(&document, &event);
    js_put put = {.event = &event, .document = document.data, .length = document.length};
    js_put_result result = {.code = JIRASEND_OK};
    jirasend_code code =
        outbox->ops->put(outbox, &put, 1, OUTBOX_IMAGE_MS + number, &result, error);
    js_buf_clear(&document);
    js_event_clear(&event);
    return code;
}

/* ---- images ---- */

/* One settled, one dead, the others waiting. */
static void fill(js_outbox *outbox) {
    static const js_lane lane = {"acme.atlassian.net", JS_API_BUILDS};
    for (int64_t i = 1; i <= OUTBOX_IMAGE_EVENTS; i++) {
        FUZZ_EXPECT(outbox_put(outbox, i, NULL) == JIRASEND_OK);
    }
    js_outcome outcomes[] = {
        {.id = 1, .status = JS_STATUS_ACCEPTED, .sent = true, .http_status = 202},
        {.id = 3, .status = JS_STATUS_REJECTED, .sent = true, .message = "no"}};
    js_stop stop = {.failures = 1, .message = "slow"};
    int64_t fence = 0;
    FUZZ_EXPECT(outbox->ops->claim(outbox, &lane, &fence, NULL) == JIRASEND_OK);
    FUZZ_EXPECT(outbox->ops->settle(outbox, &lane, fence, outcomes, 2, &stop, NULL, OUTBOX_IMAGE_MS,
                                    NULL) == JIRASEND_OK);
    outbox->ops->release(outbox, &lane, fence, false);
}

static void make_images(void) {
    const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(base, sizeof base, "%s/jirasend-fuzz-XXXXXX", where);
    FUZZ_EXPECT(mkdtemp(base) != NULL);
    (void)atexit(remove_all);
    (void)snprintf(folder, sizeof folder, "%s/outbox", base);
    (void)snprintf(beside, sizeof beside, "%s/beside", base);
    js_outbox *outbox = NULL;
    FUZZ_EXPECT(outbox_open(&outbox, false, NULL) == JIRASEND_OK);
    fill(outbox);
    written_log = read_file("outbox.db-wal"); /* gone when it is closed */
    outbox->ops->close(outbox);
    database = read_file("outbox.db");
}

image outbox_image(image_part which) {
    if (base[0] == '\0') {
        make_images();
    }
    part *from = which == IMAGE_DATABASE ? &database : &written_log;
    memcpy(from->copy, from->whole, from->size);
    return (image){from->copy, from->size};
}

/* ---- the checksums of a log (https://sqlite.org/fileformat2.html#checksum_algorithm) ---- */

static uint32_t word_at(const uint8_t *at, bool big) {
    return big ? (uint32_t)at[0] << 24U | (uint32_t)at[1] << 16U | (uint32_t)at[2] << 8U | at[3]
               : (uint32_t)at[3] << 24U | (uint32_t)at[2] << 16U | (uint32_t)at[1] << 8U | at[0];
}

static void put_word(uint8_t *at, uint32_t word) {
    for (unsigned i = 0; i < 4; i++) {
        at[i] = (uint8_t)(word >> (24U - 8U * i));
    }
}

static void sum(uint32_t sums[2], const uint8_t *bytes, size_t size, bool big) {
    for (size_t i = 0; i + 8 <= size; i += 8) {
        sums[0] += word_at(bytes + i, big) + sums[1];
        sums[1] += word_at(bytes + i + 4, big) + sums[0];
    }
}

void outbox_image_sum(image *log) {
    if (log->size < LOG_HEADER) {
        return;
    }
    bool big = (log->bytes[3] & 1U) != 0;
    uint32_t sums[2] = {0, 0};
    sum(sums, log->bytes, 24, big);
    put_word(log->bytes + 24, sums[0]);
    put_word(log->bytes + 28, sums[1]);
    for (size_t at = LOG_HEADER; at + FRAME_HEADER + PAGE <= log->size; at += FRAME_HEADER + PAGE) {
        uint8_t *frame = log->bytes + at;
        sum(sums, frame, 8, big);
        sum(sums, frame + FRAME_HEADER, PAGE, big);
        put_word(frame + 16, sums[0]);
        put_word(frame + 20, sums[1]);
    }
}
