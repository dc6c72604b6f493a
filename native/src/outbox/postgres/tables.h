/* The tables, the steps by which they come about, and who may read them. */
#ifndef JS_OUTBOX_POSTGRES_TABLES_H
#define JS_OUTBOX_POSTGRES_TABLES_H

typedef struct js_pg_schema {
    /* steps[n] leads from version n to n + 1: statements, the last one null. */
    const char *const *const *steps;
    int version;
    /* The oldest version whose programs may still use what this one has written. */
    int readable_from;
    const char *readable_from_release;
} js_pg_schema;

extern const js_pg_schema js_pg_tables;

#endif
