/* Addresses of repositories, and the links of those who serve them. */
#include "cli/links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static js_buf text;

static int end(void **state) {
    (void)state;
    js_buf_clear(&text);
    return 0;
}

static const char *address(const char *given) {
    js_buf_reset(&text);
    return cli_repository_url(given, &text) ? text.data : NULL;
}

static void addresses_become_web_pages(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"git@git.example.com:team/app.git", "https://git.example.com/team/app"},
        {"git.example.com:team/app", "https://git.example.com/team/app"},
        {"git@git.example.com:/team/app.git/", "https://git.example.com/team/app"},
        {"ssh://git@git.example.com:7999/team/app.git", "https://git.example.com/team/app"},
        {"SSH://git.example.com/team/app", "https://git.example.com/team/app"},
        {"git+ssh://git@git.example.com/team/app", "https://git.example.com/team/app"},
        {"git://git.example.com:9418/team/app.git", "https://git.example.com/team/app"},
        {"https://git.example.com/team/app.git", "https://git.example.com/team/app"},
        {"https://user:to/ken@git.example.com/team/app", "https://git.example.com/team/app"},
        {"https://user:token@git.example.com:8443/team/app/",
         "https://git.example.com:8443/team/app"},
        {"https://a@b@git.example.com/team/app", "https://git.example.com/team/app"},
        {"http://git.example.com:3000/team/app.git?x=1#y", "http://git.example.com:3000/team/app"},
        {"git@[2001:db8::1]:team/app.git", "https://[2001:db8::1]/team/app"},
        {"ssh://git@[2001:db8::1]:22/team/app", "https://[2001:db8::1]/team/app"},
        {"git@ssh.dev.azure.com:v3/org/My%20Project/app",
         "https://dev.azure.com/org/My%20Project/_git/app"},
        {"org@vs-ssh.visualstudio.com:v3/org/project/app",
         "https://dev.azure.com/org/project/_git/app"},
        {"https://org@dev.azure.com/org/project/_git/app",
         "https://dev.azure.com/org/project/_git/app"},
        {"git@git.example.com:.git", "https://git.example.com/.git"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_string_equal(address(pairs[i][0]), pairs[i][1]);
    }
}

static void what_is_no_page_has_no_address(void **state) {
    (void)state;
    static const char *const others[] = {"/srv/git/app.git",
                                         "https:/user:token@git.example.com/team/app",
                                         "../app.git",
                                         "./a:b",
                                         "file:///srv/app.git",
                                         "C:/git/app",
                                         "app",
                                         "",
                                         "https://",
                                         "https:///path",
                                         "git@host:",
                                         "host:/",
                                         "ext::sh -c date",
                                         "https://host",
                                         "s3://bucket/app"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const char *got = address(others[i]);
        if (got != NULL && strcmp(others[i], "ext::sh -c date") != 0) {
            fail_msg("%s became %s", others[i], got);
        }
    }
}

static void hosts_are_known_by_their_names(void **state) {
    (void)state;
    static const struct {
        const char *url;
        cli_forge forge;
    } rows[] = {
        {"https://github.com/t/a", CLI_FORGE_GITHUB},
        {"https://GitHub.example.com/t/a", CLI_FORGE_GITHUB},
        {"https://gitlab.example.com:8443/t/a", CLI_FORGE_GITLAB},
        {"https://gitea.example.com/t/a", CLI_FORGE_GITEA},
        {"https://forgejo.example.com/t/a", CLI_FORGE_GITEA},
        {"https://codeberg.org/t/a", CLI_FORGE_GITEA},
        {"https://bitbucket.org/t/a", CLI_FORGE_BITBUCKET_CLOUD},
        {"https://bitbucket.example.com/t/a", CLI_FORGE_BITBUCKET_SERVER},
        {"https://dev.azure.com/o/p/_git/a", CLI_FORGE_AZURE},
        {"https://org.visualstudio.com/p/_git/a", CLI_FORGE_AZURE},
        {"https://git.example.com/github/a", CLI_FORGE_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(cli_forge_of(rows[i].url), rows[i].forge);
    }
}

static const char *branch(cli_forge forge, const char *url, const char *name) {
    js_buf_reset(&text);
    return cli_branch_link(forge, url, name, &text) ? text.data : NULL;
}

static const char *commit(cli_forge forge, const char *url) {
    js_buf_reset(&text);
    return cli_commit_link(forge, url, "abc", &text) ? text.data : NULL;
}

static void links_have_the_form_of_their_host(void **state) {
    (void)state;
    assert_string_equal(commit(CLI_FORGE_GITHUB, "https://h/t/a"), "https://h/t/a/commit/abc");
    assert_string_equal(commit(CLI_FORGE_GITLAB, "https://h/t/a"), "https://h/t/a/-/commit/abc");
    assert_string_equal(commit(CLI_FORGE_GITEA, "https://h/t/a"), "https://h/t/a/commit/abc");
    assert_string_equal(commit(CLI_FORGE_BITBUCKET_CLOUD, "https://h/t/a"),
                        "https://h/t/a/commits/abc");
    assert_string_equal(commit(CLI_FORGE_AZURE, "https://h/o/p/_git/a"),
                        "https://h/o/p/_git/a/commit/abc");
    assert_null(commit(CLI_FORGE_UNKNOWN, "https://h/t/a"));
    const char *name = "feature/APP-1 #\xC3\xA4%";
    assert_string_equal(branch(CLI_FORGE_GITHUB, "https://h/t/a", name),
                        "https://h/t/a/tree/feature/APP-1%20%23%C3%A4%25");
    assert_string_equal(branch(CLI_FORGE_GITLAB, "https://h/t/a", name),
                        "https://h/t/a/-/tree/feature/APP-1%20%23%C3%A4%25");
    assert_string_equal(branch(CLI_FORGE_GITEA, "https://h/t/a", "f/x"),
                        "https://h/t/a/src/branch/f/x");
    assert_string_equal(branch(CLI_FORGE_BITBUCKET_CLOUD, "https://h/t/a", "f/x"),
                        "https://h/t/a/branch/f/x");
    assert_string_equal(branch(CLI_FORGE_AZURE, "https://h/o/p/_git/a", "f/x&y"),
                        "https://h/o/p/_git/a?version=GBf/x%26y");
    assert_null(branch(CLI_FORGE_UNKNOWN, "https://h/t/a", "f"));
}

static void pages_of_bitbucket_data_center(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"https://h/scm/key/app", "https://h/projects/key/repos/app/commits/abc"},
        {"https://h/key/app", "https://h/projects/key/repos/app/commits/abc"},
        {"https://h/bitbucket/scm/key/app",
         "https://h/bitbucket/projects/key/repos/app/commits/abc"},
        {"https://h/scm/~ann/app", "https://h/users/ann/repos/app/commits/abc"},
        {"https://h/projects/KEY/repos/app", "https://h/projects/KEY/repos/app/commits/abc"},
        {"https://h/app", "https://h/app/commits/abc"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_string_equal(commit(CLI_FORGE_BITBUCKET_SERVER, pairs[i][0]), pairs[i][1]);
    }
    assert_string_equal(branch(CLI_FORGE_BITBUCKET_SERVER, "https://h/scm/key/app", "f/x"),
                        "https://h/projects/key/repos/app/browse?at=refs/heads/f/x");
}

static void templates_are_filled(void **state) {
    (void)state;
    js_buf_reset(&text);
    cli_link_fill("https://h/{branch}?b={branch}&{hash}", "branch", "a b", &text);
    assert_string_equal(text.data, "https://h/a%20b?b=a%20b&{hash}");
    assert_true(cli_link_has("https://h/{branch}", "branch"));
    assert_false(cli_link_has("https://h/{branc", "branch"));
    assert_false(cli_link_has("https://h/{hash}", "branch"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_become_web_pages),
        cmocka_unit_test(what_is_no_page_has_no_address),
        cmocka_unit_test(hosts_are_known_by_their_names),
        cmocka_unit_test(links_have_the_form_of_their_host),
        cmocka_unit_test(pages_of_bitbucket_data_center),
        cmocka_unit_test(templates_are_filled),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
