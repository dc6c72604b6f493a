/* The least that a native method can do. */
#include <jni.h>

JNIEXPORT void JNICALL Java_io_jenkins_plugins_jirasend_nativecore_Bench_nothing(JNIEnv *env,
                                                                                 jclass type);

JNIEXPORT void JNICALL Java_io_jenkins_plugins_jirasend_nativecore_Bench_nothing(JNIEnv *env,
                                                                                 jclass type) {
    (void)env;
    (void)type;
}
