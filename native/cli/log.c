/* jirasend log: what was told to Jira, newest first. */
#include "base/buf.h"
#include "cli/ask.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/verbs.h"

#include <jirasend/history.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LIMIT_DEFAULT = 100, PAGE = 500 };

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int read_time(const cli_options *options, cli_option option, int64_t *ms) {
    const char *value = cli_value(options, option);
    int code =
        value == NULL ? CLI_OK : cli_check_ago(cli_origin(options, option), value, now_ms(), ms);
    *ms = value != NULL && *ms < 1 ? 1 : *ms; /* 0 would be any time */
    return code;
}

static int read_filter(const cli_options *options, jirasend_history_filter *filter, js_buf *kinds,
                       js_buf *statuses, int64_t *limit) {
    *limit = LIMIT_DEFAULT;
    cli_ask_join(options, CLI_KIND, kinds);
    cli_ask_join(options, CLI_STATUS, statuses);
    filter->key = cli_value(options, CLI_KEY);
    filter->project = cli_value(options, CLI_PROJECT);
    filter->kinds = kinds->data;
    filter->statuses = statuses->data;
    filter->pipeline = cli_value(options, CLI_PIPELINE);
    filter->environment = cli_value(options, CLI_ENVIRONMENT);
    if (kinds->failed || statuses->failed) {
        return cli_no_memory();
    }
    int code = read_time(options, CLI_SINCE, &filter->since_ms);
    if (code == CLI_OK) {
        code = read_time(options, CLI_UNTIL, &filter->until_ms);
    }
    const char *most = cli_value(options, CLI_LIMIT);
    if (code == CLI_OK && most != NULL) {
        code = cli_check_range("--limit", most, 1, INT64_MAX, limit);
    }
    return code;
}

static void print_one(const cli_options *options, json_object *receipt, bool first) {
    if (options->set[CLI_JSON]) {
        cli_out_line(cli_ask_line(receipt));
        return;
    }
    js_buf keys = JS_BUF_INIT;
    if (first) {
        cli_table_head("issue keys");
    }
    cli_table_keys(&keys, receipt);
    cli_table_event(receipt, keys.failed || keys.data == NULL ? "" : keys.data);
    js_buf_clear(&keys);
}

/* Prints a page; *cursor becomes that of the next one, or null. */
static int print_page(const cli_options *options, const char *text, int64_t *shown, char **cursor) {
    json_object *page = json_tokener_parse(text);
    json_object *receipts = NULL;
    if (!json_object_object_get_ex(page, "receipts", &receipts)) {
        json_object_put(page);
        return cli_no_memory();
    }
    size_t count = json_object_array_length(receipts);
    for (size_t i = 0; i < count && !cli_output_failed(); i++) {
        print_one(options, json_object_array_get_idx(receipts, i), *shown == 0);
        (*shown)++;
    }
    const char *next = cli_table_text(page, "cursor");
    free(*cursor);
    *cursor = next[0] != '\0' ? strdup(next) : NULL;
    int code = next[0] != '\0' && *cursor == NULL ? cli_no_memory() : CLI_OK;
    json_object_put(page);
    return code;
}

static int print_all(cli_client *client, const cli_options *options,
                     const jirasend_history_filter *filter, int64_t limit) {
    int64_t shown = 0;
    char *cursor = NULL;
    int code = CLI_OK;
    do {
        int64_t left = limit - shown;
        char *page = NULL;
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code failed = jirasend_client_history(
            client->handle, filter, cursor, left < PAGE ? (int)left : PAGE, &page, &error);
        code = failed != JIRASEND_OK ? cli_ask_failed(failed, &error)
                                     : print_page(options, page, &shown, &cursor);
        jirasend_free(page);
    } while (code == CLI_OK && cursor != NULL && shown < limit && !cli_output_failed());
    if (code == CLI_OK && shown == 0) {
        cli_note("The history in %s has no such event.", client->folder);
    } else if (code == CLI_OK && cursor != NULL && cli_value(options, CLI_LIMIT) == NULL) {
        cli_note("These are the newest %lld; --limit shows older ones, too.", (long long)shown);
    }
    free(cursor);
    return code;
}

int cli_verb_log(const cli_options *options) {
    jirasend_history_filter filter = JIRASEND_HISTORY_FILTER_INIT;
    js_buf kinds = JS_BUF_INIT, statuses = JS_BUF_INIT;
    int64_t limit = 0;
    cli_client client;
    int code = cli_ask_arguments(options, 0, "options alone");
    if (code == CLI_OK) {
        code = read_filter(options, &filter, &kinds, &statuses, &limit);
    }
    if (code == CLI_OK) {
        code = cli_ask_open(&client, options, CLI_MODE_LOOK);
        if (code == CLI_OK) {
            code = print_all(&client, options, &filter, limit);
            cli_client_close(&client);
        }
    }
    js_buf_clear(&kinds);
    js_buf_clear(&statuses);
    return code;
}
