/* The documents that Java hands over, a line each: questions, actions, settings, sites. */
#include "client_world.h"
#include "fuzz.h"

#include "errors.h"
#include "options.h"
#include "questions.h"
#include "settings.h"

#include <stdlib.h>
#include <string.h>

/* Only with a JVM: nothing here may get that far. */
void jn_throw_null(JNIEnv *env, const char *name) {
    (void)env;
    (void)name;
    abort();
}

void jn_throw_memory(JNIEnv *env) {
    (void)env;
    abort();
}

static void settings(const jn_bytes *line) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_config *config = jn_settings_read(line, &error);
    if (config == NULL) {
        fuzz_expect_sentence(error.code, &error);
        FUZZ_EXPECT(error.code == JIRASEND_E_ARGUMENT);
    }
    jirasend_config_free(config);
}

static void tell(const jn_client *client, char what, const jn_bytes *line) {
    static char secret_text[] = "s3cret";
    const jn_bytes secret = {secret_text, sizeof secret_text - 1};
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *out = NULL;
    switch (what) {
    case 'q': /* a report that says what does not work is an answer, too: OK beside its sentence */
        if (jn_ask(client, line, 0, &out, &error) == JIRASEND_OK) {
            fuzz_expect_json(out);
            jirasend_free(out);
        } else {
            client_world_expect(error.code, &out, &error);
        }
        return;
    case 'a':
        client_world_expect(jn_act(client, line, &error), NULL, &error);
        return;
    case 'c':
        settings(line);
        return;
    case 'p':
        client_world_expect(jn_site_put(client->core, line, &secret, &error), NULL, &error);
        return;
    case 'o': {
        jn_options options;
        jirasend_code code = jn_options_read(&options, line, &error);
        client_world_expect(code, NULL, &error);
        if (code == JIRASEND_OK) {
            jn_options_clear(&options);
        }
        return;
    }
    case 's': {
        int64_t id = 0;
        client_world_expect(
            jirasend_client_submit(client->core, line->text, line->length, NULL, &id, &error), NULL,
            &error);
        return;
    }
    default:
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *story = fuzz_text(data, size);
    char *rest = story;
    jirasend_config *config = jirasend_config_new();
    jn_client client = {client_world_open(), config};
    FUZZ_EXPECT(config != NULL);
    for (int i = 0; i < 32 && rest != NULL; i++) {
        char *line = strsep(&rest, "\n");
        if (line[0] != '\0') {
            jn_bytes bytes = {line + 1, strlen(line + 1)};
            tell(&client, line[0], &bytes);
        }
    }
    client_world_close(client.core);
    jirasend_config_free(config);
    free(story);
    return 0;
}
