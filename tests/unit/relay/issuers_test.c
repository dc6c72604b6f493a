/* How long the keys of an issuer are good, and how often it is asked; the network is this test. */
#include "relay/callers/fetch.h"
#include "relay/callers/issuers.h"

#include "base/error.h"
#include "fake_world.h"

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FAILED_MS = 5000, MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

static const char set[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"one\",\"x\":"
    "\"MKBCTNIcKUSDii11ySs3526iDZ8A"
    "iTo7Tu6KPAqv7D4\",\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}]}";

static atomic_bool away;
static atomic_int fetches;
static sem_t fetched;

/* NOLINTNEXTLINE: the linker's name */
jirasend_code __wrap_rl_fetch_keys(rl_keys **keys, const rl_oidc *oidc, const atomic_bool *stop,
                                   jirasend_error *error);

/* NOLINTNEXTLINE */
jirasend_code __wrap_rl_fetch_keys(rl_keys **keys, const rl_oidc *oidc, const atomic_bool *stop,
                                   jirasend_error *error) {
    (void)oidc;
    (void)stop;
    (void)atomic_fetch_add(&fetches, 1);
    *keys = NULL;
    return atomic_load(&away) ? js_fail(error, JIRASEND_E_NETWORK, "The issuer is away.")
                              : rl_keys_read(keys, set, sizeof set - 1, error);
}

static void tell(void *context) {
    (void)context;
    (void)sem_post(&fetched);
}

static void say(void *context, const char *sentence) {
    (void)context;
    (void)sentence;
}

typedef struct fixture {
    fake_world fake;
    char issuer[32];
    rl_caller caller;
    rl_issuers *issuers;
} fixture;

/* With the first load over. */
static void open_issuers(fixture *fix, bool is_away) {
    memset(fix, 0, sizeof *fix);
    fix->fake = (fake_world){.wall_ms = INT64_C(1795687200000), .mono_ms = HOUR_MS};
    (void)strcpy(fix->issuer, "https://gitlab.example.com");
    fix->caller = (rl_caller){.by = RL_BY_OIDC, .oidc = {.issuer = fix->issuer}};
    rl_config config = {.callers = &fix->caller, .caller_count = 1};
    js_world world = fake_world_table(&fix->fake);
    atomic_store(&away, is_away);
    atomic_store(&fetches, 0);
    assert_int_equal(sem_init(&fetched, 0, 0), 0);
    fix->issuers = rl_issuers_new(&world, tell, say, NULL);
    assert_non_null(fix->issuers);
    assert_true(rl_issuers_configure(fix->issuers, &config));
    assert_int_equal(sem_wait(&fetched), 0);
}

static void close_issuers(fixture *fix) {
    rl_issuers_free(fix->issuers);
    (void)sem_destroy(&fetched);
}

static rl_keys_found ask(fixture *fix, const char *kid) {
    rl_keys *keys = NULL;
    rl_keys_found found = rl_issuers_keys(fix->issuers, &fix->caller.oidc, kid, true, &keys);
    assert_true((keys != NULL) == (found == RL_KEYS_THERE));
    rl_keys_release(keys);
    return found;
}

static void known_keys_serve_for_a_day(void **state) {
    fixture fix;
    (void)state;
    open_issuers(&fix, false);
    atomic_store(&away, true);
    for (int hour = 0; hour < 23; hour++) {
        fake_world_pass(&fix.fake, HOUR_MS);
        assert_int_equal(ask(&fix, "one"), RL_KEYS_THERE);
        assert_int_equal(sem_wait(&fetched), 0); /* it is asked in the background, in vain */
    }
    fake_world_pass(&fix.fake, HOUR_MS - 1);
    assert_int_equal(ask(&fix, "one"), RL_KEYS_THERE);
    assert_int_equal(sem_wait(&fetched), 0);
    fake_world_pass(&fix.fake, MINUTE_MS);
    assert_int_equal(ask(&fix, "one"), RL_KEYS_LATER);
    assert_int_equal(sem_wait(&fetched), 0);
    assert_int_equal(ask(&fix, "one"), RL_KEYS_AWAY);
    close_issuers(&fix);
}

static void unknown_ids_are_asked_for_once_a_minute(void **state) {
    fixture fix;
    (void)state;
    open_issuers(&fix, false);
    assert_int_equal(ask(&fix, "two"), RL_KEYS_LATER); /* the first load does not count */
    assert_int_equal(sem_wait(&fetched), 0);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(ask(&fix, "two"), RL_KEYS_UNKNOWN);
    }
    fake_world_pass(&fix.fake, MINUTE_MS - 1);
    assert_int_equal(ask(&fix, "three"), RL_KEYS_UNKNOWN);
    assert_int_equal(atomic_load(&fetches), 2);
    fake_world_pass(&fix.fake, 1);
    assert_int_equal(ask(&fix, "three"), RL_KEYS_LATER);
    assert_int_equal(sem_wait(&fetched), 0);
    assert_int_equal(atomic_load(&fetches), 3);
    close_issuers(&fix);
}

static void without_any_keys_nothing_is_known(void **state) {
    fixture fix;
    (void)state;
    open_issuers(&fix, true);
    assert_int_equal(ask(&fix, "one"), RL_KEYS_AWAY);
    atomic_store(&away, false);
    fake_world_pass(&fix.fake, FAILED_MS);
    assert_int_equal(ask(&fix, "one"), RL_KEYS_LATER);
    assert_int_equal(sem_wait(&fetched), 0);
    assert_int_equal(ask(&fix, "one"), RL_KEYS_THERE);
    close_issuers(&fix);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_keys_serve_for_a_day),
        cmocka_unit_test(unknown_ids_are_asked_for_once_a_minute),
        cmocka_unit_test(without_any_keys_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
