package io.jenkins.plugins.jirasend.nativecore;

import static org.junit.jupiter.api.Assertions.assertEquals;

import groovy.json.JsonSlurperClassic;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void writesCollections() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("a", List.of(1, 2L, true, "x"));
        map.put("b", Map.of());
        assertEquals("{\"a\":[1,2,true,\"x\"],\"b\":{}}", Json.write(map));
        assertEquals("[]", Json.write(List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[APP-1]", "{}", "'quoted'", "null", "function(){}", "APP-1: \u00e9 \ud83d\ude00"})
    void aTextStaysAText(String text) {
        assertEquals(List.of(text), read(Json.write(List.of(text))));
    }

    @Test
    void escapes() {
        assertEquals("\"a\\\"b\\\\c\\nd\\u001f\"", Json.write("a\"b\\c\nd\u001f"));
    }

    @Test
    void replacesWhatTheCoreRefuses() {
        assertEquals(List.of("a\uFFFDb\uFFFDc\uFFFD", "\uFFFD"), read(Json.write(List.of("a\0b\ud83dc\ude00", "\ud83d"))));
    }

    private static Object read(String json) {
        return new JsonSlurperClassic().parseText(json);
    }
}
