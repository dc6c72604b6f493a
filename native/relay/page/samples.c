/* Samples of the counters, and the charts made of them. */
#include "relay/page/samples.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVERY_MS = 60 * 1000,
    BARS = 48,
    SLOTS = BARS + 1,
    BAR_MS = 30 * 60 * 1000,
    WIDTH = 960, /* of the drawing; it scales */
    HEIGHT = 96,
    STEP = WIDTH / BARS
};

static const char note[] = "relay_day";

/* One half-hour. */
typedef struct slot {
    int64_t number;  /* half-hours since 1970; 0: none */
    double settled;  /* the counter when it began */
    double oldest_s; /* how long the oldest has waited, at most */
} slot;

struct rl_samples {
    rl_relay *relay;
    pthread_mutex_t lock;
    slot slots[SLOTS]; /* by their number */
    double settled;    /* the counter now */
    int64_t looked_ms;
    atomic_bool looking;
    rl_job job;
};

rl_samples *rl_samples_new(rl_relay *relay) {
    rl_samples *samples = calloc(1, sizeof *samples);
    if (samples != NULL) {
        samples->relay = relay;
        (void)pthread_mutex_init(&samples->lock, NULL);
    }
    return samples;
}

void rl_samples_free(rl_samples *samples) {
    if (samples != NULL) {
        (void)pthread_mutex_destroy(&samples->lock);
        free(samples);
    }
}

/* The sum, or the greatest, of a metric over its labels. */
static double read_metric(const char *text, const char *name, bool sum) {
    double value = 0;
    size_t length = strlen(name);
    while (text != NULL && *text != '\0') {
        const char *end = strchr(text, '\n');
        const char *blank = end != NULL ? memrchr(text, ' ', (size_t)(end - text)) : NULL;
        if (strncmp(text, name, length) == 0 && text[length] == '{' && blank != NULL) {
            double one = strtod(blank + 1, NULL);
            value = sum ? value + one : one > value ? one : value;
        }
        text = end != NULL ? end + 1 : NULL;
    }
    return value;
}

/* With the lock: what is known of one half-hour, here or by another relay. */
static void merge(rl_samples *samples, const slot *one) {
    slot *at = &samples->slots[(uint64_t)one->number % SLOTS];
    if (at->number < one->number) {
        *at = *one;
    } else if (at->number == one->number) {
        at->settled = one->settled < at->settled ? one->settled : at->settled;
        at->oldest_s = one->oldest_s > at->oldest_s ? one->oldest_s : at->oldest_s;
    }
}

/* With the lock. Lines of three numbers. */
static void read_note(rl_samples *samples, const char *text) {
    while (text != NULL && *text != '\0') {
        char *end = NULL;
        slot one = {.number = strtoll(text, &end, 10)};
        one.settled = strtod(end, &end);
        one.oldest_s = strtod(end, &end);
        if (one.number > 0) {
            merge(samples, &one);
        }
        text = strchr(end, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
}

/* With the lock. */
static void write_note(const rl_samples *samples, js_buf *out) {
    for (size_t i = 0; i < SLOTS; i++) {
        if (samples->slots[i].number > 0) {
            js_buf_addf(out, "%lld %.0f %.3f\n", (long long)samples->slots[i].number,
                        samples->slots[i].settled, samples->slots[i].oldest_s);
        }
    }
}

static void look(void *context) {
    rl_samples *samples = context;
    jirasend_client *client = rl_core_client(samples->relay->core);
    char *text = NULL;
    char *kept = NULL;
    js_buf now_kept = JS_BUF_INIT;
    if (rl_core_metrics(samples->relay->core, &text, NULL) == JIRASEND_OK &&
        jirasend_client_note_get(client, note, &kept, NULL) == JIRASEND_OK) {
        slot now = {.number = js_wall_ms(&samples->relay->world) / BAR_MS,
                    .settled = read_metric(text, "jirasend_events_total", true),
                    .oldest_s = read_metric(text, "jirasend_oldest_waiting_seconds", false)};
        (void)pthread_mutex_lock(&samples->lock);
        read_note(samples, kept);
        merge(samples, &now);
        samples->settled = now.settled;
        write_note(samples, &now_kept);
        (void)pthread_mutex_unlock(&samples->lock);
        jirasend_code code = now_kept.failed
                                 ? JIRASEND_E_MEMORY
                                 : jirasend_client_note_put(client, note, now_kept.data, NULL);
        (void)code; /* the next minute tries it again */
    }
    js_buf_clear(&now_kept);
    jirasend_free(kept);
    jirasend_free(text);
    atomic_store(&samples->looking, false);
}

void rl_samples_tick(rl_samples *samples) {
    int64_t now = js_mono_ms(&samples->relay->world);
    bool due = samples->looked_ms == 0 || now - samples->looked_ms >= EVERY_MS;
    if (due && !atomic_exchange(&samples->looking, true)) {
        samples->looked_ms = now;
        samples->job = (rl_job){NULL, look, samples};
        rl_pool_add(samples->relay->ask_pool, &samples->job);
    }
}

/* ---- charts ---- */

typedef struct bars {
    double settled[BARS], oldest_s[BARS]; /* the last one is now */
    size_t known;                         /* bars from the end of which something is known */
} bars;

/* With the lock. What was settled between two that are known belongs to the first. */
static void fill(const rl_samples *samples, int64_t now, bars *out) {
    double next = samples->settled;
    for (size_t back = 0; back < BARS; back++) {
        const slot *at = &samples->slots[(uint64_t)(now - (int64_t)back) % SLOTS];
        if (at->number != now - (int64_t)back) {
            continue;
        }
        out->settled[BARS - 1 - back] = next > at->settled ? next - at->settled : 0;
        out->oldest_s[BARS - 1 - back] = at->oldest_s;
        out->known = back + 1;
        next = at->settled;
    }
}

static void put_amount(js_buf *out, double value, bool seconds) {
    if (!seconds) {
        js_buf_addf(out, "%.0f", value);
    } else if (value < 120) {
        js_buf_addf(out, "%.0f s", value);
    } else if (value < 7200) {
        js_buf_addf(out, "%.0f min", value / 60);
    } else {
        js_buf_addf(out, "%.0f h", value / 3600);
    }
}

static void put_bar(js_buf *out, size_t at, double value, double most, bool seconds) {
    size_t hours = (BARS - 1 - at) / 2;
    double height = most > 0 ? value / most * HEIGHT : 0;
    js_buf_addf(out, "<rect x=\"%zu\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"><title>",
                at * STEP + 2, HEIGHT - height, STEP - 4, value > 0 && height < 2 ? 2.0 : height);
    put_amount(out, value, seconds);
    js_buf_addf(out, ", %zu h ago</title></rect>", hours);
}

static void put_chart(js_buf *out, const char *words, const double *values, size_t known,
                      bool seconds) {
    double most = 0;
    double sum = 0;
    for (size_t i = 0; i < BARS; i++) {
        most = values[i] > most ? values[i] : most;
        sum += values[i];
    }
    js_buf_addf(out, "<figure class=\"card chart\"><figcaption>%s: ", words);
    put_amount(out, seconds ? most : sum, seconds);
    js_buf_add_text(out, seconds ? " at most" : " in all, at most ");
    if (!seconds) {
        put_amount(out, most, false);
        js_buf_add_text(out, " in half an hour");
    }
    if (known < BARS) {
        js_buf_addf(out, " <span class=\"quiet\">(as long as a relay has run)</span>");
    }
    js_buf_addf(out,
                "</figcaption><svg viewBox=\"0 0 %d %d\" aria-hidden=\"true\" "
                "preserveAspectRatio=\"none\">",
                WIDTH, HEIGHT);
    for (size_t i = 0; i < BARS; i++) {
        put_bar(out, i, values[i], most, seconds);
    }
    js_buf_add_text(out, "</svg><p class=\"quiet ends\"><span>24 h ago</span><span>now</span></p>"
                         "</figure>\n");
}

void rl_samples_show(rl_samples *samples, js_buf *out) {
    bars all = {.known = 0};
    (void)pthread_mutex_lock(&samples->lock);
    fill(samples, js_wall_ms(&samples->relay->world) / BAR_MS, &all);
    (void)pthread_mutex_unlock(&samples->lock);
    js_buf_add_text(out,
                    "<section id=\"day\" data-live>\n<h2 class=\"panel-title\">The last day</h2>\n"
                    "<div class=\"charts\">");
    put_chart(out, "Events settled", all.settled, all.known, false);
    put_chart(out, "Age of the oldest that waits", all.oldest_s, all.known, true);
    js_buf_add_text(out, "</div>\n</section>\n");
}
