/* What kind of environment a name speaks of. */
#ifndef JS_EVENT_ENVIRONMENT_H
#define JS_EVENT_ENVIRONMENT_H

#include "event/event.h"

/*
 * The type by the words of name and id (either may be null). A word is a run of letters of any
 * script, so `prod1` and `qa-2` contain one and `reproduction` does not. When words disagree,
 * the less productive wins: Jira must never show a test system as production.
 */
js_environment_type js_environment_map(const char *name, const char *id);

/* What one word of the same list means by itself, in lower case: prod, pre_prod. Else unmapped. */
js_environment_type js_environment_of_word(const char *word);

#endif
