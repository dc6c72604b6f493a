#include "base/variables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

static void takes_out_all_that_begin_so_and_no_other(void **state) {
    (void)state;
    static char *variables[] = {"PGHOST=a",  "PATH=/bin", "PGPORT=1", "PGPORT=2", "PG=x",
                                "APGHOST=b", "=odd",      "PGUSER=",  NULL};
    environ = variables;
    js_variables_forget("PG");
    assert_null(getenv("PGHOST"));
    assert_null(getenv("PGPORT"));
    assert_null(getenv("PG"));
    assert_null(getenv("PGUSER"));
    assert_string_equal(getenv("PATH"), "/bin");
    assert_string_equal(getenv("APGHOST"), "b");
    environ = NULL;
    js_variables_forget("PG");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_out_all_that_begin_so_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
