/* The tables of the database, and who may read them. */
#ifndef JS_OUTBOX_SQLITE_TABLES_H
#define JS_OUTBOX_SQLITE_TABLES_H

typedef struct js_sq_schema {
    const char *const *steps; /* steps[n] leads from version n to n + 1 */
    int version;              /* of the tables after all steps */
    const char *all_steps;    /* the same as all of them, on an empty database */
    /* The oldest version whose programs may still use what this one has written. */
    int readable_from;
    const char *readable_from_release;
} js_sq_schema;

extern const js_sq_schema js_sq_tables;

#endif
