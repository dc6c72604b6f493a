/* What Jira takes in one request. */
#include "event/batch_limits.h"

#include "event/kind.h"

#include <string.h>

size_t js_batch_events_max(js_api api) {
    return js_api_of(api)->entities ? JS_BATCH_ENTITIES : JS_BATCH_EVENTS;
}

/* The repository's place, or the next free one; null: there are too many. */
static js_batch_repository *find(js_batch_tally *tally, const char *id) {
    for (size_t i = 0; i < tally->repository_count; i++) {
        if (strcmp(tally->repositories[i].id, id) == 0) {
            return &tally->repositories[i];
        }
    }
    return tally->repository_count < JS_BATCH_REPOSITORIES
               ? &tally->repositories[tally->repository_count]
               : NULL;
}

static bool add_entity(js_batch_tally *tally, const js_event *event) {
    js_stream touched;
    size_t entities = js_event_stream_touched(event, &touched) ? 2 : 1;
    const char *id = js_event_stream(event).name;
    js_batch_repository *repository = find(tally, id);
    bool fits = tally->entities + entities <= JS_BATCH_ENTITIES && repository != NULL &&
                repository->counts[event->kind] < JS_BATCH_OF_A_TYPE;
    if (!fits) {
        return false;
    }
    if (repository == &tally->repositories[tally->repository_count]) {
        tally->repository_count++;
        *repository = (js_batch_repository){.id = id};
    }
    repository->counts[event->kind]++;
    tally->entities += entities;
    return true;
}

bool js_batch_add(js_batch_tally *tally, const js_event *event, size_t bytes) {
    bool first = tally->events == 0;
    if (!first && (tally->bytes + bytes > JS_BATCH_BYTES || tally->bytes > JS_BATCH_BYTES)) {
        return false;
    }
    js_api api = js_kind_api(event->kind);
    bool fits =
        js_api_of(api)->entities ? add_entity(tally, event) : tally->events < JS_BATCH_EVENTS;
    if (fits) {
        tally->events++;
        tally->bytes += bytes;
    }
    return fits;
}
