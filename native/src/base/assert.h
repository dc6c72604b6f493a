/*
 * What must hold if this program is right, whatever it is given: checked in debug and sanitizer
 * builds, never in a program of somebody who only uses it.
 */
#ifndef JS_BASE_ASSERT_H
#define JS_BASE_ASSERT_H

#ifdef JIRASEND_ASSERTS
#include <stdio.h>
#include <stdlib.h>
#define js_assert(condition)                                                                       \
    ((condition) ? (void)0                                                                         \
                 : (void)(fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition),  \
                          abort()))
#else
#define js_assert(condition) ((void)sizeof(condition))
#endif

#endif
