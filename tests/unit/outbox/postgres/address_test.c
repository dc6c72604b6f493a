#include "outbox/postgres/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void accept(js_postgres_address *address, const char *text) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = js_postgres_address_parse(address, text, &error);
    if (code != JIRASEND_OK) {
        fail_msg("%s: %s", text, error.message);
    }
}

static void takes_the_usual_address_with_its_defaults(void **state) {
    (void)state;
    js_postgres_address address;
    accept(&address, "postgresql://jirasend@db.example.com/outbox");
    assert_int_equal(address.host_count, 1);
    assert_string_equal(address.hosts[0].name, "db.example.com");
    assert_int_equal(address.hosts[0].port, 5432);
    assert_false(address.hosts[0].is_local);
    assert_int_equal(address.hosts[0].ssl, JS_POSTGRES_SSL_VERIFY_FULL);
    assert_string_equal(address.user, "jirasend");
    assert_string_equal(address.database, "outbox");
    assert_string_equal(address.schema, "jirasend");
    assert_string_equal(address.target_session_attrs, "read-write");
    assert_null(address.root_certificate);
    assert_null(address.certificate);
    assert_null(address.key);
    js_postgres_address_clear(&address);
}

static void takes_every_parameter(void **state) {
    (void)state;
    js_postgres_address address;
    accept(&address, "postgresql://u@h.example:6432/d?schema=_ci2&sslmode=verify-full"
                     "&sslrootcert=/a/ca%20b.pem&sslcert=c.pem&sslkey=/k.pem"
                     "&target_session_attrs=primary");
    assert_int_equal(address.hosts[0].port, 6432);
    assert_string_equal(address.schema, "_ci2");
    assert_string_equal(address.root_certificate, "/a/ca b.pem");
    assert_string_equal(address.certificate, "c.pem");
    assert_string_equal(address.key, "/k.pem");
    assert_string_equal(address.target_session_attrs, "primary");
    js_postgres_address_clear(&address);
}

static void decodes_names(void **state) {
    (void)state;
    js_postgres_address address;
    accept(&address, "postgresql://b%C3%BCro%40ci%3A1@h/my%2Fdb%3F%25+'");
    assert_string_equal(address.user, "b\xC3\xBCro@ci:1");
    assert_string_equal(address.database, "my/db?%+'");
    js_postgres_address_clear(&address);
}

static void takes_several_hosts(void **state) {
    (void)state;
    js_postgres_address address;
    accept(&address, "postgresql://u@a.example,localhost:5433,[::1]:5434,[2001:db8::1]/d");
    assert_int_equal(address.host_count, 4);
    assert_string_equal(address.hosts[0].name, "a.example");
    assert_int_equal(address.hosts[0].port, 5432);
    assert_int_equal(address.hosts[0].ssl, JS_POSTGRES_SSL_VERIFY_FULL);
    assert_int_equal(address.hosts[1].port, 5433);
    assert_int_equal(address.hosts[1].ssl, JS_POSTGRES_SSL_PREFER);
    assert_string_equal(address.hosts[2].name, "::1");
    assert_int_equal(address.hosts[2].port, 5434);
    assert_true(address.hosts[2].is_local);
    assert_string_equal(address.hosts[3].name, "2001:db8::1");
    assert_false(address.hosts[3].is_local);
    js_postgres_address_clear(&address);
}

static void takes_hosts_and_ports_as_parameters(void **state) {
    (void)state;
    js_postgres_address address;
    accept(&address, "postgresql://u@/d?host=a.example,b.example&port=1,65535");
    assert_int_equal(address.host_count, 2);
    assert_string_equal(address.hosts[1].name, "b.example");
    assert_int_equal(address.hosts[0].port, 1);
    assert_int_equal(address.hosts[1].port, 65535);
    js_postgres_address_clear(&address);
    accept(&address, "postgresql://u@a.example,b.example/d?port=7");
    assert_int_equal(address.hosts[0].port, 7);
    assert_int_equal(address.hosts[1].port, 7);
    js_postgres_address_clear(&address);
    accept(&address, "postgresql://u@/d?host=::1");
    assert_true(address.hosts[0].is_local);
    js_postgres_address_clear(&address);
}

static void takes_unix_sockets_in_both_forms(void **state) {
    (void)state;
    static const char *const cases[] = {"postgresql://u@%2Frun%2Fpostgresql:5433/d",
                                        "postgresql://u@/d?host=/run/postgresql&port=5433",
                                        "postgresql://u@/d?host=%2Frun%2Fpostgresql&port=5433"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        js_postgres_address address;
        accept(&address, cases[i]);
        assert_true(address.hosts[0].is_socket);
        assert_true(address.hosts[0].is_local);
        assert_string_equal(address.hosts[0].name, "/run/postgresql");
        assert_int_equal(address.hosts[0].port, 5433);
        js_postgres_address_clear(&address);
    }
}

static void lets_only_this_machine_do_with_less_than_verify_full(void **state) {
    (void)state;
    static const char *const local[] = {"127.0.0.1", "127.8.9.1", "localhost", "[::1]", "%2Ftmp"};
    static const char *const words[] = {"disable", "allow",     "prefer",
                                        "require", "verify-ca", "verify-full"};
    char text[200];
    js_postgres_address address;
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
        for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
            (void)snprintf(text, sizeof text, "postgresql://u@%s/d?sslmode=%s", local[i], words[w]);
            accept(&address, text);
            assert_string_equal(js_postgres_ssl_word(address.hosts[0].ssl), words[w]);
            js_postgres_address_clear(&address);
        }
        (void)snprintf(text, sizeof text, "postgresql://u@localhost,db.example/d?sslmode=%s",
                       words[w]);
        jirasend_code code = js_postgres_address_parse(&address, text, NULL);
        assert_int_equal(code,
                         strcmp(words[w], "verify-full") == 0 ? JIRASEND_OK : JIRASEND_E_ARGUMENT);
        js_postgres_address_clear(&address);
    }
}

static void refuses_each_mistake_with_its_own_sentence(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {NULL, "must begin with postgresql://"},
        {"", "must begin with postgresql://"},
        {"postgres://u@h/d", "must begin with postgresql://"},
        {"POSTGRESQL://u@h/d", "must begin with postgresql://"},
        {"postgresql:u@h/d", "must begin with postgresql://"},
        {"postgresql://u@h/d\n", "control character"},
        {"postgresql://u@h/d\x7F", "control character"},
        {"postgresql://u%0A@h/d", "control character"},
        {"postgresql://u@h/d?sslrootcert=/a%1b", "control character"},
        {"postgresql://u@h/d\xFF", "not UTF-8"},
        {"postgresql://u@h/d%FF", "not UTF-8"},
        {"postgresql://u@h/d e", "blank"},
        {"postgresql://u@h/d#x", "%23"},
        {"postgresql://u@h/d%", "percent sign"},
        {"postgresql://u@h/d%2", "percent sign"},
        {"postgresql://u@h/d%zz", "percent sign"},
        {"postgresql://u@h/d%00", "percent sign"},
        {"postgresql://h/d", "names no user"},
        {"postgresql://@h/d", "names no user"},
        {"postgresql:///d", "names no user"},
        {"postgresql://", "names no user"},
        {"postgresql://u@h", "names no database"},
        {"postgresql://u@h/", "names no database"},
        {"postgresql://u@h?schema=a", "names no database"},
        {"postgresql://u@h/?schema=a", "names no database"},
        {"postgresql://u@h/d/", "slash"},
        {"postgresql://u@h/d/e", "slash"},
        {"postgresql://u:hunter2@h/d", "holds a password"},
        {"postgresql://u:@h/d", "holds a password"},
        {"postgresql://u:hun@ter2@h/d", "holds a password"},
        {"postgresql://u:hun/ter2@h/d", "names no user"},
        {"postgresql://u:hun?hunter2@h/d", "names no user"},
        {"postgresql://u@h/d?password=hunter2", "holds a password"},
        {"postgresql://u@x@h/d", "more than one @"},
        {"postgresql://u@h/d?hunter2", "a parameter that cannot"},
        {"postgresql://u@h/d?", "a parameter that cannot"},
        {"postgresql://u@h/d?schema=a&", "a parameter that cannot"},
        {"postgresql://u@h/d?options=-c%20x", "'options'"},
        {"postgresql://u@h/d?passfile=/x", "'passfile'"},
        {"postgresql://u@h/d?service=x", "'service'"},
        {"postgresql://u@h/d?hostaddr=127.0.0.1", "'hostaddr'"},
        {"postgresql://u@h/d?user=x", "'user'"},
        {"postgresql://u@h/d?dbname=x", "'dbname'"},
        {"postgresql://u@h/d?Schema=x", "a parameter that cannot"},
        {"postgresql://u@h/d?schema=a&schema=a", "'schema' appears twice"},
        {"postgresql://u@h/d?host=g", "'host' appears twice"},
        {"postgresql://u@h:1/d?port=1", "'port' appears twice"},
        {"postgresql://u@h/d?schema=", "'schema' has no value"},
        {"postgresql://u@h/d?schema", "'schema' has no value"},
        {"postgresql://u@/d?host=", "'host' has no value"},
        {"postgresql://u@h/d?sslmode=&schema=a", "'sslmode' has no value"},
        {"postgresql://u@h/d?schema=Upper", "small letters"},
        {"postgresql://u@h/d?schema=1a", "small letters"},
        {"postgresql://u@h/d?schema=a-b", "small letters"},
        {"postgresql://u@h/d?schema=a%22b", "small letters"},
        {"postgresql://u@h/d?schema=pg_x", "pg_"},
        {"postgresql://u@h/d?sslmode=full", "'sslmode' is not known"},
        {"postgresql://u@h/d?sslmode=require", "must be verify-full"},
        {"postgresql://u@h/d?sslmode=disable", "must be verify-full"},
        {"postgresql://u@127.0.0.1.example/d?sslmode=prefer", "must be verify-full"},
        {"postgresql://u@h/d?target_session_attrs=standby", "read-write, primary or any"},
        {"postgresql://u@h/d?sslcert=/c", "only one of sslcert and sslkey"},
        {"postgresql://u@h/d?sslkey=/c", "only one of sslcert and sslkey"},
        {"postgresql://u@/d", "names no host"},
        {"postgresql://u@,h/d", "something for a host"},
        {"postgresql://u@h,/d", "something for a host"},
        {"postgresql://u@:5/d", "something for a host"},
        {"postgresql://u@::1/d", "something for a host"},
        {"postgresql://u@h%2Cg/d", "something for a host"},
        {"postgresql://u@-h/d", "something for a host"},
        {"postgresql://u@h%20g/d", "something for a host"},
        {"postgresql://u@@h/d", "more than one @"},
        {"postgresql://u@[::1/d", "not closed"},
        {"postgresql://u@[h]/d", "not an IPv6 address"},
        {"postgresql://u@[::1]5/d", "behind a bracket"},
        {"postgresql://u@h:/d", "colon without a port"},
        {"postgresql://u@h:0/d", "1 to 65535"},
        {"postgresql://u@h:65536/d", "1 to 65535"},
        {"postgresql://u@h:-1/d", "1 to 65535"},
        {"postgresql://u@h:hunter2/d", "1 to 65535"},
        {"postgresql://u@h/d?port=1,2", "one port for all hosts"},
        {"postgresql://u@h,g/d?port=1,", "empty part"},
        {"postgresql://u@a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a/d", "more than 16"},
        {"postgresql://u@/d?host=/"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "too long"},
        {"postgresql://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@h/d",
         "user of more than 63 bytes"},
        {"postgresql://u@h/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "database of more than 63 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        js_postgres_address address;
        jirasend_code code = js_postgres_address_parse(&address, cases[i].text, &error);
        if (code != JIRASEND_E_ARGUMENT || strstr(error.message, cases[i].words) == NULL) {
            fail_msg("%s: %d, \"%s\" has no \"%s\"", cases[i].text, (int)code, error.message,
                     cases[i].words);
        }
        assert_null(strstr(error.message, "hunter2"));
        assert_null(strstr(error.message, "ter2"));
        assert_null(address.hosts);
    }
}

static void tells_an_address_from_a_folder(void **state) {
    (void)state;
    assert_true(js_postgres_is_address("postgresql://u@h/d"));
    assert_true(js_postgres_is_address("postgres://u@h/d"));
    assert_true(js_postgres_is_address("PostgreSQL://"));
    /* Each of them refused then, rather than made a folder of that name. */
    static const char *const meant[] = {"pg://u:p@h/d",
                                        " postgresql://u@h/d",
                                        "\tpostgresql://u@h/d",
                                        "postgresql+ssl://u:p@h/d",
                                        "jdbc:postgresql://h/d?user=u&password=p",
                                        "host=h password=p",
                                        "DBNAME=d",
                                        "service=s"};
    for (size_t i = 0; i < sizeof meant / sizeof meant[0]; i++) {
        js_postgres_address address;
        jirasend_error error = JIRASEND_ERROR_INIT;
        assert_true(js_postgres_is_address(meant[i]));
        assert_int_equal(js_postgres_address_parse(&address, meant[i], &error),
                         JIRASEND_E_ARGUMENT);
        assert_non_null(strstr(error.message, "postgresql://"));
    }
    assert_false(js_postgres_is_address("host/x=1"));
    assert_false(js_postgres_is_address("ghost=h"));
    assert_false(js_postgres_is_address("./pg://h"));
    assert_false(js_postgres_is_address("postgresql:/x"));
    assert_false(js_postgres_is_address("/var/postgresql://"));
    assert_false(js_postgres_is_address(""));
    assert_false(js_postgres_is_address(NULL));
}

static void names_the_variables_that_libpq_would_heed(void **state) {
    (void)state;
    static const char *const names[] = {"PGSERVICE", "PGHOSTADDR", "PGREQUIREPEER", "PGOPTIONS",
                                        "PGGEQO"};
    enum { COUNT = sizeof names / sizeof names[0] };
    for (size_t i = 0; i < COUNT; i++) {
        (void)unsetenv(names[i]);
    }
    assert_int_equal(js_postgres_environment_check(NULL), JIRASEND_OK);
    for (size_t i = 0; i < COUNT; i++) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        assert_int_equal(setenv(names[i], "", 1), 0);
        assert_int_equal(js_postgres_environment_check(&error), JIRASEND_E_ARGUMENT);
        assert_non_null(strstr(error.message, names[i]));
        assert_int_equal(unsetenv(names[i]), 0);
    }
    jirasend_error both = JIRASEND_ERROR_INIT;
    assert_int_equal(setenv("PGSERVICE", "x", 1), 0);
    assert_int_equal(setenv("PGGEQO", "off", 1), 0);
    assert_int_equal(js_postgres_environment_check(&both), JIRASEND_E_ARGUMENT);
    assert_non_null(strstr(both.message, "PGSERVICE, PGGEQO"));
    assert_int_equal(unsetenv("PGSERVICE"), 0);
    assert_int_equal(unsetenv("PGGEQO"), 0);
    assert_int_equal(setenv("PGUSER", "x", 1), 0); /* we give libpq a user of our own */
    assert_int_equal(js_postgres_environment_check(NULL), JIRASEND_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_usual_address_with_its_defaults),
        cmocka_unit_test(takes_every_parameter),
        cmocka_unit_test(decodes_names),
        cmocka_unit_test(takes_several_hosts),
        cmocka_unit_test(takes_hosts_and_ports_as_parameters),
        cmocka_unit_test(takes_unix_sockets_in_both_forms),
        cmocka_unit_test(lets_only_this_machine_do_with_less_than_verify_full),
        cmocka_unit_test(refuses_each_mistake_with_its_own_sentence),
        cmocka_unit_test(tells_an_address_from_a_folder),
        cmocka_unit_test(names_the_variables_that_libpq_would_heed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
