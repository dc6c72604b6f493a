/* The folder: made, resolved, mended, refused. */
#include "outbox_support.h"

#include "outbox/sqlite/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static mode_t mode_of(const fixture *fix, const char *name) {
    char path[256];
    path_in(fix, name, path);
    struct stat facts;
    if (lstat(path, &facts) != 0) {
        fail_msg("%s: %s", path, strerror(errno));
    }
    return facts.st_mode & 07777;
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void made_private_whatever_the_umask(void **state) {
    fixture *fix = *state;
    static const mode_t masks[] = {0, 0777, 077};
    for (size_t i = 0; i < 3; i++) {
        char base[sizeof fix->base];
        (void)snprintf(base, sizeof base, "%s", fix->base);
        (void)snprintf(fix->folder, sizeof fix->folder, "%.60s/a%zu/b/outbox", base, i);
        mode_t before = umask(masks[i]);
        open_outbox(fix);
        put_build(fix->outbox, 1);
        int64_t fence = claim(fix->outbox, &builds);
        fix->outbox->ops->release(fix->outbox, &builds, fence, false);
        (void)umask(before);
        assert_int_equal(mode_of(fix, "."), 0700);
        assert_int_equal(mode_of(fix, ".."), 0700);
        assert_int_equal(mode_of(fix, "lanes"), 0700);
        static const char *const files[] = {"outbox.db", "outbox.db-wal", "outbox.db-shm",
                                            "outbox.mark", "outbox.open"};
        for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
            assert_int_equal(mode_of(fix, files[k]), 0600);
        }
        close_outbox(fix);
    }
}

static void trailing_slash_and_link_are_fine(void **state) {
    fixture *fix = *state;
    char target[256];
    (void)snprintf(target, sizeof target, "%s/elsewhere", fix->base);
    assert_int_equal(mkdir(target, 0700), 0);
    assert_int_equal(symlink(target, fix->folder), 0);
    open_outbox(fix);
    put_build(fix->outbox, 1);
    close_outbox(fix);
    char name[256];
    (void)snprintf(name, sizeof name, "%.200s//", target);
    fix->options.folder = name;
    open_outbox(fix);
    assert_string_equal(fate(fix->outbox, 1), "queued: Waiting to be sent.");
    close_outbox(fix);
}

static void group_writable_is_mended(void **state) {
    fixture *fix = *state;
    assert_int_equal(mkdir(fix->folder, 0700), 0);
    assert_int_equal(chmod(fix->folder, 02775), 0);
    open_outbox(fix);
    assert_int_equal(mode_of(fix, ".") & 0777, 0700);
    close_outbox(fix);
    char path[256];
    path_in(fix, "outbox.db", path);
    assert_int_equal(chmod(path, 0664), 0);
    open_outbox(fix);
    assert_int_equal(mode_of(fix, "outbox.db"), 0600);
}

/* A folder that was there before is made ours alone, also when others could only read it. */
static void readable_is_mended(void **state) {
    fixture *fix = *state;
    static const mode_t modes[] = {0755, 0750, 0711, 0700};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        (void)mkdir(fix->folder, 0700);
        assert_int_equal(chmod(fix->folder, modes[i]), 0);
        open_outbox(fix);
        assert_int_equal(mode_of(fix, "."), 0700);
        close_outbox(fix);
    }
}

/* A home, or the root of the system: closing it would take it away from others. */
static void folder_of_other_things_stays_open(void **state) {
    fixture *fix = *state;
    static const char *const others[] = {"notes", ".profile", "outbox"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char path[256];
        (void)mkdir(fix->folder, 0700);
        path_in(fix, others[i], path);
        write_file(path, "x");
        assert_int_equal(chmod(fix->folder, 0755), 0);
        open_outbox(fix);
        put_build(fix->outbox, (int)i + 1);
        assert_int_equal(mode_of(fix, "."), 0755);
        assert_int_equal(mode_of(fix, "outbox.db"), 0600);
        close_outbox(fix);
        assert_int_equal(chmod(fix->folder, 0775), 0);
        expect_refusal(fix, JIRASEND_E_REFUSED, "a folder of its own");
        assert_int_equal(mode_of(fix, "."), 0775);
        assert_int_equal(unlink(path), 0);
        open_outbox(fix);
        assert_int_equal(mode_of(fix, "."), 0700);
        close_outbox(fix);
    }
}

/* What a file system leaves in a volume does not count. */
static void volume_is_made_ours(void **state) {
    fixture *fix = *state;
    char path[256];
    assert_int_equal(mkdir(fix->folder, 0700), 0);
    path_in(fix, "lost+found", path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(fix->folder, 0775), 0);
    open_outbox(fix);
    assert_int_equal(mode_of(fix, "."), 0700);
    close_outbox(fix);
    assert_int_equal(rmdir(path), 0);
}

/* Of the folder alone: where it were not refused, nothing would be made in it here. */
static void the_root_of_the_system_is_refused(void **state) {
    fixture *fix = *state;
    char link[256];
    (void)snprintf(link, sizeof link, "%s/link", fix->base);
    assert_int_equal(symlink("/", link), 0);
    const char *const roots[] = {"/", "//", "/./", "/proc/..", link};
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        js_folder folder;
        jirasend_error error = JIRASEND_ERROR_INIT;
        assert_int_equal(js_folder_open(&folder, roots[i], &error), JIRASEND_E_ARGUMENT);
        assert_non_null(strstr(error.message, "is the root of the system"));
        assert_non_null(strstr(error.message, roots[i]));
        assert_null(folder.path);
    }
}

static void not_a_usable_folder(void **state) {
    fixture *fix = *state;
    char path[256];
    (void)snprintf(path, sizeof path, "%s/file", fix->base);
    write_file(path, "x");
    fix->options.folder = path;
    expect_refusal(fix, JIRASEND_E_REFUSED, "is not a folder");
    char below[300];
    (void)snprintf(below, sizeof below, "%s/below/it", path);
    fix->options.folder = below;
    expect_refusal(fix, JIRASEND_E_REFUSED, "is not a folder");
    fix->options.folder = "";
    expect_refusal(fix, JIRASEND_E_ARGUMENT, "empty");
    fix->options.folder = "/proc/jirasend-outbox";
    expect_refusal(fix, JIRASEND_E_STORAGE, "cannot be made");
    char lost[256];
    (void)snprintf(lost, sizeof lost, "%s/lost", fix->base);
    assert_int_equal(symlink("/nonexistent/jirasend", lost), 0);
    fix->options.folder = lost;
    expect_refusal(fix, JIRASEND_E_REFUSED, "leads nowhere");
    char *deep = calloc(1, 1000);
    size_t used = (size_t)snprintf(deep, 1000, "%s", fix->base);
    while (used < 600) {
        used +=
            (size_t)snprintf(deep + used, 1000 - used, "/%.80s",
                             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    }
    fix->options.folder = deep;
    expect_refusal(fix, JIRASEND_E_ARGUMENT, "longer than");
    free(deep);
}

static void others_may_not_write(void **state) {
    fixture *fix = *state;
    assert_int_equal(mkdir(fix->folder, 0700), 0);
    assert_int_equal(chmod(fix->folder, 0777), 0);
    expect_refusal(fix, JIRASEND_E_REFUSED, "chmod 700");
    assert_int_equal(chmod(fix->folder, 01777), 0);
    expect_refusal(fix, JIRASEND_E_REFUSED, "by everybody");
    if (geteuid() != 0) {
        fix->options.folder = "/etc";
        expect_refusal(fix, JIRASEND_E_REFUSED, "belongs to user");
        return;
    }
    assert_int_equal(chmod(fix->folder, 0700), 0);
    assert_int_equal(chown(fix->folder, 12345, 12345), 0);
    expect_refusal(fix, JIRASEND_E_REFUSED, "belongs to user 12345");
}

static void linked_or_foreign_files_are_refused(void **state) {
    fixture *fix = *state;
    static const char *const files[] = {"outbox.db", "outbox.mark", "outbox.open", "outbox.db-wal"};
    char path[256];
    char target[256];
    (void)snprintf(target, sizeof target, "%s/target", fix->base);
    write_file(target, "");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        open_outbox(fix);
        close_outbox(fix);
        path_in(fix, files[i], path);
        (void)unlink(path);
        assert_int_equal(symlink(target, path), 0);
        expect_refusal(fix, JIRASEND_E_REFUSED, "is a link");
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        expect_refusal(fix, i == 0 || i == 3 ? JIRASEND_E_REFUSED : JIRASEND_E_STORAGE, files[i]);
        assert_int_equal(rmdir(path), 0);
    }
    if (geteuid() == 0) {
        open_outbox(fix);
        close_outbox(fix);
        path_in(fix, "outbox.db", path);
        assert_int_equal(chown(path, 12345, 12345), 0);
        expect_refusal(fix, JIRASEND_E_REFUSED, "belongs to another user");
    }
}

static void second_open_in_one_process_is_refused(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    expect_refusal(fix, JIRASEND_E_REFUSED, "already has the outbox");
    char again[256];
    (void)snprintf(again, sizeof again, "%s/../outbox/", fix->folder);
    const char *folder = fix->options.folder;
    fix->options.folder = again;
    expect_refusal(fix, JIRASEND_E_REFUSED, "already has the outbox");
    fix->options.folder = folder;
    put_build(fix->outbox, 2); /* the first goes on */
    reopen(fix);
    expect_counts(fix->outbox, 2, 0, 0, 0);
}

static void no_descriptor_is_inherited(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    (void)claim(fix->outbox, &builds);
    int own = 0;
    for (int fd = 3; fd < 64; fd++) {
        char link[64];
        char target[512];
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, target, sizeof target - 1);
        if (length < 0) {
            continue;
        }
        target[length] = '\0';
        if (strstr(target, fix->folder) != NULL) {
            own++;
            assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        }
    }
    assert_true(own >= 5);
}

/* What is not known to be local may be anything: BeeGFS and its like are none of the kernel's. */
static void known_local_file_systems(void **state) {
    (void)state;
    static const uint64_t others[] = {0x6969,     0x517B,     0xFF534D42, 0xFE534D42,
                                      0x65735546, 0x01021997, 0x00C36400, 0x0BD00BD0,
                                      0x19830326, 0,          0x61756673, 0x53464846};
    static const uint64_t local[] = {0xEF53,     0x58465342, 0x9123683E, 0x2FC12FC1,
                                     0xF2F52010, 0xCA451A4E, 0x01021994, 0x794C7630};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(js_file_system_local(others[i]));
    }
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        assert_true(js_file_system_local(local[i]));
    }
}

static void journal_follows_the_file_system(void **state) {
    fixture *fix = *state;
    char wal[256];
    path_in(fix, "outbox.db-wal", wal);
    for (int i = 0; i < 4; i++) { /* there and back again, with what is in it */
        fix->options.rollback_journal = i % 2 == 1;
        open_outbox(fix);
        put_build(fix->outbox, i + 1);
        assert_int_equal(access(wal, F_OK) == 0, i % 2 == 0);
        expect_counts(fix->outbox, i + 1, 0, 0, 0);
        close_outbox(fix);
        assert_int_not_equal(access(wal, F_OK), 0);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_closed, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(made_private_whatever_the_umask),
        TEST(trailing_slash_and_link_are_fine),
        TEST(group_writable_is_mended),
        TEST(readable_is_mended),
        TEST(folder_of_other_things_stays_open),
        TEST(volume_is_made_ours),
        TEST(the_root_of_the_system_is_refused),
        TEST(not_a_usable_folder),
        TEST(others_may_not_write),
        TEST(linked_or_foreign_files_are_refused),
        TEST(second_open_in_one_process_is_refused),
        TEST(no_descriptor_is_inherited),
        TEST(journal_follows_the_file_system),
        cmocka_unit_test(known_local_file_systems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
