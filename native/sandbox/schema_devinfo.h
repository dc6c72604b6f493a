/* What several entities of development information have in common. */
#ifndef SB_SCHEMA_DEVINFO_H
#define SB_SCHEMA_DEVINFO_H

#include "schema.h"

enum { SB_URL_MAX = 2000 };

void sb_check_entity_id(const sb_object *item);
void sb_check_author(const sb_object *item);
/* A date-time; one of another zone than UTC is a warning. */
void sb_check_utc(const sb_object *item, const char *name, sb_need need);

#endif
