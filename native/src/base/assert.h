/*
 * What must hold if this program is right, whatever it is given: checked in debug and sanitizer
 * builds, never in a program of somebody who only uses it.
 */
#ifndef JS_BASE_ASSERT_H
#define JS_BASE_ASSERT_H

#ifdef NDEBUG
#define js_assert(condition) ((void)sizeof(condition))
#else
#include <assert.h>
#define js_assert(condition) assert(condition)
#endif

#endif
