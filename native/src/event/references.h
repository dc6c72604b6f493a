/* `references` of a build: the commits and refs it was made of. Internal to the readers. */
#ifndef JS_EVENT_REFERENCES_H
#define JS_EVENT_REFERENCES_H

#include "event/json_out.h"
#include "event/reader.h"

/* All are checked; the first five are kept, because Jira takes no more. */
jirasend_code js_references_read(js_run *run, js_reader *in);
/* Adds the member "references", which Jira wants as the document has it. */
bool js_references_put(js_json_out *object, const js_run *run);
void js_references_clear(js_run *run);

#endif
