/* Environment variables that must not reach a library. */
#ifndef JS_BASE_VARIABLES_H
#define JS_BASE_VARIABLES_H

/* Takes all whose names begin so out of the environment. While no other thread reads that. */
void js_variables_forget(const char *prefix);

#endif
