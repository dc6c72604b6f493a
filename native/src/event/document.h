/* The event document (docs/events.md): reading, and writing the form that the outbox keeps. */
#ifndef JS_EVENT_DOCUMENT_H
#define JS_EVENT_DOCUMENT_H

#include "base/buf.h"
#include "event/environment_map.h"
#include "event/event.h"
#include "event/keys.h"

#include <jirasend/error.h>

typedef struct js_read_rules {
    const js_key_rules *keys;
    const js_site *default_site; /* null: a document must name its site */
    int64_t now_ms;              /* for an absent updatedAt */
    /* What types environments have whose document gives none; null: the words of their names say. */
    const js_environment_rules *environments;
    bool no_emails;    /* people's e-mail addresses are left out */
    bool no_search;    /* given keys alone count: no text is searched */
    bool no_own_texts; /* nor messages, names and titles: keyText alone is */
    /* Not null: the rules for texts of a document, once its site (canonical name) is known. */
    const struct js_read_rules *(*of_site)(void *context, const char *site);
    void *context; /* of the function above */
} js_read_rules;

/*
 * Reads and checks one document: every member by type and range, unknown and duplicate members
 * by name, limits applied (texts cut, ids and URLs refused, associations counted), keyText scanned,
 * types of environments mapped. On failure (DOCUMENT, MEMORY) the event is empty.
 */
jirasend_code js_document_read(js_event *event, const char *text, size_t length,
                               const js_read_rules *rules, jirasend_error *error);

/*
 * Appends the same event as one line of JSON without keyText, so that reading it again gives an
 * equal event: where its keys were found, what was passed over and how many were dropped included, as
 * the members "found", "dropped" and "droppedKeys", which only the outbox's form has.
 * Returns at which byte of it what the event says begins: before stands only how it was told, its
 * requestId, its time, that it is history, and what was passed over.
 */
size_t js_document_write(js_buf *out, const js_event *event);

/*
 * Appends the same event as a document that anybody may send, for a relay: found keys alone as keyText,
 * each with where it was found. `request_id` stands for an absent one; `nameless` is the site that
 * stands for none, and is left out.
 */
void js_document_write_post(js_buf *out, const js_event *event, const char *request_id,
                            const char *nameless);

/*
 * Appends, as a JSON object, the members of a receipt that say which thing the event is about:
 * pipelineId, number, environment, state and so on, as the kind has them (docs/events.md).
 */
void js_document_write_facts(js_buf *out, const js_event *event);

/* Reads what js_document_write() wrote. */
jirasend_code js_document_read_stored(js_event *event, const char *text, size_t length,
                                      jirasend_error *error);

#endif
