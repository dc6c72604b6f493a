/* Submit options that come from Java as a document. */
#ifndef JN_OPTIONS_H
#define JN_OPTIONS_H

#include "documents.h"

#include <jirasend/options.h>

enum {
    JN_PROPERTIES_MAX = 16
}; /* more than the core takes: that it is too many is for it to say */

typedef struct jn_options {
    jirasend_submit_options options;
    jirasend_property properties[JN_PROPERTIES_MAX];
    json_object *object; /* which owns the texts */
} jn_options;

/* Errors: ARGUMENT, MEMORY. On success freed with jn_options_clear(). */
jirasend_code jn_options_read(jn_options *out, const jn_bytes *bytes, jirasend_error *error);
void jn_options_clear(jn_options *options);

#endif
