#include "net/no_proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct row {
    const char *list;
    const char *url;
    const char *left;
} row;

static void table(void **state) {
    (void)state;
    static const row rows[] = {
        {"", "https://acme.test/", ""},
        {"acme.test", "https://acme.test/x", "acme.test"},
        {" a.test,\tb.test  .c.test,, ", "https://acme.test/", "a.test,b.test,.c.test"},
        {"*", "https://acme.test/", "*"},
        {"acme.test:443", "https://acme.test/", "acme.test"},
        {"acme.test:443", "https://acme.test:8443/", ""},
        {"acme.test:8443,other", "https://acme.test:8443/_edge/x:80", "acme.test,other"},
        {"acme.test:80", "http://127.0.0.1/", "acme.test"},
        {"acme.test:80", "https://acme.test/", ""},
        {"10.0.0.0/8,fd00::/8,::1", "https://acme.test/", "10.0.0.0/8,fd00::/8,::1"},
        {"[::1]:8790", "http://[::1]:8790/oauth/token", "::1"},
        {"[::1]:8790", "http://[::1]:8791/oauth/token", ""},
        {"[::1]", "http://[::1]:8791/", "::1"},
        {"[::1,a:b,a:,:80,[]:80,a:80:80", "http://a/", "[::1,a:b,a:,a:80:80"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        js_buf out = JS_BUF_INIT;
        js_buf_add_text(&out, "");
        js_no_proxy_for(&out, rows[i].list, rows[i].url);
        assert_string_equal(out.data, rows[i].left);
        js_buf_clear(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
