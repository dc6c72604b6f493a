/* The tables as a later version may have them: one step more than today, still readable by today's. */
#define js_sq_tables tables_of_today
#include "outbox/sqlite/tables.c" /* its definitions under another name */
#undef js_sq_tables

enum { TODAY = sizeof upgrades / sizeof upgrades[0] };

static const char *steps[TODAY + 1] = {
    [TODAY] = /* after today's, see below */
    "ALTER TABLE event ADD COLUMN mood TEXT NOT NULL DEFAULT 'good';"
    "CREATE TABLE later (id INTEGER PRIMARY KEY, event INTEGER NOT NULL);"
    "CREATE INDEX event_mood ON event (mood) WHERE status = 0;"
    "INSERT INTO later (event) SELECT id FROM event;",
};

extern const js_sq_schema js_sq_tables;
const js_sq_schema js_sq_tables = {
    .steps = steps, .version = TODAY + 1, .readable_from = 1, .readable_from_release = "0.1.0"};

/* Before main(): the compiler takes no constant from another. */
__attribute__((constructor)) static void take_over_todays_steps(void) {
    for (int i = 0; i < TODAY; i++) {
        steps[i] = upgrades[i];
    }
}
