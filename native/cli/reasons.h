/* Why events wait, are held or were refused, so that each reason is said once and not with every event. */
#ifndef CLI_REASONS_H
#define CLI_REASONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More lanes than one site has; what is forgotten is said again, which does no harm. */
enum { CLI_REASONS_MAX = 16 };

typedef struct cli_reasons {
    struct {
        char *text;
        int64_t id;
    } said[CLI_REASONS_MAX];
    size_t next;
} cli_reasons;

/* Memory set to zero is empty. */
void cli_reasons_clear(cli_reasons *reasons);
/*
 * True when `text` was not said yet: it is remembered with the id of its event. Else `*first` is the id
 * that it was said with.
 */
bool cli_reasons_is_new(cli_reasons *reasons, const char *text, int64_t id, int64_t *first);

#endif
