/* jirasend outbox list: what waits, is held or is dead, a line each. */
#include "cli/outbox_list.h"

#include "cli/ask.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/reasons.h"
#include "cli/receipts.h"
#include "cli/table.h"
#include "event/json.h"

#include <jirasend/outbox.h>
#include <stdlib.h>

/* Columns of a list; they only grow from page to page. Only a text that fits no screen sticks out. */
typedef struct widths {
    size_t name, site, keys;
} widths;

enum { PAGE = 500, NAME_WIDTH_MAX = 120, SITE_WIDTH_MAX = 80, KEYS_WIDTH_MAX = 80 };

static void widen(size_t *width, const char *text, size_t most) {
    size_t columns = cli_table_columns(text);
    columns = columns < most ? columns : most;
    *width = columns > *width ? columns : *width;
}

static void add_cell(js_buf *row, const char *text, size_t width) {
    size_t columns = cli_table_columns(text);
    cli_table_cell(row, text, columns > width ? columns : width);
    js_buf_add_text(row, "  ");
}

static char *name_of(json_object *receipt) {
    js_buf name = JS_BUF_INIT;
    cli_receipt_name(receipt, &name);
    return js_buf_take(&name);
}

enum { KEYS_SHOWN = 5 };

/* Its issue keys, as many as fit into a column. */
static char *keys_of(json_object *receipt) {
    js_buf text = JS_BUF_INIT;
    json_object *keys = NULL;
    json_object_object_get_ex(receipt, "issueKeys", &keys);
    size_t count = keys != NULL ? json_object_array_length(keys) : 0;
    js_buf_add_text(&text, "");
    for (size_t i = 0; i < count && i < KEYS_SHOWN; i++) {
        js_buf_addf(&text, "%s%s", i == 0 ? "" : ", ",
                    json_object_get_string(json_object_array_get_idx(keys, i)));
    }
    js_buf_add_text(&text, count > KEYS_SHOWN ? ", ..." : "");
    return js_buf_take(&text);
}

static void add_text_cell(js_buf *row, char *text, size_t width) {
    add_cell(row, text != NULL ? text : "", width);
    free(text);
}

/* What holds a whole lane is said with its first event; the others name that one. */
static void add_reason(js_buf *row, json_object *receipt, cli_reasons *reasons) {
    int64_t first = 0;
    const char *message = js_json_text_of(receipt, "message");
    if (message[0] == '\0' ||
        cli_reasons_is_new(reasons, message, js_json_number_of(receipt, "id"), &first)) {
        cli_table_cell(row, message, cli_table_columns(message));
    } else {
        js_buf_addf(row, "as event %lld", (long long)first);
    }
}

/* One receipt as a row for people. */
static void print_row(json_object *receipt, const widths *columns, cli_reasons *reasons) {
    js_buf row = JS_BUF_INIT;
    js_buf_addf(&row, "%6lld  %-10s  ", (long long)js_json_number_of(receipt, "id"),
                js_json_text_of(receipt, "status"));
    add_text_cell(&row, name_of(receipt), columns->name);
    add_cell(&row, js_json_text_of(receipt, "site"), columns->site);
    add_text_cell(&row, keys_of(receipt), columns->keys);
    add_reason(&row, receipt, reasons);
    cli_table_trim(&row);
    if (!row.failed) {
        cli_out_line(row.data);
    }
    js_buf_clear(&row);
}

int cli_outbox_pages(cli_client *client, void (*each)(json_object *page, void *context),
                     void *context) {
    int64_t after = 0;
    for (;;) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        char *page = NULL;
        jirasend_code failed = jirasend_outbox_list(client->handle, after, PAGE, &page, &error);
        if (failed != JIRASEND_OK) {
            return cli_library_failed(failed, &error);
        }
        json_object *array = json_tokener_parse(page);
        jirasend_free(page);
        if (!json_object_is_type(array, json_type_array)) {
            json_object_put(array);
            return cli_no_memory();
        }
        size_t count = json_object_array_length(array);
        int64_t before = after;
        if (count > 0) {
            after = js_json_number_of(json_object_array_get_idx(array, count - 1), "id");
            each(array, context);
        }
        json_object_put(array);
        if (count < PAGE || after <= before || cli_output_failed()) {
            return CLI_OK;
        }
    }
}

typedef struct listing {
    bool json;
    long count;
    widths columns;
    cli_reasons reasons;
} listing;

static void print_head(const widths *columns) {
    js_buf head = JS_BUF_INIT;
    js_buf_add_text(&head, "    id  status      ");
    add_cell(&head, "event", columns->name);
    add_cell(&head, "site", columns->site);
    add_cell(&head, "issue keys", columns->keys);
    js_buf_add_text(&head, "why");
    if (!head.failed) {
        cli_out_line(head.data);
    }
    js_buf_clear(&head);
}

static void list_page(json_object *page, void *context) {
    listing *list = context;
    size_t count = json_object_array_length(page);
    for (size_t i = 0; !list->json && i < count; i++) {
        json_object *receipt = json_object_array_get_idx(page, i);
        char *name = name_of(receipt), *keys = keys_of(receipt);
        widen(&list->columns.name, name != NULL ? name : "", NAME_WIDTH_MAX);
        widen(&list->columns.site, js_json_text_of(receipt, "site"), SITE_WIDTH_MAX);
        widen(&list->columns.keys, keys != NULL ? keys : "", KEYS_WIDTH_MAX);
        free(name);
        free(keys);
    }
    if (!list->json && list->count == 0) {
        print_head(&list->columns);
    }
    for (size_t i = 0; i < count && !cli_output_failed(); i++) {
        json_object *receipt = json_object_array_get_idx(page, i);
        if (list->json) {
            cli_out_line(cli_ask_line(receipt));
        } else {
            print_row(receipt, &list->columns, &list->reasons);
        }
        list->count++;
    }
}

int cli_outbox_list(cli_client *client, const cli_options *options, int64_t id) {
    (void)id;
    cli_output_reader_may_leave(true);
    listing list = {.json = options->set[CLI_JSON],
                    .columns = {.name = sizeof("event") - 1,
                                .site = sizeof("site") - 1,
                                .keys = sizeof("issue keys") - 1}};
    int code = cli_outbox_pages(client, list_page, &list);
    cli_reasons_clear(&list.reasons);
    if (code == CLI_OK && list.count == 0) {
        cli_note("Nothing waits in %s.", client->folder);
    }
    return code;
}
