/*
 * Named points at which the tests of crashes end the process. In every other build they are not
 * there at all; a test looks for their names in the library and the program that are shipped.
 */
#ifndef JS_BASE_CRASH_POINT_H
#define JS_BASE_CRASH_POINT_H

#ifdef JIRASEND_CRASH_POINTS
void js_crash_point(const char *name);
#define JS_CRASH_POINT(name) js_crash_point(name)
#else
#define JS_CRASH_POINT(name) ((void)0)
#endif

#endif
