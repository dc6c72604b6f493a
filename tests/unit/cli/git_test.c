/* What git tells, read from real repositories, and the parsers alone with what no git would print. */
#include "cli/git_branches.h"
#include "cli/git_commits.h"
#include "cli/git_document.h"
#include "cli/git_hook.h"
#include "cli/git_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char home[] = "/tmp/jirasend-git-XXXXXX";
static int repositories;

static void shell(const char *commands) {
    if (system(commands) != 0) {
        fail_msg("failed: %s", commands);
    }
}

/* A new repository, in which the test then stands. */
static void begin_repository(const char *options) {
    char commands[256];
    snprintf(commands, sizeof(commands), "git init -q -b main %s '%s/%d'", options, home,
             ++repositories);
    shell(commands);
    snprintf(commands, sizeof(commands), "%s/%d", home, repositories);
    assert_int_equal(chdir(commands), 0);
}

static int begin(void **state) {
    (void)state;
    clearenv();
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    for (size_t i = 0; i < 2; i++) {
        setenv(i == 0 ? "GIT_AUTHOR_NAME" : "GIT_COMMITTER_NAME", "Ann", 1);
        setenv(i == 0 ? "GIT_AUTHOR_EMAIL" : "GIT_COMMITTER_EMAIL", "ann@example.com", 1);
        setenv(i == 0 ? "GIT_AUTHOR_DATE" : "GIT_COMMITTER_DATE", "1700000000 +0100", 1);
    }
    setenv("HOME", mkdtemp(home), 1);
    return 0;
}

static int end(void **state) {
    (void)state;
    char commands[128];
    snprintf(commands, sizeof(commands), "rm -rf '%s'", home);
    return chdir("/") == 0 ? system(commands) : 1;
}

static git_repository repository;
static git_commit commit;

static void open_repository(void) {
    assert_int_equal(git_repository_open(&repository), 0);
}

/* The commit that a revision means, in `commit`. */
static void read_commit(const char *revision) {
    char hash[GIT_HASH_SIZE];
    git_commits commits;
    open_repository();
    assert_int_equal(git_resolve(&repository, revision, hash), GIT_FOUND);
    assert_int_equal(git_commits_open(&commits, &repository), 0);
    assert_true(git_commits_ask(&commits, hash));
    assert_int_equal(git_commits_send(&commits), 0);
    assert_int_equal(git_commits_next(&commits, &commit), GIT_READ);
    assert_string_equal(commit.hash, hash);
    git_commit next = {.listed = 0};
    assert_int_equal(git_commits_next(&commits, &next), GIT_BATCH_END);
    git_commit_free(&next);
    git_commits_close(&commits);
    git_repository_close(&repository);
}

static void a_commit_with_its_files(void **state) {
    (void)state;
    begin_repository("");
    shell("printf 'a\\nb\\n' >'a b' && printf x >gone && printf '\\0\\1' >binary && git add . && "
          "git commit -qm 'APP-1 first\n\nbody' && printf 'a\\nc\\nd\\n' >'a b' && rm gone && "
          "mkdir sub && printf 'n\\n' >\"sub/q't\nx\" && git add -A && git commit -qm two");
    read_commit("HEAD~1");
    assert_string_equal(commit.message.data, "APP-1 first\n\nbody");
    assert_string_equal(commit.author.data, "Ann");
    assert_string_equal(commit.email.data, "ann@example.com");
    assert_true(commit.dated);
    assert_int_equal(commit.authored_ms, 1700000000000);
    assert_false(commit.merge);
    assert_int_equal(commit.file_count, 3);
    assert_int_equal(commit.files[0].added, 2);
    assert_int_equal(commit.files[1].added, 0); /* binary */
    read_commit("HEAD");
    assert_int_equal(commit.file_count, 3);
    assert_string_equal(commit.files[0].path.data, "a b");
    assert_int_equal(commit.files[0].change, GIT_CHANGE_MODIFIED);
    assert_int_equal(commit.files[0].added, 2);
    assert_int_equal(commit.files[0].removed, 1);
    assert_int_equal(commit.files[1].change, GIT_CHANGE_DELETED);
    assert_int_equal(commit.files[1].removed, 1);
    assert_string_equal(commit.files[2].path.data, "sub/q't\nx");
    assert_int_equal(commit.files[2].change, GIT_CHANGE_ADDED);
}

/* Everything in a user's settings that would change what git prints. */
static void settings_change_nothing(void **state) {
    (void)state;
    begin_repository("");
    shell("seq 9 >b && git add . && git commit -qm 'APP-1 one' && git mv b a && echo x >>a && "
          "git add . && git commit -qm two");
    shell("printf '*.x diff=no\\n* diff=odd\\n' >attributes && "
          "git config core.attributesFile \"$PWD/attributes\" && git config diff.odd.command false "
          "&& "
          "git config diff.odd.textconv false && git config diff.odd.binary true && "
          "git config core.pager false && git config color.ui always && git config diff.renames "
          "copies && "
          "git config diff.external false && git config log.showSignature true && "
          "git config log.showRoot false && git config diff.noprefix true && git config "
          "format.pretty oneline && "
          "printf 'b\\na\\n' >order && git config diff.orderFile \"$PWD/order\" && "
          "git config diff.relative true && git config core.quotePath true && git config "
          "core.abbrev 7 && "
          "git config i18n.logOutputEncoding UTF-16 && git config alias.diff-tree '!false' && "
          "git config alias.rev-list '!false' && git config log.diffMerges first-parent");
    setenv("GIT_EXTERNAL_DIFF", "false", 1);
    setenv("GIT_TRACE", "1", 1);
    setenv("GIT_PAGER", "false", 1);
    read_commit("HEAD");
    unsetenv("GIT_EXTERNAL_DIFF");
    unsetenv("GIT_TRACE");
    assert_string_equal(commit.message.data, "two");
    assert_int_equal(commit.file_count, 2);
    assert_string_equal(commit.files[0].path.data, "a");
    assert_int_equal(commit.files[0].change, GIT_CHANGE_ADDED);
    assert_int_equal(commit.files[0].added, 10);
    assert_int_equal(commit.files[1].change, GIT_CHANGE_DELETED);
    assert_int_equal(commit.files[1].removed, 9);
    read_commit("HEAD~1");
    assert_int_equal(commit.file_count, 1);
}

static void merges_and_commits_without_files(void **state) {
    (void)state;
    begin_repository("");
    shell(
        "git commit -q --allow-empty -m root && git checkout -q -b a && echo a >a && git add . && "
        "git commit -qm a && git checkout -q -b b main && echo b >b && git add . && git commit -qm "
        "b && "
        "git checkout -q -b c main && echo c >c && git add . && git commit -qm c && "
        "git merge -q -m two a 2>/dev/null && git checkout -q main && git merge -q -m octopus a b "
        "c >/dev/null");
    read_commit("main");
    assert_true(commit.merge);
    assert_string_equal(commit.message.data, "octopus");
    assert_int_equal(commit.file_count, 0); /* its parents have told them */
    read_commit("c");
    assert_true(commit.merge);
    read_commit("c~2");
    assert_false(commit.merge);
    assert_int_equal(commit.file_count, 0);
}

static void many_files_in_one_commit(void **state) {
    (void)state;
    begin_repository("");
    shell(
        "for i in $(seq 3000); do echo $i >file$i; done; git add . && git commit -qm 'APP-1 many'");
    read_commit("HEAD");
    assert_int_equal(commit.file_count, 3000);
    assert_int_equal(commit.listed, GIT_FILES_LISTED);
    assert_string_equal(commit.files[9].path.data, "file1006");
    assert_int_equal(commit.files[9].added, 1);
}

static const char *text_in(json_object *document, const char *name) {
    json_object *member = NULL;
    assert_true(json_object_object_get_ex(document, name, &member));
    return json_object_get_string(member);
}

static const git_writer writer = {.repository_url = "https://github.com/team/app",
                                  .forge = CLI_FORGE_GITHUB,
                                  .now_ms = 1800000000000};

static json_object *document_of(const git_writer *how) {
    js_buf text = JS_BUF_INIT;
    assert_true(git_document_commit(how, &commit, &text));
    json_object *document = json_tokener_parse(text.data);
    assert_non_null(document);
    js_buf_clear(&text);
    return document;
}

static void encodings(void **state) {
    (void)state;
    begin_repository("");
    shell("printf 'APP-1 caf\\351' >m && git -c i18n.commitEncoding=ISO-8859-1 commit -q "
          "--allow-empty -F m && "
          "{ git cat-file commit HEAD | sed -n '/^[tac]/p'; printf '\\nAPP-2 caf\\377'; } >raw && "
          "git branch raw $(git hash-object -t commit -w raw) && "
          "printf x >\"$(printf 'p\\377th')\" && git add . && git commit -qm three");
    read_commit("HEAD~1");
    assert_string_equal(commit.message.data, "APP-1 caf\xC3\xA9");
    read_commit("raw");
    json_object *document = document_of(&writer);
    assert_string_equal(text_in(document, "message"), "APP-2 caf\xEF\xBF\xBD");
    json_object_put(document);
    read_commit("HEAD");
    document = document_of(&writer);
    json_object *files = NULL;
    assert_true(json_object_object_get_ex(document, "files", &files));
    assert_string_equal(text_in(json_object_array_get_idx(files, 1), "path"), "p\xEF\xBF\xBDth");
    json_object_put(document);
}

static void documents(void **state) {
    (void)state;
    begin_repository("");
    shell("echo a >a && git add . && git commit -qm 'APP-1 one'");
    read_commit("HEAD");
    json_object *document = document_of(&writer);
    char url[200];
    snprintf(url, sizeof(url), "https://github.com/team/app/commit/%s", commit.hash);
    assert_string_equal(text_in(document, "kind"), "commit");
    assert_string_equal(text_in(document, "url"), url);
    assert_string_equal(text_in(document, "message"), "APP-1 one");
    assert_string_equal(text_in(document, "authoredAt"), "2023-11-14T22:13:20.000Z");
    assert_false(json_object_object_get_ex(document, "merge", NULL));
    assert_false(json_object_object_get_ex(document, "history", NULL));
    assert_false(json_object_object_get_ex(document, "transitions", NULL));
    json_object_put(document);
    git_writer other = writer;
    other.history = other.no_transitions = other.no_email = true;
    other.repository_id = "ours";
    other.commit_url = "https://git.example.com/c?h={hash}";
    document = document_of(&other);
    json_object *member = NULL;
    assert_true(json_object_object_get_ex(document, "repository", &member));
    assert_string_equal(text_in(member, "id"), "ours");
    assert_true(json_object_object_get_ex(document, "author", &member));
    assert_false(json_object_object_get_ex(member, "email", NULL));
    assert_string_equal(text_in(document, "updatedAt"), "2023-11-14T22:13:20.000Z");
    assert_string_equal(text_in(document, "history"), "true");
    assert_string_equal(text_in(document, "transitions"), "false");
    json_object_put(document);
    other.now_ms = 1600000000000; /* a commit of the future counts as now */
    document = document_of(&other);
    assert_string_equal(text_in(document, "updatedAt"), "2020-09-13T12:26:40.000Z");
    json_object_put(document);
}

static void documents_of_branches(void **state) {
    (void)state;
    begin_repository("");
    shell("git commit -q --allow-empty -m 'APP-1 one'");
    read_commit("HEAD");
    js_buf text = JS_BUF_INIT;
    assert_true(git_document_branch(&writer, "f/APP-1\xFF", &commit, &text));
    json_object *document = json_tokener_parse(text.data);
    assert_string_equal(text_in(document, "name"), "f/APP-1\xEF\xBF\xBD");
    assert_string_equal(text_in(document, "url"), "https://github.com/team/app/tree/f/APP-1%FF");
    assert_string_equal(text_in(document, "createPullRequestUrl"),
                        "https://github.com/team/app/compare/f/APP-1%FF?expand=1");
    json_object *last = NULL;
    assert_true(json_object_object_get_ex(document, "lastCommit", &last));
    assert_string_equal(text_in(last, "hash"), commit.hash);
    assert_false(json_object_object_get_ex(last, "repository", NULL));
    assert_false(json_object_object_get_ex(last, "kind", NULL));
    json_object_put(document);
    js_buf_reset(&text);
    assert_true(git_document_gone_branch(&writer, "f/APP-1", &text));
    assert_string_equal(text.data, "{\"kind\":\"branch\",\"repository\":{\"url\":"
                                   "\"https://github.com/team/app\"},\"delete\":true,"
                                   "\"name\":\"f/APP-1\"}");
    git_writer other = writer;
    other.repository_id = "ours";
    js_buf_reset(&text);
    assert_true(git_document_gone_branch(&other, "x", &text));
    assert_string_equal(text.data, "{\"kind\":\"branch\",\"repository\":{\"id\":\"ours\"},"
                                   "\"delete\":true,\"name\":\"x\"}");
    js_buf_clear(&text);
}

/* The subjects of a range, "a b c". */
static const char *subjects(const git_range *range, git_order order, long max) {
    static char all[512];
    git_walk walk = GIT_WALK_INIT;
    char hash[GIT_HASH_SIZE];
    const char *message = NULL;
    size_t length = 0;
    all[0] = '\0';
    assert_int_equal(git_walk_open(&walk, range, order, max), 0);
    git_read state;
    while ((state = git_walk_next(&walk, hash, &message, &length)) == GIT_READ) {
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%.*s", all[0] != '\0' ? " " : "",
                 (int)strcspn(message, "\n"), message);
    }
    assert_int_equal(state, GIT_END);
    git_walk_close(&walk);
    return all;
}

static const char *range_of(const char *text, int code) {
    git_range range = GIT_RANGE_INIT;
    open_repository();
    assert_int_equal(git_range_read(&repository, text, &range), code);
    const char *found = code == 0 ? subjects(&range, GIT_OLDEST_FIRST, 0) : NULL;
    git_range_free(&range);
    git_repository_close(&repository);
    return found;
}

/* a - b - d (main), a - c (side); the clocks go backwards. */
static void make_history(void) {
    begin_repository("");
    shell("c() { GIT_COMMITTER_DATE=\"$2 +0000\" git commit -q --allow-empty -m $1; }; c a "
          "1700000900 && "
          "git checkout -q -b side && c c 1700000850 && git checkout -q main && c b 1700000800 && "
          "c d 1700000700 && git tag -a -m tag v1 main~1");
}

static void ranges(void **state) {
    (void)state;
    make_history();
    assert_string_equal(range_of("HEAD", 0), "d");
    assert_string_equal(range_of("main~1", 0), "b");
    assert_string_equal(range_of("v1", 0), "b");
    assert_string_equal(range_of("side..main", 0), "b d");
    assert_string_equal(range_of("main..side", 0), "c");
    assert_string_equal(range_of("main~2..", 0), "b d");
    assert_string_equal(range_of("..side", 0), "c");
    assert_string_equal(range_of("v1..main", 0), "d");
    assert_string_equal(range_of("HEAD..HEAD", 0), "");
    const char *both = range_of("side...main", 0);
    assert_int_equal(strlen(both), 5); /* b, c and d, b before d */
    assert_true(strchr(both, 'b') < strchr(both, 'd'));
    static const char *const bad[] = {
        "nosuch",       "-x",
        "--all",        "nosuch..main",
        "main..nosuch", "main..-x",
        "HEAD^{tree}",  "a b",
        "main\nside",   "0123456789012345678901234567890123456789..main",
        "..nosuch",     ""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        range_of(bad[i], 64);
    }
}

static void walks_end_where_they_should(void **state) {
    (void)state;
    make_history();
    git_range range = GIT_RANGE_INIT;
    open_repository();
    assert_int_equal(git_range_read(&repository, "side~1..main", &range), 0);
    assert_string_equal(subjects(&range, GIT_NEWEST_FIRST, 0), "d b");
    assert_string_equal(subjects(&range, GIT_NEWEST_FIRST, 1), "d");
    long count = 0;
    assert_int_equal(git_count(&range, &count), 0);
    assert_int_equal(count, 2);
    git_range_free(&range);
    git_repository_close(&repository);
}

static void relations(void **state) {
    (void)state;
    make_history();
    open_repository();
    char a[GIT_HASH_SIZE], b[GIT_HASH_SIZE], c[GIT_HASH_SIZE];
    assert_int_equal(git_resolve(&repository, "main~2", a), GIT_FOUND);
    assert_int_equal(git_resolve(&repository, "main~1", b), GIT_FOUND);
    assert_int_equal(git_resolve(&repository, "side", c), GIT_FOUND);
    git_relation relation;
    assert_int_equal(git_relate(&repository, a, a, &relation), 0);
    assert_int_equal(relation, GIT_SAME);
    assert_int_equal(git_relate(&repository, a, b, &relation), 0);
    assert_int_equal(relation, GIT_FORWARD);
    assert_int_equal(git_relate(&repository, b, a, &relation), 0);
    assert_int_equal(relation, GIT_BACK);
    assert_int_equal(git_relate(&repository, b, c, &relation), 0);
    assert_int_equal(relation, GIT_DIVERGED);
    assert_int_equal(
        git_relate(&repository, "0123456789012345678901234567890123456789", b, &relation), 0);
    assert_int_equal(relation, GIT_GONE);
    git_repository_close(&repository);
}

static void a_shallow_clone(void **state) {
    (void)state;
    begin_repository("");
    shell("for i in 1 2 3 4; do echo $i >f$i; git add .; git commit -qm $i; done");
    char commands[200];
    snprintf(commands, sizeof(commands), "git clone -q --depth 2 \"file://$PWD\" '%s/shallow'",
             home);
    shell(commands);
    open_repository();
    char start[GIT_HASH_SIZE + 8];
    assert_int_equal(git_resolve(&repository, "HEAD~3", start), GIT_FOUND);
    git_repository_close(&repository);
    snprintf(commands, sizeof(commands), "%s/shallow", home);
    assert_int_equal(chdir(commands), 0);
    strcat(start, "..HEAD");
    assert_string_equal(range_of(start, 0), "3 4");
    assert_string_equal(range_of("v1..HEAD", 0), "3 4");
    range_of("v1..nosuch", 64);
    read_commit("HEAD~1"); /* the whole tree is not what this commit has changed */
    assert_int_equal(commit.file_count, 0);
    read_commit("HEAD");
    assert_int_equal(commit.file_count, 1);
    open_repository();
    assert_true(repository.shallow);
    assert_true(strncmp(repository.origin.data, "file://", 7) == 0);
    git_repository_close(&repository);
}

static void other_kinds_of_repositories(void **state) {
    (void)state;
    begin_repository("--object-format=sha256");
    shell("echo a >a && git add . && git commit -qm 'APP-1 one'");
    read_commit("HEAD");
    assert_int_equal(strlen(commit.hash), 64);
    assert_int_equal(commit.file_count, 1);
    assert_string_equal(range_of("HEAD", 0), "APP-1 one");
    shell("git worktree add -q ../tree -b other 2>/dev/null");
    assert_int_equal(chdir("../tree"), 0);
    read_commit("other");
    begin_repository("--bare");
    open_repository();
    char hash[GIT_HASH_SIZE];
    assert_int_equal(git_resolve(&repository, "HEAD", hash), GIT_NOT_FOUND); /* unborn */
    assert_int_equal(repository.origin.length, 0);
    git_repository_close(&repository);
}

static void no_repository(void **state) {
    (void)state;
    assert_int_equal(chdir(home), 0);
    assert_int_equal(git_repository_open(&repository), 66);
    git_repository_close(&repository);
    begin_repository("");
    setenv("PATH", "/nonexistent", 1);
    assert_int_equal(git_repository_open(&repository), 66);
    git_repository_close(&repository);
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1", 1); /* git's own tests say it so */
    int code = git_repository_open(&repository);
    git_repository_close(&repository);
    unsetenv("GIT_TEST_ASSUME_DIFFERENT_OWNER");
    assert_int_equal(code, 66);
}

static char listed[512];

static int list_branch(void *context, const char *name, const char *hash) {
    (void)context;
    assert_true(git_is_hash(hash, strlen(hash)));
    snprintf(listed + strlen(listed), sizeof(listed) - strlen(listed), "[%s]", name);
    return 0;
}

static void branches_once_each(void **state) {
    (void)state;
    make_history();
    shell("for b in main side remote \"odd'\\$(x)&;|\" HEAD; do "
          "git update-ref \"refs/remotes/origin/$b\" main; done; git update-ref "
          "refs/remotes/other/x main; "
          "git branch 'a\"b'; git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main; "
          "git update-ref refs/heads/no-commit main^{tree} 2>/dev/null; true");
    listed[0] = '\0';
    assert_int_equal(git_branches(list_branch, NULL), 0);
    assert_string_equal(listed, "[a\"b][main][side][odd'$(x)&;|][remote]");
}

static void hook_lines(void **state) {
    (void)state;
    static const char one[] = "0123456789012345678901234567890123456789";
    static const char *const good[] = {"refs/heads/main",    "refs/heads/f/APP-1",
                                       "refs/tags/v1",       "refs/heads/\xFF\xC3\xA4",
                                       "refs/notes/commits", "refs/heads/a'b\"$(x)|;&"};
    static const char *const bad[] = {"heads/main",
                                      "refs/",
                                      "refs/heads/",
                                      "refs/heads/a b",
                                      "refs/heads/a..b",
                                      "refs/heads/.a",
                                      "refs/heads//a",
                                      "refs/heads/a\tb",
                                      "refs/heads/a~1",
                                      "refs/heads/a@{1}",
                                      "refs/heads/a.",
                                      "refs/heads/a:b",
                                      ""};
    git_update update;
    char line[300];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        snprintf(line, sizeof(line), "%s %s %s", one, one, good[i]);
        assert_true(git_update_read(line, strlen(line), &update));
        assert_string_equal(update.ref, good[i]);
        free(update.ref);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(line, sizeof(line), "%s %s %s", one, one, bad[i]);
        assert_false(git_update_read(line, strlen(line), &update));
    }
    static const char *const others[] = {
        "",
        " ",
        "x",
        "0123 4567 refs/heads/main",
        "0123456789012345678901234567890123456789  refs/heads/main",
        "g123456789012345678901234567890123456789 0123456789012345678901234567890123456789 "
        "refs/heads/m",
        "0123456789012345678901234567890123456789 "
        "0123456789012345678901234567890123456789012345678901234567890123 refs/heads/m"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(git_update_read(others[i], strlen(others[i]), &update));
    }
    assert_string_equal(git_branch_of("refs/heads/a/b"), "a/b");
    assert_null(git_branch_of("refs/tags/a"));
}

/* What the push of REF from OLD to its present end has brought. */
static const char *pushed(const char *old, const char *ref, const char *others) {
    static const char *found;
    char hash[GIT_HASH_SIZE];
    git_updates updates = GIT_UPDATES_INIT;
    git_update items[2];
    memset(items, 0, sizeof(items));
    open_repository();
    assert_int_equal(git_resolve(&repository, ref, items[0].new), GIT_FOUND);
    memcpy(items[0].old, old, strlen(old) + 1);
    items[0].ref = strdup(ref);
    updates.items = items;
    updates.count = 1;
    if (others != NULL) { /* a ref in the same push, new, too */
        assert_int_equal(git_resolve(&repository, others, items[1].new), GIT_FOUND);
        memset(items[1].old, '0', 40);
        items[1].ref = strdup(others);
        updates.count = 2;
    }
    if (git_resolve(&repository, old, hash) == GIT_FOUND) {
        memcpy(items[0].old, hash, sizeof(hash));
    }
    git_range range = GIT_RANGE_INIT;
    bool is_new[2] = {false, others != NULL};
    assert_int_equal(git_update_range(&repository, &items[0], &range, &is_new[0]), 0);
    if (is_new[0]) {
        is_new[1] = false; /* its own commits are not in question */
        assert_int_equal(git_updates_new_range(&repository, &updates, is_new, &range), 0);
    }
    found = subjects(&range, GIT_OLDEST_FIRST, 0);
    git_range_free(&range);
    git_repository_close(&repository);
    free(items[0].ref);
    free(items[1].ref);
    return found;
}

static void what_a_push_has_brought(void **state) {
    (void)state;
    static const char none[] = "0000000000000000000000000000000000000000";
    static const char gone[] = "0123456789012345678901234567890123456789";
    make_history();
    assert_string_equal(pushed("main~2", "refs/heads/main", NULL), "b d");
    assert_string_equal(pushed(none, "refs/heads/side", NULL), "c");
    assert_string_equal(pushed(gone, "refs/heads/side", NULL), "c");
    assert_string_equal(pushed("main", "refs/heads/side", NULL), "c"); /* forced */
    assert_string_equal(pushed(none, "refs/heads/main", NULL), "d");   /* the tag has b and a */
    shell("git tag -d v1 >/dev/null");
    assert_string_equal(pushed(none, "refs/heads/main", "refs/heads/side"), "a b d");
}

static git_read parse(const char *bytes, size_t length, git_commit *into) {
    git_stream stream = GIT_STREAM_INIT;
    stream.fd = memfd_create("test", 0);
    assert_int_equal(write(stream.fd, bytes, length), (ssize_t)length);
    assert_int_equal(lseek(stream.fd, 0, SEEK_SET), 0);
    git_read state = git_commit_read(&stream, into);
    git_stream_free(&stream);
    return state;
}

#define HASH "0123456789012345678901234567890123456789"

static void what_no_git_would_print(void **state) {
    (void)state;
    static const char whole[] = "\1" HASH "\0\0n\0e\0"
                                "5\0m\0\0\n:1 2 3 4 M\0p\0"
                                "7\t-\tp\0~\n";
    assert_int_equal(parse(whole, sizeof(whole) - 1, &commit), GIT_READ);
    assert_int_equal(commit.files[0].added, 7);
    assert_int_equal(commit.files[0].removed, 0);
    for (size_t cut = 0; cut + 1 < sizeof(whole);
         cut++) { /* torn anywhere: no crash, no endless loop */
        (void)parse(whole, cut, &commit);
    }
    static const char odd[] = "\1" HASH "\0\0n\0e\0-5\0m\0\0\n:\0\0\t\0x\0\t\t\0"
                              "99999999999999999999\t1\t\0";
    assert_int_equal(parse(odd, sizeof(odd) - 1, &commit), GIT_READ);
    assert_false(commit.dated);
    assert_int_equal(parse("x\0y", 3, &commit), GIT_FAILED);
    assert_int_equal(parse("~\n", 2, &commit), GIT_BATCH_END);
}

static void long_pieces_are_cut(void **state) {
    (void)state;
    git_stream stream = GIT_STREAM_INIT;
    stream.fd = memfd_create("test", 0);
    FILE *file = fdopen(dup(stream.fd), "w");
    for (int i = 0; i < 300000; i++) {
        fputc('a' + i % 26, file);
    }
    fputc('\0', file);
    fputs("next", file);
    fputc('\0', file);
    fclose(file);
    assert_int_equal(lseek(stream.fd, 0, SEEK_SET), 0);
    const char *piece = NULL;
    size_t length = 0;
    assert_int_equal(git_stream_piece(&stream, '\0', 100000, &piece, &length), GIT_READ);
    assert_int_equal(length, 100000);
    assert_int_equal(strlen(piece), 100000);
    assert_int_equal(piece[99999], 'a' + 99999 % 26);
    assert_int_equal(git_stream_piece(&stream, '\0', 3, &piece, &length), GIT_READ);
    assert_string_equal(piece, "nex");
    assert_int_equal(git_stream_piece(&stream, '\0', 3, &piece, &length), GIT_END);
    git_stream_free(&stream);
}

static int end_all(void **state) {
    git_commit_free(&commit);
    return end(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_with_its_files),
        cmocka_unit_test(settings_change_nothing),
        cmocka_unit_test(merges_and_commits_without_files),
        cmocka_unit_test(many_files_in_one_commit),
        cmocka_unit_test(encodings),
        cmocka_unit_test(documents),
        cmocka_unit_test(documents_of_branches),
        cmocka_unit_test(ranges),
        cmocka_unit_test(walks_end_where_they_should),
        cmocka_unit_test(relations),
        cmocka_unit_test(a_shallow_clone),
        cmocka_unit_test(other_kinds_of_repositories),
        cmocka_unit_test(no_repository),
        cmocka_unit_test(branches_once_each),
        cmocka_unit_test(hook_lines),
        cmocka_unit_test(what_a_push_has_brought),
        cmocka_unit_test(what_no_git_would_print),
        cmocka_unit_test(long_pieces_are_cut),
    };
    return cmocka_run_group_tests(tests, begin, end_all);
}
