/*
 * Guessing a secret by the time it takes to refuse it. OpenSSL's CRYPTO_memcmp() takes as long wherever the
 * first wrong byte is; so each comparison of a secret goes through it, as a whole, and no other one is skipped
 * for it. The linker puts the one of this file in its place (--wrap), which counts.
 */
#include "relay/callers/identify.h"
#include "relay/hooks/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>

enum { CALLERS = 3, DIGITS = JS_SHA256_HEX_SIZE - 1 };

/* What was compared since the last look. */
static size_t comparisons, bytes;

int __real_CRYPTO_memcmp(const void *a, const void *b,
                         size_t length); /* NOLINT: the linker's names */
int __wrap_CRYPTO_memcmp(const void *a, const void *b, size_t length); /* NOLINT */

int __wrap_CRYPTO_memcmp(const void *a, const void *b, size_t length) { /* NOLINT */
    comparisons++;
    bytes += length;
    return __real_CRYPTO_memcmp(a, b, length);
}

static void compared(size_t times, size_t length) {
    assert_int_equal(comparisons, times);
    assert_int_equal(bytes, times * length);
    comparisons = 0;
    bytes = 0;
}

static const char token[] = "jrt_the-true-one";

/* Whose token differs from the true one's hash in this byte; none does that for -1. */
static rl_caller caller_with(int wrong_byte) {
    rl_caller caller = {.by = RL_BY_TOKEN};
    assert_true(js_sha256(token, strlen(token), caller.token));
    if (wrong_byte >= 0) {
        caller.token[wrong_byte] ^= 1;
    }
    return caller;
}

static const rl_caller *identify(rl_caller callers[CALLERS]) {
    const rl_config config = {.callers = callers, .caller_count = CALLERS};
    return rl_identify_token(&config, token, strlen(token));
}

static void test_token(void **state) {
    (void)state;
    for (int wrong = 0; wrong < JS_SHA256_SIZE; wrong++) {
        rl_caller callers[CALLERS] = {caller_with(wrong), caller_with(wrong), caller_with(wrong)};
        assert_null(identify(callers));
        compared(CALLERS, JS_SHA256_SIZE);
    }
    for (size_t good = 0; good < CALLERS; good++) {
        rl_caller callers[CALLERS] = {caller_with(0), caller_with(0), caller_with(0)};
        callers[good] = caller_with(-1);
        assert_ptr_equal(identify(callers), &callers[good]);
        compared(CALLERS, JS_SHA256_SIZE);
    }
}

static const char body[] = "{\"zen\": 1}";

static rl_hook hook_of(rl_hook_type type) {
    static char secret[] = "hook-secret";
    return (rl_hook){.type = type, .secret = {secret, sizeof secret - 1}};
}

static bool good(rl_hook_type type, const char *given) {
    const rl_hook hook = hook_of(type);
    return rl_signature_good(&hook, given, body, sizeof body - 1);
}

/* With one digit wrong, none for -1. */
static void sign(const char *prefix, int wrong_digit, char out[96]) {
    const rl_hook hook = hook_of(RL_HOOK_GITHUB);
    unsigned char digest[JS_SHA256_SIZE];
    unsigned size = 0;
    char hex[JS_SHA256_HEX_SIZE];
    assert_non_null(HMAC(EVP_sha256(), hook.secret.text, (int)hook.secret.length,
                         (const unsigned char *)body, sizeof body - 1, digest, &size));
    js_hex(digest, size, hex);
    if (wrong_digit >= 0) {
        hex[wrong_digit] = hex[wrong_digit] == '0' ? '1' : '0';
    }
    (void)snprintf(out, 96, "%s%s", prefix, hex);
}

static void test_signatures(void **state) {
    static const struct {
        rl_hook_type type;
        const char *prefix;
    } rows[] = {{RL_HOOK_GITHUB, "sha256="}, {RL_HOOK_BITBUCKET, "sha256="}, {RL_HOOK_GITEA, ""}};
    (void)state;
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        for (int wrong = -1; wrong < DIGITS; wrong++) {
            char given[96];
            sign(rows[row].prefix, wrong, given);
            assert_int_equal(good(rows[row].type, given), wrong < 0);
            compared(1, DIGITS);
        }
    }
}

/* GitLab sends the secret itself: hashes are compared, so that not even its length shows. */
static void test_gitlab(void **state) {
    static const char *const wrong[] = {"Hook-secret", "hook-secreT", "hook-secret-and-more", "h",
                                        ""};
    (void)state;
    assert_true(good(RL_HOOK_GITLAB, "hook-secret"));
    compared(1, JS_SHA256_SIZE);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(good(RL_HOOK_GITLAB, wrong[i]));
        compared(1, JS_SHA256_SIZE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_gitlab),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
