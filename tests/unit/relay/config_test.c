/* The configuration: what is read, and where each mistake is said to be. */
#include "relay/life/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char folder[] = "/tmp/relay-config-XXXXXX";
static char secret[64];

#define HEAD "listen: 127.0.0.1:8443\noutbox: /var/lib/jirasend\n"
#define SITES "sites:\n  - site: acme.atlassian.net\n    clientId: id\n    secretFile: @\n"
#define CALLER                                                                                     \
    "callers:\n  - name: payments\n    tokenSha256: \"" HASH "\"\n    pipelines: "                 \
    "[\"payments/*\"]\n"
#define GOOD HEAD SITES CALLER

/* The text with the path of the secret file in place of each @ behind a blank. */
static char *with_secret(const char *text) {
    js_buf out = JS_BUF_INIT;
    for (char before = ' '; *text != '\0'; before = *text++) {
        if (*text == '@' && before == ' ') {
            js_buf_add_text(&out, secret);
        } else {
            js_buf_add(&out, text, 1);
        }
    }
    return js_buf_take(&out);
}

static jirasend_code read_text(const char *text, rl_config **config, jirasend_error *error) {
    char *whole = with_secret(text);
    jirasend_code code = rl_config_parse(config, whole, strlen(whole), "relay.yaml", error);
    free(whole);
    return code;
}

static void refused(const char *text, const char *place, const char *words) {
    rl_config *config = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = read_text(text, &config, &error);
    if (code != JIRASEND_E_ARGUMENT || strstr(error.message, words) == NULL ||
        strncmp(error.message, place, strlen(place)) != 0) {
        fail_msg("%d %s (wanted %s … %s)", (int)code, error.message, place, words);
    }
    assert_null(config);
}

static rl_config *good(const char *text) {
    rl_config *config = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (read_text(text, &config, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    return config;
}

static void test_defaults(void **state) {
    (void)state;
    rl_config *config = good(GOOD "keep: ~\npublicUrl: null\n");
    assert_int_equal(config->listen.port, 8443);
    assert_true(config->listen.loopback);
    assert_int_equal(config->keep, 400);
    assert_int_equal(config->limits.connections, 1000);
    assert_int_equal(config->limits.per_address, 100);
    assert_int_equal(config->limits.bodies, 268435456);
    assert_null(config->public_url);
    assert_int_equal(config->site_count, 1);
    assert_string_equal(config->sites[0].site.name, "acme.atlassian.net");
    assert_string_equal(config->sites[0].secret.text, "s3cret");
    const rl_caller *caller = &config->callers[0];
    assert_string_equal(caller->name, "payments");
    assert_string_equal(caller->origin, "payments");
    assert_true(caller->sender && !caller->may_delete && !caller->history && !caller->admin);
    assert_int_equal(caller->kinds.count, 2);
    assert_false(caller->repositories.given);
    assert_int_equal(caller->token[1], 0x23);
    rl_config_release(config);
}

static void test_everything(void **state) {
    (void)state;
    rl_config *config =
        good("listen: \"[::1]:0\"\noutbox: /var/lib/jirasend\nkeep: 0\n"
             "publicUrl: https://Relay.example.com/jira/\n"
             "limits: {connections: 5, perAddress: 2, bodies: 1}\n"
             "sites:\n  - {site: \"http://127.0.0.1:8790\", apiUrl: \"http://127.0.0.1:8790\", "
             "cloudId: c-1,\n"
             "     clientId: id, secretFile: @, environments: {\"prod-*\": production, \"*-uat\": "
             "staging}}\n"
             "callers:\n"
             "  - name: gitlab\n"
             "    oidc: {issuer: \"https://gitlab.example.com\", audience: a, claims: "
             "{namespace_path: shop}}\n"
             "    pipelines: [\"{project_path}/**\"]\n    repositories: [\"h/{project_path}\"]\n"
             "    kinds: [build, commit]\n    environmentTypes: [staging]\n    projects: [PAY]\n"
             "    delete: true\n    history: true\n    rate: 50\n    origin: me\n"
             "  - {name: scraper, tokenSha256: " HASH ", metrics: true}\n"
             "hooks:\n  - {name: ghes, type: github, secretFile: @, site: "
             "\"http://127.0.0.1:8790\", repositories: [\"s/*\"]}\n");
    assert_true(config->listen.v6);
    assert_string_equal(config->public_url, "https://relay.example.com/jira");
    assert_int_equal(config->sites[0].environments.count, 2);
    assert_string_equal(config->sites[0].environment_types.items[1], "staging");
    const rl_caller *caller = &config->callers[0];
    assert_int_equal(caller->by, RL_BY_OIDC);
    assert_string_equal(caller->oidc.values.items[0], "shop");
    assert_true(caller->may_delete && caller->history);
    assert_int_equal(caller->rate, 50);
    assert_string_equal(caller->origin, "me");
    assert_false(config->callers[1].sender);
    assert_ptr_equal(rl_config_hook(config, "ghes"), &config->hooks[0]);
    assert_string_equal(config->hooks[0].secret.text, "s3cret");
    rl_config_release(config);
}

static void test_yaml(void **state) {
    (void)state;
    rl_config_release(good("\xef\xbb\xbf" GOOD)); /* as some editors write it */
    refused("", "relay.yaml:1:1:", "empty");
    refused("# nothing\n", "relay.yaml:", "empty");
    refused("- a\n", "relay.yaml:1:1:", "must be a map");
    refused(GOOD "---\na: b\n", "relay.yaml:", "second document");
    refused("listen: &a x\n", "relay.yaml:1:9:", "Anchors");
    refused("listen: *a\n", "relay.yaml:1:9:", "Aliases");
    refused("listen: !!str x\n", "relay.yaml:1:9:", "Tags");
    refused("%YAML 1.1\n---\nlisten: x\n", "relay.yaml:1:1:", "Directives");
    refused("listen: [\n", "relay.yaml:2:1:", "not valid YAML");
    refused("listen: \"\xff\"\n", "relay.yaml:", "not valid YAML");
    refused("listne: x\n", "relay.yaml:1:1:", "no member 'listne'");
    refused(GOOD "listen: 127.0.0.1:1\n", "relay.yaml:11:1:", "'listen' appears twice");
    refused("outbox: /x\n" SITES CALLER, "relay.yaml:1:1:", "needs 'listen'");
    refused(HEAD CALLER, "relay.yaml:1:1:", "needs 'sites'");
    refused(HEAD SITES, "relay.yaml:1:1:", "'callers' or 'hooks'");
    refused(GOOD "keep: 1e2\n", "relay.yaml:11:7:", "decimal digits");
    refused(GOOD "keep: 0x10\n", "relay.yaml:11:7:", "decimal digits");
    refused(GOOD "keep: 010\n", "relay.yaml:11:7:", "decimal digits");
    refused(GOOD "keep: \"10\"\n", "relay.yaml:11:7:", "decimal digits");
    refused(GOOD "keep: 40000\n", "relay.yaml:11:7:", "from 0 to 36500");
    refused(GOOD "limits: {connections: 0}\n", "relay.yaml:11:23:", "from 1");
    refused(GOOD "limits: []\n", "relay.yaml:11:9:", "must be a map");
    refused(GOOD "publicUrl: true\n", "relay.yaml:11:12:", "put it in quotes");
}

static void test_values(void **state) {
    (void)state;
    refused("listen: 8443\noutbox: /x\n" SITES CALLER, "relay.yaml:1:9:", "quotes");
    refused("listen: relay:x\noutbox: /x\n" SITES CALLER, "relay.yaml:1:9:", "127.0.0.1:8443");
    refused("listen: 0.0.0.0:8443\noutbox: /x\n" SITES CALLER, "relay.yaml:1:9:", "'tls'");
    refused("listen: \"[::]:8443\"\noutbox: /x\n" SITES CALLER, "relay.yaml:1:9:", "'tls'");
    refused(GOOD "outboxPasswordFile: @\n", "relay.yaml:11:21:", "postgresql");
    refused("listen: 127.0.0.1:0\noutbox: postgresql://db.example/x\n" SITES CALLER,
            "relay.yaml:2:9:", "names no user");
    refused("listen: 127.0.0.1:0\noutbox: \"postgresql://u@db.example/x?sslmode=require\"\n" SITES
                CALLER,
            "relay.yaml:2:9:", "verify-full");
    refused(HEAD SITES "  - site: ACME.atlassian.net\n    clientId: id\n    secretFile: @\n" CALLER,
            "relay.yaml:7:11:", "appears twice");
    refused(HEAD "sites: []\n" CALLER, "relay.yaml:3:8:", "at least one site");
    refused(HEAD SITES "    environments: {\"p*\": prod}\n" CALLER,
            "relay.yaml:7:19:", "not a type of environment");
    refused(HEAD SITES "    cloudId: \"a b\"\n" CALLER, "relay.yaml:7:14:", "cloudId");
    refused(HEAD SITES "    apiUrl: \"http://jira.example.com\"\n" CALLER,
            "relay.yaml:7:13:", "http");
    refused(HEAD SITES "    proxy: \"ftp://proxy\"\n" CALLER,
            "relay.yaml:7:12:", "must begin with");
    refused(HEAD SITES "    caFile: @\n" CALLER, "relay.yaml:7:13:", "no certificate");
}

#define ENTRY(members) HEAD SITES "callers:\n  - {name: one, " members "}\n"
#define TOKEN "tokenSha256: " HASH
#define OIDC(members) "oidc: {" members "}, pipelines: []"

static void test_callers(void **state) {
    (void)state;
    refused(ENTRY(TOKEN), "relay.yaml:8:5:", "needs 'pipelines'");
    refused(ENTRY("pipelines: []"), "relay.yaml:8:5:", "exactly one of");
    refused(ENTRY(TOKEN ", certificate: \"CN=x\", pipelines: []"),
            "relay.yaml:8:5:", "exactly one");
    refused(ENTRY("tokenSha256: abc, pipelines: []"), "relay.yaml:8:30:", "64 hex digits");
    refused(ENTRY(TOKEN ", pipelines: [\"{a}\"]"), "relay.yaml:8:", "only a caller with 'oidc'");
    refused(ENTRY(TOKEN ", pipelines: [1]"), "relay.yaml:8:", "quotes");
    refused(ENTRY(TOKEN ", pipelines: [], sites: [other.atlassian.net]"),
            "relay.yaml:8:", "not one of the 'sites'");
    refused(ENTRY(TOKEN ", pipelines: [], kinds: [builds]"), "relay.yaml:8:", "not a kind");
    refused(ENTRY(TOKEN ", pipelines: [], environmentTypes: [prod]"),
            "relay.yaml:8:", "not a type");
    refused(ENTRY(TOKEN ", pipelines: [], rate: 0"), "relay.yaml:8:", "from 1");
    refused(ENTRY(TOKEN ", pipelines: [], delete: yes"), "relay.yaml:8:", "true or false");
    refused(HEAD SITES "callers:\n  - {name: \"a b\", " TOKEN ", pipelines: []}\n",
            "relay.yaml:8:12:", "letters, digits");
    refused(HEAD SITES CALLER "  - {name: payments, tokenSha256: aa, pipelines: []}\n",
            "relay.yaml:11:12:", "appears twice");
    refused(HEAD SITES CALLER "  - {name: two, " TOKEN ", pipelines: []}\n",
            "relay.yaml:11:", "same token");
    refused(ENTRY(TOKEN ", pipelines: [], projects: [PAY, \"OPS-1\"]"),
            "relay.yaml:8:", "not the key of a project");
    refused(ENTRY(TOKEN ", pipelines: [], projects: [\"PAY OPS\"]"), "relay.yaml:8:", "an element");
    refused(ENTRY("certificate: \"/O=Example/CN=x\", pipelines: []"), "relay.yaml:8:", "RFC 4514");
    refused(ENTRY("certificate: x, pipelines: []"), "relay.yaml:8:", "RFC 4514");
    refused(ENTRY("certificate: \"cn=x, O=Example\", pipelines: []"),
            "relay.yaml:8:", "\"CN=x,O=Example\"");
    rl_config_release(good(ENTRY("certificate: \"CN=x+OU=y,O=A\\\\, B\", pipelines: []")));
    rl_config *shut_out = good(ENTRY("certificate: \"CN=x\", pipelines: []"));
    assert_string_equal(rl_config_shut_out(shut_out)->certificate, "CN=x");
    rl_config_release(shut_out);
    refused(ENTRY(OIDC("issuer: \"https://i\", audience: a")), "relay.yaml:8:", "needs 'claims'");
    refused(ENTRY(OIDC("issuer: \"https://i\", claims: {a: b}")),
            "relay.yaml:8:", "needs 'audience'");
    refused(ENTRY(OIDC("issuer: \"https://i\", audience: a, claims: {}")),
            "relay.yaml:8:", "at least one claim");
    refused(ENTRY(OIDC("issuer: \"https://i\", audience: a, claims: {a: b}, proxy: \"x y\"")),
            "relay.yaml:8:", "proxy");
    refused(ENTRY(OIDC("issuer: \"https://i\", audience: a, claims: {a: b}, caFile: @")),
            "relay.yaml:8:", "no certificate");
    refused(ENTRY(OIDC("issuer: \"http://i.example.com\", audience: a, claims: {a: b}")),
            "relay.yaml:8:", "https://");
    refused(ENTRY(OIDC("issuer: \"https://i\", audience: a, claims: {a: b}, "
                       "jwks: \"http://i.example.com/keys\"")),
            "relay.yaml:8:", "https://");
    refused(ENTRY(OIDC("issuer: \"https://i\", audience: a, claims: {a: true}")),
            "relay.yaml:8:", "quotes");
}

static void test_hooks(void **state) {
    (void)state;
    refused(HEAD SITES "hooks:\n  - {name: h, type: svn, secretFile: @, site: acme.atlassian.net, "
                       "repositories: []}\n",
            "relay.yaml:8:21:", "'type' must be");
    refused(HEAD SITES "hooks:\n  - {name: h, type: gitea, secretFile: @, site: x.atlassian.net, "
                       "repositories: []}\n",
            "relay.yaml:8:", "not one of the 'sites'");
    refused(HEAD SITES
            "hooks:\n  - {name: h, type: gitea, site: acme.atlassian.net, repositories: []}\n",
            "relay.yaml:8:5:", "needs 'secretFile'");
}

static void test_secret_files(void **state) {
    (void)state;
    char path[100];
    rl_config *config = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(
        rl_config_parse(
            &config, HEAD "sites: [{site: a.b, clientId: i, secretFile: /no/such}]\n" CALLER,
            strlen(HEAD "sites: [{site: a.b, clientId: i, secretFile: /no/such}]\n" CALLER),
            "relay.yaml", &error),
        JIRASEND_E_FILE);
    assert_non_null(strstr(error.message, "relay.yaml:3:46: Cannot read /no/such"));
    (void)snprintf(path, sizeof path, "%s/secret", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(" \n", file);
    (void)fclose(file);
    refused(GOOD, "relay.yaml:6:17:", "is empty");
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("s3cret\r\n", file);
    (void)fclose(file);
    /* The folder keeps others away; then it does not. */
    assert_int_equal(chmod(path, 0644), 0);
    rl_config_release(good(GOOD));
    assert_int_equal(chmod(folder, 0755), 0);
    refused(GOOD, "relay.yaml:6:17:", "chmod o-r");
    assert_int_equal(chmod(path, 0640), 0);
    rl_config_release(good(GOOD));
    assert_int_equal(chmod(folder, 0700), 0);
}

static int set_up(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(secret, sizeof secret, "%s/secret", folder);
    FILE *file = fopen(secret, "w");
    return file != NULL && fputs("s3cret\n", file) >= 0 && fclose(file) == 0 &&
                   chmod(secret, 0600) == 0
               ? 0
               : -1;
}

static int tear_down(void **state) {
    (void)state;
    (void)unlink(secret);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),     cmocka_unit_test(test_everything),
        cmocka_unit_test(test_yaml),         cmocka_unit_test(test_values),
        cmocka_unit_test(test_callers),      cmocka_unit_test(test_hooks),
        cmocka_unit_test(test_secret_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
