/* Events in a table for people. */
#include "cli/table.h"

#include "base/timestamp.h"
#include "cli/receipts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { TIME_WIDTH = 16, STATUS_WIDTH = 10, NAME_WIDTH = 32, LAST_WIDTH = 19 };
/* What must be left of the beginning of a name beside its state, and at all. */
enum { BESIDE_STATE = 15, BEGINNING = 8 };
/* So much of a wider terminal goes to names; wider gaps between columns are hard to read across. */
enum { NAME_MORE_MAX = 32 };

/* What a terminal has beyond 80 columns. A file or a pipe has none, whoever reads it. */
static size_t spare_columns(void) {
    struct winsize size;
    bool wider = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > CLI_TABLE_WIDTH;
    return wider ? (size_t)size.ws_col - CLI_TABLE_WIDTH : 0;
}

size_t cli_table_name_width(size_t least) {
    size_t spare = spare_columns();
    return least + (spare < NAME_MORE_MAX ? spare : NAME_MORE_MAX);
}

/* What names do not need. */
static size_t last_width(void) {
    size_t spare = spare_columns();
    return LAST_WIDTH + (spare > NAME_MORE_MAX ? spare - NAME_MORE_MAX : 0);
}

/* Appends so many columns of the text at most, as they are shown, and gives those that it took. */
static size_t add_columns(js_buf *row, const char *text, size_t most) {
    size_t used = 0;
    while (text[0] != '\0') {
        size_t columns = 0;
        size_t before = row->length;
        text += cli_out_shown(row, text, &columns);
        if (used + columns > most) {
            js_buf_cut(row, before);
            break;
        }
        used += columns;
    }
    return used;
}

size_t cli_table_columns(const char *text) {
    js_buf shown = JS_BUF_INIT;
    size_t columns = add_columns(&shown, text, SIZE_MAX / 2);
    js_buf_clear(&shown);
    return columns;
}

size_t cli_table_cut(js_buf *row, const char *text, size_t width) {
    bool fits = cli_table_columns(text) <= width;
    size_t used = add_columns(row, text, fits ? width : width - 3);
    js_buf_add_text(row, fits ? "" : "...");
    return fits ? used : used + 3;
}

void cli_table_cell(js_buf *row, const char *text, size_t width) {
    size_t used = cli_table_cut(row, text, width);
    js_buf_addf(row, "%*s", (int)(width - used), "");
}

/* The end of a name, from its number on; null where it has none. */
static const char *number_in(const char *name) {
    const char *found = NULL;
    for (const char *at = strstr(name, " #"); at != NULL; at = strstr(at + 1, " #")) {
        found = at[2] >= '0' && at[2] <= '9' ? at : found;
    }
    return found;
}

/* How many bytes of the text take so many columns at most. */
static size_t bytes_in(const char *text, size_t most) {
    js_buf shown = JS_BUF_INIT;
    size_t at = 0, used = 0;
    while (text[at] != '\0') {
        size_t columns = 0;
        size_t taken = cli_out_shown(&shown, text + at, &columns);
        used += columns;
        if (used > most) {
            break;
        }
        at += taken;
    }
    js_buf_clear(&shown);
    return at;
}

void cli_table_shorten(js_buf *name, size_t width) {
    const char *end = name->failed || name->data == NULL ? NULL : number_in(name->data);
    if (end == NULL || cli_table_columns(name->data) <= width) {
        return;
    }
    js_buf kept = JS_BUF_INIT;
    js_buf_add_text(&kept, end);
    size_t beginning = cli_table_columns(name->data) - cli_table_columns(end);
    const char *state = kept.failed ? NULL : strrchr(kept.data, ',');
    if (state != NULL && cli_table_columns(kept.data) + BESIDE_STATE > width) {
        js_buf_cut(&kept, (size_t)(state - kept.data));
    }
    size_t needed = kept.failed ? width : cli_table_columns(kept.data);
    if (beginning + needed <= width) {
        js_buf_cut(name, (size_t)(end - name->data) + kept.length);
    } else if (needed + BEGINNING <= width) {
        js_buf_cut(name, bytes_in(name->data, width - needed - 3));
        js_buf_add_text(name, "...");
        js_buf_add_text(name, kept.data);
    }
    js_buf_clear(&kept);
}

void cli_table_time(const char *timestamp, char out[24]) {
    int64_t ms = 0;
    struct tm local;
    out[0] = '\0';
    if (js_timestamp_parse(timestamp, strlen(timestamp), &ms, NULL)) {
        time_t seconds = (time_t)(ms / 1000);
        if (localtime_r(&seconds, &local) != NULL) {
            (void)strftime(out, 24, "%Y-%m-%d %H:%M", &local);
        }
    }
}

const char *cli_table_text(json_object *receipt, const char *name) {
    json_object *member = NULL;
    bool there = json_object_object_get_ex(receipt, name, &member) &&
                 json_object_is_type(member, json_type_string);
    return there ? json_object_get_string(member) : "";
}

static cli_colour colour_of(const char *status) {
    if (strcmp(status, "accepted") == 0) {
        return CLI_GREEN;
    }
    return strcmp(status, "rejected") == 0 || strcmp(status, "held") == 0 ? CLI_RED : CLI_YELLOW;
}

void cli_table_trim(js_buf *row) {
    while (!row->failed && row->length > 0 && row->data[row->length - 1] == ' ') {
        row->data[--row->length] = '\0';
    }
}

static void out_cell(cli_colour colour, const char *text, size_t width, bool last) {
    js_buf cell = JS_BUF_INIT;
    cli_table_cell(&cell, text, width);
    if (last) {
        cli_table_trim(&cell);
    } else {
        js_buf_add(&cell, " ", 1);
    }
    cli_out_painted(colour, cell.failed || cell.data == NULL ? "" : cell.data);
    if (last) {
        cli_out("\n", 1);
    }
    js_buf_clear(&cell);
}

void cli_table_head(const char *last) {
    out_cell(CLI_PLAIN, "submitted", TIME_WIDTH, false);
    out_cell(CLI_PLAIN, "status", STATUS_WIDTH, false);
    out_cell(CLI_PLAIN, "event", cli_table_name_width(NAME_WIDTH), false);
    out_cell(CLI_PLAIN, last, last_width(), true);
}

/* There is no room for hosts, and the beginning of all of them is the same. */
static void shorten_repository(js_buf *name, json_object *receipt) {
    json_object *repository = NULL;
    json_object_object_get_ex(receipt, "repository", &repository);
    const char *id = repository != NULL ? cli_table_text(repository, "id") : "";
    const char *slash = strrchr(id, '/');
    if (slash != NULL && slash[1] != '\0' && !name->failed) {
        js_buf_cut(name, name->length - strlen(id)); /* it stands at the end */
        js_buf_add_text(name, slash + 1);
    }
}

void cli_table_event(json_object *receipt, const char *last) {
    char when[24];
    const size_t width = cli_table_name_width(NAME_WIDTH);
    js_buf name = JS_BUF_INIT;
    const char *status = cli_table_text(receipt, "status");
    const char *state = cli_table_text(receipt, "state");
    cli_table_time(cli_table_text(receipt, "submittedAt"), when);
    cli_receipt_name(receipt, &name);
    shorten_repository(&name, receipt);
    if (state[0] != '\0') {
        js_buf_addf(&name, ", %s", state);
    }
    cli_table_shorten(&name, width);
    out_cell(CLI_PLAIN, when, TIME_WIDTH, false);
    out_cell(colour_of(status), status, STATUS_WIDTH, false);
    out_cell(CLI_PLAIN, name.failed || name.data == NULL ? "" : name.data, width, last[0] == '\0');
    if (last[0] != '\0') {
        out_cell(CLI_PLAIN, last, last_width(), true);
    }
    js_buf_clear(&name);
}

void cli_table_keys(js_buf *out, json_object *receipt) {
    json_object *keys = NULL;
    json_object_object_get_ex(receipt, "issueKeys", &keys);
    size_t count = keys != NULL ? json_object_array_length(keys) : 0;
    for (size_t i = 0; i < count; i++) {
        js_buf_addf(out, "%s%s", i > 0 ? "," : "",
                    json_object_get_string(json_object_array_get_idx(keys, i)));
    }
}

/* How much of the text goes into a line: whole words, or as much of a long one as there is room for. */
static size_t line_of(const char *text, size_t room) {
    js_buf shown = JS_BUF_INIT;
    size_t used = 0, at = 0, end = 0, taken = 0;
    while (text[at] != '\0' && used <= room) {
        size_t columns = 0;
        taken = cli_out_shown(&shown, text + at, &columns);
        used += columns;
        at += used <= room ? taken : 0;
        end = text[at] == ' ' || text[at] == '\0' ? at : end;
    }
    js_buf_clear(&shown);
    if (used > room && end > 0) {
        return end;
    }
    return at > 0 ? at : taken;
}

void cli_table_wrapped(const char *indent, const char *text) {
    const size_t room = CLI_TABLE_WIDTH - strlen(indent);
    while (text[0] != '\0') {
        size_t cut = line_of(text, room);
        js_buf line = JS_BUF_INIT;
        js_buf_addf(&line, "%s%.*s", indent, (int)cut, text);
        cli_out_escaped(line.failed ? "" : line.data);
        cli_out("\n", 1);
        js_buf_clear(&line);
        text += cut;
        text += strspn(text, " ");
    }
}
