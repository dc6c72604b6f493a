/* The table of native methods. */
#include "natives.h"

#include "documents.h"
#include "errors.h"
#include "handles.h"
#include "options.h"
#include "questions.h"
#include "settings.h"

#include <string.h>

#define NATIVE_CORE "io/jenkins/plugins/jirasend/nativecore/NativeCore"

static void throw_unless_ok(JNIEnv *env, jirasend_code code, const jirasend_error *error) {
    if (code != JIRASEND_OK) {
        jn_throw(env, error);
    }
}

/* The client, or null with IllegalStateException pending. */
static const jn_client *take(JNIEnv *env, jlong handle) {
    const jn_client *client = jn_handle_take(handle);
    if (client == NULL) {
        jn_throw_stale(env);
    }
    return client;
}

static jstring
    version_text; /* global: making the text each time takes ten times as long as the call */

static jstring version(JNIEnv *env, jclass class) {
    (void)class;
    return (*env)->NewLocalRef(env, version_text);
}

static bool make_version(JNIEnv *env) {
    jstring text = (*env)->NewStringUTF(env, jirasend_version());
    version_text = text != NULL ? (*env)->NewGlobalRef(env, text) : NULL;
    (*env)->DeleteLocalRef(env, text);
    return version_text != NULL;
}

void jn_natives_forget(JNIEnv *env) {
    (*env)->DeleteGlobalRef(env, version_text);
    version_text = NULL;
}

static jlong open_client(JNIEnv *env, const jn_bytes *settings) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_config *config = jn_settings_read(settings, &error);
    jirasend_client *client = NULL;
    if (config == NULL || jirasend_client_open(config, &client, &error) != JIRASEND_OK) {
        jirasend_config_free(config);
        jn_throw(env, &error);
        return 0;
    }
    jlong handle = jn_handle_new(client, config);
    if (handle == 0) {
        jirasend_client_close(client, 0);
        jirasend_config_free(config);
        jn_throw_memory(env);
    }
    return handle;
}

static jlong native_open(JNIEnv *env, jclass class, jbyteArray settings) {
    (void)class;
    jn_bytes text;
    if (!jn_bytes_read(env, settings, "settings", &text)) {
        return 0;
    }
    jlong handle = open_client(env, &text);
    jn_bytes_free(&text);
    return handle;
}

static void put_site(JNIEnv *env, jclass class, jlong handle, jbyteArray site, jbyteArray secret) {
    (void)class;
    jn_bytes site_text;
    jn_bytes secret_text;
    if (!jn_bytes_read(env, site, "site", &site_text)) {
        return;
    }
    if (jn_bytes_read(env, secret, "secret", &secret_text)) {
        const jn_client *client = take(env, handle);
        if (client != NULL) {
            jirasend_error error = JIRASEND_ERROR_INIT;
            jirasend_code code = jn_site_put(client->core, &site_text, &secret_text, &error);
            jn_handle_give(client);
            throw_unless_ok(env, code, &error);
        }
        jn_bytes_free(&secret_text);
    }
    jn_bytes_free(&site_text);
}

static void put_relay(JNIEnv *env, jclass class, jlong handle, jbyteArray token) {
    (void)class;
    jn_bytes text;
    if (!jn_bytes_read(env, token, "token", &text)) {
        return;
    }
    const jn_client *client = take(env, handle);
    if (client != NULL) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code code = jn_relay_put(client->core, &text, &error);
        jn_handle_give(client);
        throw_unless_ok(env, code, &error);
    }
    jn_bytes_free(&text);
}

static void remove_site(JNIEnv *env, jclass class, jlong handle, jbyteArray site) {
    (void)class;
    jn_bytes text;
    if (!jn_bytes_read(env, site, "site", &text)) {
        return;
    }
    if (strlen(text.text) != text.length) {
        jn_throw_code(env, JIRASEND_E_ARGUMENT, "The name of the site contains a NUL.");
    } else {
        const jn_client *client = take(env, handle);
        if (client != NULL) {
            jirasend_error error = JIRASEND_ERROR_INIT;
            jirasend_code code = jirasend_client_remove_site(client->core, text.text, &error);
            jn_handle_give(client);
            throw_unless_ok(env, code, &error);
        }
    }
    jn_bytes_free(&text);
}

/* `bytes` may be empty-handed (no text): then what holds for every event holds. */
static jirasend_code submit_to(const jn_client *client, const jn_bytes *document,
                               const jn_bytes *bytes, int64_t *id, jirasend_error *error) {
    if (bytes->text == NULL) {
        return jirasend_client_submit(client->core, document->text, document->length, NULL, id,
                                      error);
    }
    jn_options options;
    jirasend_code code = jn_options_read(&options, bytes, error);
    if (code == JIRASEND_OK) {
        code = jirasend_client_submit(client->core, document->text, document->length,
                                      &options.options, id, error);
        jn_options_clear(&options);
    }
    return code;
}

static jlong submit(JNIEnv *env, jclass class, jlong handle, jbyteArray document,
                    jbyteArray options) {
    (void)class;
    jn_bytes text;
    jn_bytes options_text = {NULL, 0};
    if (!jn_bytes_read(env, document, "document", &text)) {
        return 0;
    }
    if (options != NULL && !jn_bytes_read(env, options, "options", &options_text)) {
        jn_bytes_free(&text);
        return 0;
    }
    int64_t id = 0;
    const jn_client *client = take(env, handle);
    if (client != NULL) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code code = submit_to(client, &text, &options_text, &id, &error);
        jn_handle_give(client);
        throw_unless_ok(env, code, &error);
    }
    jn_bytes_free(&options_text);
    jn_bytes_free(&text);
    return (jlong)id;
}

static bool read_cursor(JNIEnv *env, jlongArray array, int64_t *cursor) {
    if (array == NULL) {
        jn_throw_null(env, "cursor");
        return false;
    }
    if ((*env)->GetArrayLength(env, array) < 1) {
        jn_throw_code(env, JIRASEND_E_ARGUMENT, "The cursor must have one element.");
        return false;
    }
    jlong value = 0;
    (*env)->GetLongArrayRegion(env, array, 0, 1, &value);
    *cursor = value;
    return true;
}

static void write_cursor(JNIEnv *env, jlongArray array, int64_t cursor) {
    jlong value = cursor;
    (*env)->SetLongArrayRegion(env, array, 0, 1, &value);
}

/* Without memory for the array the cursor stays, so the same receipt comes again. */
static jbyteArray hand_over(JNIEnv *env, jlongArray array, int64_t cursor, const char *receipt) {
    jbyteArray bytes = jn_bytes_new(env, receipt);
    if (bytes != NULL) {
        write_cursor(env, array, cursor);
    }
    return bytes;
}

static jbyteArray next_receipt(JNIEnv *env, jclass class, jlong handle, jlongArray array,
                               jlong timeout_ms) {
    (void)class;
    int64_t cursor = 0;
    if (!read_cursor(env, array, &cursor)) {
        return NULL;
    }
    const jn_client *client = take(env, handle);
    if (client == NULL) {
        return NULL;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *receipt = NULL;
    jirasend_code code =
        jirasend_client_next_receipt(client->core, &cursor, timeout_ms, &receipt, &error);
    jn_handle_give(client);
    if (code == JIRASEND_E_TIMEOUT) {
        write_cursor(env, array, cursor); /* "from now on" means from the first call */
        return NULL;
    }
    throw_unless_ok(env, code, &error);
    jbyteArray bytes = code == JIRASEND_OK ? hand_over(env, array, cursor, receipt) : NULL;
    jirasend_free(receipt);
    return bytes;
}

static jbyteArray ask(JNIEnv *env, jclass class, jlong handle, jbyteArray question,
                      jlong timeout_ms) {
    (void)class;
    jn_bytes text;
    if (!jn_bytes_read(env, question, "question", &text)) {
        return NULL;
    }
    jbyteArray bytes = NULL;
    const jn_client *client = take(env, handle);
    if (client != NULL) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        char *answer = NULL;
        jirasend_code code = jn_ask(client, &text, timeout_ms, &answer, &error);
        jn_handle_give(client);
        throw_unless_ok(env, code, &error);
        bytes = code == JIRASEND_OK ? jn_bytes_new(env, answer) : NULL;
        jirasend_free(answer);
    }
    jn_bytes_free(&text);
    return bytes;
}

static void act(JNIEnv *env, jclass class, jlong handle, jbyteArray action) {
    (void)class;
    jn_bytes text;
    if (!jn_bytes_read(env, action, "action", &text)) {
        return;
    }
    const jn_client *client = take(env, handle);
    if (client != NULL) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code code = jn_act(client, &text, &error);
        jn_handle_give(client);
        throw_unless_ok(env, code, &error);
    }
    jn_bytes_free(&text);
}

static void native_close(JNIEnv *env, jclass class, jlong handle, jlong deadline_ms) {
    (void)class;
    if (!jn_handle_close(handle, deadline_ms > 0 ? deadline_ms : 0)) {
        jn_throw_stale(env);
    }
}

bool jn_natives_register(JNIEnv *env) {
    const JNINativeMethod methods[] = {
        {"version", "()Ljava/lang/String;", (void *)version},
        {"open", "([B)J", (void *)native_open},
        {"putSite", "(J[B[B)V", (void *)put_site},
        {"putRelay", "(J[B)V", (void *)put_relay},
        {"removeSite", "(J[B)V", (void *)remove_site},
        {"submit", "(J[B[B)J", (void *)submit},
        {"nextReceipt", "(J[JJ)[B", (void *)next_receipt},
        {"ask", "(J[BJ)[B", (void *)ask},
        {"act", "(J[B)V", (void *)act},
        {"close", "(JJ)V", (void *)native_close},
    };
    jclass class = (*env)->FindClass(env, NATIVE_CORE);
    if (class == NULL || !make_version(env)) {
        return false;
    }
    jint result =
        (*env)->RegisterNatives(env, class, methods, (jint)(sizeof methods / sizeof *methods));
    (*env)->DeleteLocalRef(env, class);
    return result == JNI_OK;
}
