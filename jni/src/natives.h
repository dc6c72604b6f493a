/* The native methods of the class NativeCore. */
#ifndef JN_NATIVES_H
#define JN_NATIVES_H

#include <jni.h>

#include <stdbool.h>

/* Ties them to the class of the loader that loads this library. False with an exception pending. */
bool jn_natives_register(JNIEnv *env);
/* When the library is dropped. */
void jn_natives_forget(JNIEnv *env);

#endif
