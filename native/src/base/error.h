/* Filling in the caller's jirasend_error, which may be null. */
#ifndef JS_BASE_ERROR_H
#define JS_BASE_ERROR_H

#include <jirasend/error.h>

void js_error_clear(jirasend_error *error);

/* Sets code and sentence and returns the code, so that `return js_fail(...)` reads well. */
jirasend_code js_fail(jirasend_error *error, jirasend_code code, const char *format, ...)
    JIRASEND_PRINTF(3, 4);

/* Adds what the way out depends on to an error that js_fail() has set; its sentence names no program. */
void js_error_because(jirasend_error *error, jirasend_reason reason);

/* The same error in another struct; either may be of an older header. Returns its code. */
jirasend_code js_error_pass(const jirasend_error *from, jirasend_error *to);

/* js_fail() for the one case that has nothing more to say. */
jirasend_code js_fail_nowhere(jirasend_error *error); /* null where a result should go */
jirasend_code js_fail_memory(jirasend_error *error);

#endif
