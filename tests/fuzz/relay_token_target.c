/* An ID token: whatever is let through has the parts that later checks rely on. */
#include "fuzz.h"

#include "relay/callers/id_token.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rl_id_token token;
    char *text = fuzz_text(data, size);
    if (text != NULL && rl_id_token_read(&token, text, strlen(text))) {
        FUZZ_EXPECT(token.issuer != NULL && token.kid != NULL && token.kid[0] != '\0');
        FUZZ_EXPECT(strcmp(token.algorithm, "RS256") == 0 ||
                    strcmp(token.algorithm, "PS256") == 0 || strcmp(token.algorithm, "ES256") == 0);
        (void)rl_id_token_current(token.claims, 1795428000);
        (void)rl_id_token_is_for(token.claims, "audience");
        rl_id_token_clear(&token);
    }
    free(text);
    return 0;
}
