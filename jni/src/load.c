/* What the JVM calls when it loads the library, and when it drops it. */
#include "handles.h"
#include "natives.h"

#include <openssl/crypto.h>

/* A class loader that goes away waits this long for each of its clients that nobody closed. */
enum { UNLOAD_MS = 1000 };

/*
 * Our own OpenSSL is inside this library. It must not read the configuration of the system's, which
 * is for another build of it, and it must not clean up at exit(), when threads of ours still run.
 */
static bool prepare_openssl(void) {
    return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) == 1;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved) {
    (void)reserved;
    JNIEnv *env = NULL;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) != JNI_OK || !prepare_openssl() ||
        !jn_natives_register(env)) {
        return JNI_ERR;
    }
    return JNI_VERSION_10;
}

/* The code itself stays (-z nodelete): a thread that ends late must find it where it was. */
JNIEXPORT void JNICALL JNI_OnUnload(JavaVM *vm, void *reserved) {
    (void)reserved;
    jn_handle_close_all(UNLOAD_MS);
    JNIEnv *env = NULL;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) == JNI_OK) {
        jn_natives_forget(env);
    }
}
