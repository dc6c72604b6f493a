/* What an event says, as 8 bytes: equal where Jira would be told the same again. */
#ifndef JS_OUTBOX_DIGEST_H
#define JS_OUTBOX_DIGEST_H

#include "event/event.h"

enum { JS_DIGEST_SIZE = 8 };

/* Of what js_document_write() says the event says. False when memory is short. */
bool js_document_digest(const char *text, size_t length, unsigned char digest[JS_DIGEST_SIZE]);
/* Over all but who asked, when, and what was passed over in texts. False when memory is short. */
bool js_event_digest(const js_event *event, unsigned char digest[JS_DIGEST_SIZE]);

#endif
