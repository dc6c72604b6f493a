/* Making the tables of an outbox on PostgreSQL. */
#include "base/error.h"
#include "base/text.h"
#include "client/client_internal.h"
#include "outbox/postgres/postgres.h"

#include <jirasend/outbox.h>

jirasend_code jirasend_outbox_migrate(const jirasend_config *config, const char *role, char **said,
                                      jirasend_error *error) {
    js_error_clear(error);
    if (said == NULL) {
        return js_fail_nowhere(error);
    }
    *said = NULL;
    if (config == NULL || !js_postgres_is_address(config->outbox)) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "Only an outbox on PostgreSQL has tables to create: give its address "
                       "(postgresql://USER@HOST/DATABASE).");
    }
    js_world world = js_world_system();
    char words[JIRASEND_ERROR_MESSAGE_SIZE];
    js_postgres_options options = js_database_options(config, &world);
    const char *to = role != NULL && role[0] != '\0' ? role : NULL;
    jirasend_code code = js_postgres_migrate(&options, to, words, error);
    if (code == JIRASEND_OK && (*said = js_copy(words)) == NULL) {
        code = js_fail_memory(error);
    }
    return code;
}
