/*
 * What git could print, and what could stand on a hook's standard input or in a remote's address. The
 * first byte says which.
 */
#include "fuzz.h"

#include "base/text.h"
#include "cli/git_commits.h"
#include "cli/git_document.h"
#include "cli/git_hook.h"
#include "cli/links.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void expect_document(const js_buf *document) {
    fuzz_expect_json(document->data);
    FUZZ_EXPECT(js_utf8_valid(document->data, document->length));
}

static void read_commits(const char *bytes, size_t length) {
    static const git_writer writer = {.repository_url = "https://git.example.com/team/app",
                                      .forge = CLI_FORGE_GITEA,
                                      .now_ms = 1800000000000};
    git_stream stream = GIT_STREAM_INIT;
    git_commit commit = {.listed = 0};
    js_buf document = JS_BUF_INIT;
    stream.fd = memfd_create("git", 0);
    FUZZ_EXPECT(stream.fd >= 0 && write(stream.fd, bytes, length) == (ssize_t)length);
    FUZZ_EXPECT(lseek(stream.fd, 0, SEEK_SET) == 0);
    git_read state = git_commit_read(&stream, &commit);
    while (state == GIT_READ || state == GIT_BATCH_END) {
        if (state == GIT_READ) {
            FUZZ_EXPECT(git_is_hash(commit.hash, strlen(commit.hash)));
            FUZZ_EXPECT(commit.listed <= GIT_FILES_LISTED &&
                        commit.file_count >= (int64_t)commit.listed);
            js_buf_reset(&document);
            FUZZ_EXPECT(git_document_commit(&writer, &commit, &document));
            expect_document(&document);
        }
        state = git_commit_read(&stream, &commit);
    }
    js_buf_clear(&document);
    git_commit_free(&commit);
    git_stream_free(&stream);
}

static void read_hook_line(const char *line, size_t length) {
    git_update update;
    if (!git_update_read(line, length, &update)) {
        return;
    }
    FUZZ_EXPECT(strlen(update.old) == strlen(update.new) && strlen(update.old) >= 40);
    FUZZ_EXPECT(strncmp(update.ref, "refs/", 5) == 0 && strpbrk(update.ref, " \t\r\n") == NULL);
    FUZZ_EXPECT(strstr(update.ref, "..") == NULL);
    free(update.ref);
}

static void read_address(const char *text) {
    js_buf url = JS_BUF_INIT, link = JS_BUF_INIT;
    if (cli_repository_url(text, &url)) {
        const char *host = strstr(url.data, "://");
        FUZZ_EXPECT(host != NULL && strncmp(url.data, "http", 4) == 0);
        size_t length = strcspn(host + 3, "/?#");
        FUZZ_EXPECT(length > 0 && memchr(host + 3, '@', length) == NULL); /* what logs in */
        for (int forge = 0; forge < CLI_FORGES; forge++) {
            js_buf_reset(&link);
            if (cli_branch_link((cli_forge)forge, url.data, text, &link)) {
                FUZZ_EXPECT(link.length > url.length || forge == CLI_FORGE_BITBUCKET_SERVER);
            }
        }
    }
    js_buf_clear(&url);
    js_buf_clear(&link);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    char *text = fuzz_text(data + 1, size - 1);
    switch (data[0] % 3) {
    case 0:
        read_commits(text, size - 1);
        break;
    case 1:
        read_hook_line(text, size - 1);
        break;
    default:
        read_address(text);
        break;
    }
    free(text);
    return 0;
}
