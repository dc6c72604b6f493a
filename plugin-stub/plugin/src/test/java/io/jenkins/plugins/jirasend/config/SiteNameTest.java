package io.jenkins.plugins.jirasend.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import groovy.json.JsonSlurperClassic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** With the cases that the core's own reader is tested with (tests/unit/event/site_vectors_test.c). */
class SiteNameTest {
    private static final Path VECTORS = Path.of("../../tests/vectors/sites.json");

    private static Stream<?> vectors(String name) throws IOException {
        String text = Files.readString(VECTORS, StandardCharsets.UTF_8);
        List<?> cases = (List<?>) ((Map<?, ?>) new JsonSlurperClassic().parseText(text)).get(name);
        assertFalse(cases.isEmpty());
        return cases.stream();
    }

    static Stream<?> sites() throws IOException {
        return vectors("sites");
    }

    static Stream<?> refused() throws IOException {
        return vectors("refused");
    }

    static Stream<?> apis() throws IOException {
        return vectors("apis");
    }

    static Stream<?> refusedApis() throws IOException {
        return vectors("refusedApis");
    }

    @ParameterizedTest
    @MethodSource("sites")
    void hasOneNameHoweverItIsWritten(Map<?, ?> expected) {
        SiteName site = SiteName.site((String) expected.get("given"));
        assertEquals(expected.get("name"), site.canonical());
        assertEquals(expected.get("origin"), site.url());
        assertEquals(expected.get("host"), site.host());
        assertEquals(expected.get("port"), site.port());
        assertEquals(expected.get("http"), site.http());
        assertEquals(site, SiteName.site(site.canonical()));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesWhatIsNoSite(String given) {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> SiteName.site(given));
        assertFalse(refusal.getMessage().isBlank());
        assertFalse(refusal.getMessage().contains("hunter2"), refusal.getMessage());
    }

    @ParameterizedTest
    @MethodSource("apis")
    void anApiMayHaveAPath(Map<?, ?> expected) {
        SiteName api = SiteName.api((String) expected.get("given"));
        assertEquals(expected.get("name"), api.canonical());
        assertEquals(expected.get("path"), api.path());
    }

    @ParameterizedTest
    @MethodSource("refusedApis")
    void refusesWhatIsNoApi(String given) {
        assertThrows(IllegalArgumentException.class, () -> SiteName.api(given));
    }

    @Test
    void aFormMayHaveBlanksAround() {
        assertEquals("acme.atlassian.net", new JiraSite(" ACME.Atlassian.NET ", "c", "s").canonicalSite());
        assertEquals(null, SiteProblems.site(" acme.atlassian.net "));
    }
}
