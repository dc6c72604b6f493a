/* Throwing into Java. After each of these an exception is pending: return at once. */
#ifndef JN_ERRORS_H
#define JN_ERRORS_H

#include <jirasend/error.h>
#include <jni.h>

/*
 * JiraSendException with all that the error says. When the JVM has no memory for it, its own
 * OutOfMemoryError is pending instead.
 */
void jn_throw(JNIEnv *env, const jirasend_error *error);
/* JiraSendException for what goes wrong on this side of the core. */
void jn_throw_code(JNIEnv *env, jirasend_code code, const char *message);
/* The same for JIRASEND_E_MEMORY. The JVM's own lack of memory is its OutOfMemoryError. */
void jn_throw_memory(JNIEnv *env);
/* IllegalStateException: the handle is unknown or closed. */
void jn_throw_stale(JNIEnv *env);
/* NullPointerException: "NAME is null". */
void jn_throw_null(JNIEnv *env, const char *name);

#endif
