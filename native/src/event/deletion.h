/* A document that takes something back. Internal to the reader. */
#ifndef JS_EVENT_DELETION_H
#define JS_EVENT_DELETION_H

#include "event/reader.h"

/* It has the members that name its stream, `site` and `requestId`, and nothing else. */
jirasend_code js_deletion_check(js_reader *in);
/* The members that say what is deleted. */
jirasend_code js_deletion_read(js_reader *in);

#endif
