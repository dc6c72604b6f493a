/*
 * A native library of somebody else, as other plugins have them: it uses the system's libcurl and
 * OpenSSL, and shares the process with ours.
 */
#include <curl/curl.h>
#include <jni.h>
#include <openssl/crypto.h>

#include <stdio.h>

#define NATIVE(type, name)                                                                         \
    JNIEXPORT type JNICALL Java_io_jenkins_plugins_jirasend_nativecore_Neighbour_##name

NATIVE(jstring, versions)(JNIEnv *env, jclass class, jstring none);
NATIVE(jint, get)(JNIEnv *env, jclass class, jstring url, jstring ca_file);

NATIVE(jstring, versions)(JNIEnv *env, jclass class, jstring none) {
    (void)class;
    (void)none;
    char text[512];
    (void)snprintf(text, sizeof text, "%s, %s", curl_version(), OpenSSL_version(OPENSSL_VERSION));
    return (*env)->NewStringUTF(env, text);
}

static size_t swallow(char *data, size_t size, size_t count, void *context) {
    (void)data;
    (void)context;
    return size * count;
}

static int request(const char *url, const char *ca_file) {
    CURL *easy = curl_easy_init();
    if (easy == NULL) {
        return -1;
    }
    long status = 0;
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT, 30L);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
    CURLcode code = curl_easy_perform(easy);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(easy);
    return code == CURLE_OK ? (int)status : -(int)code;
}

NATIVE(jint, get)(JNIEnv *env, jclass class, jstring url, jstring ca_file) {
    (void)class;
    const char *url_text = (*env)->GetStringUTFChars(env, url, NULL);
    const char *ca_text = url_text != NULL ? (*env)->GetStringUTFChars(env, ca_file, NULL) : NULL;
    jint result = -1;
    if (ca_text != NULL) {
        result = request(url_text, ca_text);
        (*env)->ReleaseStringUTFChars(env, ca_file, ca_text);
    }
    if (url_text != NULL) {
        (*env)->ReleaseStringUTFChars(env, url, url_text);
    }
    return result;
}
