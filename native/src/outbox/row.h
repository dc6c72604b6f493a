/* What is stored of an event when it is put, whatever stores it. */
#ifndef JS_OUTBOX_ROW_H
#define JS_OUTBOX_ROW_H

#include "outbox/store.h"

/* The texts belong to the put, but for the keys. */
typedef struct js_row {
    js_lane lane;
    int kind; /* 0: the one that its lane stands for */
    js_stream stream;
    js_stream touched;            /* gets its number, too; without a name: none */
    bool takes_name;              /* a deletion of everything of its stream's name */
    const char *envelope, *scope; /* never null */
    char *own_envelope;           /* made of the event, where the put names none */
    bool history, gated, barrier, open;
    int64_t sequence; /* 0: the next of the stream, which it raises */
    js_status status;
    char *issue_keys; /* a line each */
} js_row;

/* False: memory is short. */
bool js_row_init(js_row *row, const js_put *put);
void js_row_clear(js_row *row);

/* Lists of keys are stored one per line. */
char *js_row_join(const js_strings *list); /* null when memory is short */
bool js_row_split(js_strings *list, const char *text);

/* Ids of refused events are stored with blanks between them, and beside them a number for their words. */
enum { JS_REFUSED_TEXT = JS_REFUSED_MAX * 21 + 1 };
js_refused js_row_read_refused(const char *ids, int64_t words);
void js_row_write_refused(char ids[JS_REFUSED_TEXT], const js_refused *refused);

#endif
