/* The configuration of the relay: refused with a sentence and a place, or read. Never a crash, never slow. */
#include "fuzz.h"

#include "relay/life/config.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    rl_config *config = NULL;
    jirasend_code code = rl_config_parse(&config, (const char *)data, size, "relay.yaml", &error);
    if (code != JIRASEND_OK) {
        FUZZ_EXPECT(config == NULL);
        fuzz_expect_sentence(code, &error);
        FUZZ_EXPECT(code != JIRASEND_E_ARGUMENT || strncmp(error.message, "relay.yaml:", 11) == 0);
        return 0;
    }
    FUZZ_EXPECT(config->site_count > 0 && config->caller_count + config->hook_count > 0);
    rl_config_release(config);
    return 0;
}
