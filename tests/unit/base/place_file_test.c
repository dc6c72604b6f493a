/* Tests for base/place_file.h. */
#include "base/place_file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[32];

static int enter_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/place-file-XXXXXX");
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state) {
    (void)state;
    static const char *const names[] = {"file", "link", "far", "pipe", "full", "log"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unlink(names[i]);
    }
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1; /* nothing is left beside them */
}

static bool place(const char *path, const char *text) {
    return js_place_file(path, text, strlen(text), 0640);
}

static void assert_holds(const char *path, const char *text) {
    char found[64] = "";
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    found[fread(found, 1, sizeof found - 1, file)] = '\0';
    (void)fclose(file);
    assert_string_equal(found, text);
}

static mode_t mode_of(const char *path) {
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode;
}

static void replaces_a_file_in_one_piece(void **state) {
    struct stat before;
    struct stat after;
    (void)state;
    assert_true(place("file", "old"));
    assert_int_equal(mode_of("file"), S_IFREG | 0640);
    assert_int_equal(stat("file", &before), 0);
    int reader = open("file", O_RDONLY | O_CLOEXEC);
    assert_true(place("file", "new and longer"));
    assert_int_equal(stat("file", &after), 0);
    assert_true(before.st_ino != after.st_ino);
    char old[8] = "";
    assert_int_equal(read(reader, old, sizeof old), 3);
    assert_string_equal(old, "old");
    (void)close(reader);
    assert_holds("file", "new and longer");
    assert_true(js_remove_placed_file("file"));
    assert_int_equal(access("file", F_OK), -1);
}

static void follows_a_link(void **state) {
    (void)state;
    assert_int_equal(symlink("far", "link"), 0);
    for (int i = 0; i < 2; i++) { /* first there is nothing where it leads */
        assert_true(place("link", "text"));
        assert_true(S_ISLNK(mode_of("link")));
        assert_int_equal(mode_of("far"), S_IFREG | 0640);
        assert_holds("far", "text");
    }
    assert_true(js_remove_placed_file("link"));
    assert_true(S_ISLNK(mode_of("link")));
    assert_int_equal(access("far", F_OK), -1);
    assert_true(js_remove_placed_file("link"));
}

static void writes_to_a_pipe_and_leaves_it(void **state) {
    char found[8] = "";
    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    int reader = open("pipe", O_RDWR | O_CLOEXEC);
    assert_true(reader >= 0);
    assert_true(place("pipe", "text"));
    assert_true(js_remove_placed_file("pipe"));
    assert_int_equal(mode_of("pipe"), S_IFIFO | 0600);
    assert_int_equal(read(reader, found, sizeof found), 4);
    (void)close(reader);
    assert_string_equal(found, "text");
}

static void writes_to_a_device_and_leaves_it(void **state) {
    (void)state;
    int fd = mknod("full", S_IFCHR | 0600, makedev(1, 7)) == 0 ? open("full", O_WRONLY) : -1;
    if (fd < 0) {
        skip(); /* not root, or devices do not count here */
    }
    (void)close(fd);
    assert_false(place("full", "text"));
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(mode_of("full"), S_IFCHR | 0600);
}

static void adds_to_what_standard_output_holds(void **state) {
    (void)state;
    int kept = dup(STDOUT_FILENO);
    int log = open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(kept >= 0 && log >= 0);
    assert_int_equal(write(log, "first, ", 7), 7);
    (void)fflush(stdout);
    (void)dup2(log, STDOUT_FILENO);
    bool placed = place("/dev/stdout", "then") && js_remove_placed_file("/dev/stdout");
    (void)dup2(kept, STDOUT_FILENO);
    (void)close(kept);
    (void)close(log);
    assert_true(placed);
    assert_holds("log", "first, then");
}

static void says_what_is_wrong(void **state) {
    (void)state;
    assert_false(place("no/file", "text"));
    assert_int_equal(errno, ENOENT);
    assert_false(place(".", "text"));
    assert_int_equal(errno, EISDIR);
    assert_int_equal(symlink("link", "link"), 0);
    assert_false(place("link", "text"));
    assert_int_equal(errno, ELOOP);
    assert_false(js_remove_placed_file("link"));
    assert_int_equal(errno, ELOOP);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replaces_a_file_in_one_piece, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(follows_a_link, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(writes_to_a_pipe_and_leaves_it, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(writes_to_a_device_and_leaves_it, enter_folder,
                                        leave_folder),
        cmocka_unit_test_setup_teardown(adds_to_what_standard_output_holds, enter_folder,
                                        leave_folder),
        cmocka_unit_test_setup_teardown(says_what_is_wrong, enter_folder, leave_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
