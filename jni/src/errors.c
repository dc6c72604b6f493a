/* From an error of the core to a Java exception. */
#include "errors.h"

#include "base/error.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * Classes are looked up when they are needed, which is seldom: inside a native method that is done
 * with the class loader of NativeCore. A reference kept for later would keep that loader alive, and
 * a plugin could never be unloaded.
 */
static void throw_plain(JNIEnv *env, const char *class_name, const char *message) {
    jclass class = (*env)->FindClass(env, class_name);
    if (class != NULL) {
        (void)(*env)->ThrowNew(env, class, message);
        (*env)->DeleteLocalRef(env, class);
    }
}

/* As bytes: what JNI makes strings of is not UTF-8, and breaks at the first emoji. */
static jbyteArray message_bytes(JNIEnv *env, const char *message) {
    jsize length = (jsize)strlen(message);
    jbyteArray bytes = (*env)->NewByteArray(env, length);
    if (bytes != NULL) {
        (*env)->SetByteArrayRegion(env, bytes, 0, length, (const jbyte *)message);
    }
    return bytes;
}

void jn_throw(JNIEnv *env, const jirasend_error *error) {
    jclass class =
        (*env)->FindClass(env, "io/jenkins/plugins/jirasend/nativecore/JiraSendException");
    if (class == NULL) {
        return;
    }
    jmethodID make = (*env)->GetMethodID(env, class, "<init>", "(I[BIJI)V");
    jbyteArray message = make != NULL ? message_bytes(env, error->message) : NULL;
    if (message != NULL) {
        const jvalue arguments[] = {{.i = (jint)error->code},
                                    {.l = message},
                                    {.i = (jint)error->http_status},
                                    {.j = (jlong)error->retry_after_ms},
                                    {.i = (jint)error->reason}};
        jthrowable thrown = (*env)->NewObjectA(env, class, make, arguments);
        if ((*env)->ExceptionCheck(env) == JNI_FALSE && thrown != NULL) {
            (void)(*env)->Throw(env, thrown);
        }
    }
}

void jn_throw_code(JNIEnv *env, jirasend_code code, const char *message) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    error.code = code;
    (void)snprintf(error.message, sizeof error.message, "%s", message);
    jn_throw(env, &error);
}

void jn_throw_memory(JNIEnv *env) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    (void)js_fail_memory(&error);
    jn_throw(env, &error);
}

void jn_throw_stale(JNIEnv *env) {
    throw_plain(env, "java/lang/IllegalStateException",
                "This client of jirasend is closed, or was never open.");
}

void jn_throw_null(JNIEnv *env, const char *name) {
    char message[64];
    (void)snprintf(message, sizeof message, "%s is null", name);
    throw_plain(env, "java/lang/NullPointerException", message);
}
