/* How far a verification came: a run that was stopped early is resumed. */
#include "client/verify.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DIFFERS_MAX = 1000, SAVE_EVERY = 500 };
#define GOES_ON_MS (INT64_C(24) * 3600000) /* what was asked before that is asked again */
static const char name[] = "verify";

static int by_number(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return a < b ? -1 : a > b ? 1 : 0;
}

static bool add(js_verified *range, int64_t id) {
    if (range->differing == range->room) {
        size_t room = range->room == 0 ? 16 : range->room * 2;
        int64_t *grown = realloc(range->differs, room * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        range->differs = grown;
        range->room = room;
    }
    range->differs[range->differing++] = id;
    return true;
}

static bool differed(const js_verified *range, int64_t id) {
    return range->differing > 0 && bsearch(&id, range->differs, range->differing,
                                           sizeof *range->differs, by_number) != NULL;
}

/* Of other kinds, or of another day, it says nothing. */
static bool read_mark(jirasend_verification *self, json_object *mark) {
    unsigned kinds = (unsigned)js_json_number_of(mark, "kinds");
    int64_t age_ms = js_wall_ms(&self->client->world) - js_json_number_of(mark, "at");
    bool covers = kinds == 0 || (self->kinds != 0 && (self->kinds & ~kinds) == 0);
    if (!covers || age_ms < 0 || age_ms > GOES_ON_MS) {
        return true;
    }
    json_object *differs = NULL;
    json_object_object_get_ex(mark, "differs", &differs);
    size_t count =
        json_object_is_type(differs, json_type_array) ? json_object_array_length(differs) : 0;
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        good = add(&self->before, json_object_get_int64(json_object_array_get_idx(differs, i)));
    }
    if (good && self->before.differing > 0) {
        qsort(self->before.differs, self->before.differing, sizeof *self->before.differs,
              by_number);
    }
    self->before.top = js_json_number_of(mark, "top");
    self->before.bottom = js_json_number_of(mark, "bottom");
    return good;
}

jirasend_code js_verify_load(jirasend_verification *self, jirasend_error *error) {
    js_outbox *outbox = self->client->outbox;
    js_buf text = JS_BUF_INIT;
    jirasend_code code = outbox->ops->bookmark_get(outbox, name, &text, error);
    if (code == JIRASEND_OK && text.length > 0) {
        json_object *mark = js_json_parse(text.data, text.length, JS_JSON_STRICT, NULL);
        code = read_mark(self, mark) ? JIRASEND_OK : js_fail_memory(error);
        json_object_put(mark);
    }
    js_buf_clear(&text);
    return code;
}

bool js_verify_was_asked(const jirasend_verification *self, size_t start, size_t end) {
    const js_verified *before = &self->before;
    int64_t rank = self->ids[start].rank;
    bool asked = before->top > 0 && rank <= before->top && rank >= before->bottom;
    for (size_t i = start; i < end && asked; i++) {
        asked = !differed(before, self->ids[i].id);
    }
    return asked;
}

jirasend_code js_verify_note(jirasend_verification *self, size_t start, size_t end,
                             json_object *lines, jirasend_error *error) {
    js_verified *now = &self->now;
    (void)end;
    now->top = now->top == 0 ? self->ids[start].rank : now->top;
    now->bottom = self->ids[start].rank;
    for (size_t i = 0; i < json_object_array_length(lines); i++) {
        if (!add(now, js_json_number_of(json_object_array_get_idx(lines, i), "id"))) {
            return js_fail_memory(error);
        }
    }
    if (self->asked % SAVE_EVERY == 0) {
        js_verify_save(self); /* a run that is killed has lost little */
    }
    return JIRASEND_OK;
}

/* What is known to be asked: this run's, and the one's before where they meet; else the one before. */
static js_verified both(const jirasend_verification *self) {
    const js_verified *before = &self->before;
    js_verified range = self->now;
    bool meets = before->top == 0 || (range.bottom > 0 && range.bottom <= before->top);
    bool passed = self->went_on > 0 && before->top > 0;
    if (range.bottom == 0 || !(meets || passed)) {
        range = *before;
    } else if (before->top > 0) {
        range.top = range.top > before->top ? range.top : before->top;
        range.bottom = range.bottom < before->bottom ? range.bottom : before->bottom;
    }
    return range;
}

static bool put_differs(json_object *mark, const jirasend_verification *self) {
    json_object *differs = js_json_put_array(mark, "differs");
    bool good = differs != NULL;
    const js_verified *ranges[] = {&self->before, &self->now};
    for (size_t r = 0; r < 2; r++) {
        for (size_t i = 0; i < ranges[r]->differing && good; i++) {
            good = js_json_append(differs, json_object_new_int64(ranges[r]->differs[i]));
        }
    }
    return good;
}

static bool forbidden(const jirasend_verification *self) {
    bool any = false;
    for (int api = JS_API_FIRST; api <= JS_API_LAST; api++) {
        any = any || self->apis[api].forbidden;
    }
    return any;
}

/* One that cannot be stored starts over the next time, and nothing else is lost. */
void js_verify_save(jirasend_verification *self) {
    js_outbox *outbox = self->client->outbox;
    js_verified range = both(self);
    bool much = self->before.differing + self->now.differing > DIFFERS_MAX;
    if (self->sampled || (self->complete && self->before.top == 0 && self->asked < SAVE_EVERY)) {
        return;
    }
    if (self->complete || much || forbidden(self)) {
        (void)outbox->ops->bookmark_put(outbox, name, NULL, NULL);
        return;
    }
    if (range.top == 0) {
        return;
    }
    json_object *mark = json_object_new_object();
    bool good = js_json_put_number(mark, "at", js_wall_ms(&self->client->world)) &&
                js_json_put_number(mark, "kinds", (int64_t)self->kinds) &&
                js_json_put_number(mark, "top", range.top) &&
                js_json_put_number(mark, "bottom", range.bottom) && put_differs(mark, self);
    js_buf text = JS_BUF_INIT;
    js_json_write_built(&text, mark, good);
    if (!text.failed) {
        (void)outbox->ops->bookmark_put(outbox, name, text.data, NULL);
    }
    js_buf_clear(&text);
}

void js_verify_clear(jirasend_verification *self) {
    free(self->before.differs);
    free(self->now.differs);
}
