/* Tables for people; of events: 80 columns, more on a wider terminal, times in the local zone. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "base/buf.h"
#include "cli/output.h"

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

enum { CLI_TABLE_WIDTH = 80 };

/* The columns that the text takes when it is shown, escaped. */
size_t cli_table_columns(const char *text);
/* The width of the column of names: more than this one on a terminal that has more than 80 columns. */
size_t cli_table_name_width(size_t least);
/* Takes blanks off the end of a line. */
void cli_table_trim(js_buf *row);
/* Appends the text, escaped, in so many columns at most, and gives those that it takes; cut it ends in "...". */
size_t cli_table_cut(js_buf *row, const char *text, size_t width);
/* Appends the text, escaped, in exactly so many columns: cut ("...") or filled up with blanks. */
void cli_table_cell(js_buf *row, const char *text, size_t width);
/*
 * Makes the name of an event fit, where it is too long: its number, and of a deployment the environment, tell it from
 * others, so its beginning gives way to "...", after its state.
 */
void cli_table_shorten(js_buf *name, size_t width);
/* "2026-11-23 10:00" in the local zone; "" when it is not a time. */
void cli_table_time(const char *timestamp, char out[24]);
/* A member of a receipt; "" when it is not there. */
const char *cli_table_text(json_object *receipt, const char *name);
void cli_table_head(const char *last);
/* Time, status, which thing, and a last cell. */
void cli_table_event(json_object *receipt, const char *last);
/* A text in lines of at most 80 columns, each behind blanks. */
void cli_table_wrapped(const char *indent, const char *text);
/* Appends the keys of a receipt with commas between them. */
void cli_table_keys(js_buf *out, json_object *receipt);

#endif
