package io.jenkins.plugins.jirasend.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SiteNameTest {
    @ParameterizedTest
    @CsvSource({
        "acme.atlassian.net, acme.atlassian.net",
        "' ACME.Atlassian.NET ', acme.atlassian.net",
        "https://acme.atlassian.net/, acme.atlassian.net",
        "HTTPS://acme.atlassian.net:443, acme.atlassian.net",
        "acme.atlassian.net., acme.atlassian.net",
        "acme.atlassian.net:8443, acme.atlassian.net:8443",
        "http://127.0.0.1:8790, http://127.0.0.1:8790",
        "http://localhost:80/, http://localhost",
        "http://127.1.2.3, http://127.1.2.3",
        "http://[::1]:8790, http://[::1]:8790",
        "'https://[2001:DB8:0:0:0:0:0:1]', '[2001:db8::1]'",
        "'https://[0:0:0:0:0:ffff:1.2.3.4]', '[::ffff:1.2.3.4]'",
        "'https://[1:0:0:2:0:0:0:3]', '[1:0:0:2::3]'",
        "'https://[1:0:2:3:4:5:6:7]', '[1:0:2:3:4:5:6:7]'",
        "'https://[1::]', '[1::]'",
    })
    void hasOneNameHoweverItIsWritten(String given, String expected) {
        assertEquals(expected, SiteName.site(given).canonical());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "http://acme.atlassian.net",
                "http://128.0.0.1",
                "ftp://acme.atlassian.net",
                "https:acme.atlassian.net",
                "https://user:word@acme.atlassian.net",
                "acme.atlassian.net/jira",
                "acme.atlassian.net?a=b",
                "acme.atlassian.net#a",
                "acme.atlassian.net:0",
                "acme.atlassian.net:65536",
                "acme.atlassian.net:",
                "acme.atlassian.net:80:80",
                "acme..net",
                "-acme.net",
                "acme_x.net",
                "ac me.net",
                "acme\u0000.net",
                "ácme.net",
                "acme%2e.net",
                "127.1",
                "0x7f.1",
                "2130706433",
                "127.0.0.256",
                "127.0.0.01",
                "[::1",
                "[]",
                "[::1%lo]",
                "[localhost]",
                "[1.2.3.4]",
                "[::1]x",
                ".",
            })
    void refusesWhatIsNoSite(String given) {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> SiteName.site(given));
        assertFalse(refusal.getMessage().isBlank());
    }

    @Test
    void showsNoPassword() {
        IllegalArgumentException refusal = assertThrows(
                IllegalArgumentException.class, () -> SiteName.site("https://user:word@acme.atlassian.net"));
        assertFalse(refusal.getMessage().contains("word@"));
    }

    @Test
    void anApiMayHaveAPath() {
        assertEquals("https://gate.example.com/jira/api", SiteName.api("gate.example.com/jira/api/").url());
        assertEquals("http://127.0.0.1:8790", SiteName.api("http://127.0.0.1:8790/").url());
        assertThrows(IllegalArgumentException.class, () -> SiteName.api("gate.example.com/a/../b"));
        assertThrows(IllegalArgumentException.class, () -> SiteName.api("gate.example.com//b"));
        assertThrows(IllegalArgumentException.class, () -> SiteName.api("http://gate.example.com"));
    }
}
