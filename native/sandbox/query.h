/* The query of a request that goes by properties: ?account=1&_updateSequenceId=5 */
#ifndef SB_QUERY_H
#define SB_QUERY_H

#include "base/strings.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct sb_query {
    js_strings properties; /* each `,"name":"value",`, as sb_item_has_properties() wants them */
    int64_t sequence;      /* INT64_MAX when there is none */
    bool failed;           /* out of memory */
} sb_query;

/*
 * `sequence_name` is the parameter with the number; other names that begin with '_' are passed
 * over. Null, or the sentence that the request is refused with.
 */
const char *sb_query_read(const char *text, const char *sequence_name, sb_query *query);
void sb_query_free(sb_query *query);

#endif
