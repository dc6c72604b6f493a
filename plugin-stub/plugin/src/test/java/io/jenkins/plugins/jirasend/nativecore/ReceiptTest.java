package io.jenkins.plugins.jirasend.nativecore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReceiptTest {
    private static Receipt parse(String json) {
        return Receipt.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsWhatTheCoreSays() {
        Receipt receipt = parse("{\"id\": 7, \"requestId\": \"r\", \"kind\": \"build\","
                + " \"site\": \"acme.atlassian.net\", \"status\": \"accepted\", \"issueKeys\": [\"A-1\", \"B-2\"],"
                + " \"unknownIssueKeys\": [\"B-2\"], \"droppedKeys\": 3, \"message\": \"M\u00fc \ud83d\ude00\","
                + " \"httpStatus\": 202, \"attempts\": 2}");
        assertEquals(
                new Receipt(
                        7,
                        "r",
                        "build",
                        "acme.atlassian.net",
                        Receipt.ACCEPTED,
                        List.of("A-1", "B-2"),
                        List.of("B-2"),
                        3,
                        "M\u00fc \ud83d\ude00",
                        202,
                        2),
                receipt);
        assertTrue(receipt.settled());
    }

    @Test
    void aMessageThatLooksLikeJsonStaysAMessage() {
        assertEquals("[APP-1]", parse("{\"message\": \"[APP-1]\"}").message());
        assertEquals("null", parse("{\"message\": \"null\"}").message());
        assertEquals("'x'", parse("{\"message\": \"'x'\"}").message());
    }

    @Test
    void whatIsLeftOutIsEmpty() {
        assertEquals(
                new Receipt(0, "", "", "", "", List.of(), List.of(), 0, "", 0, 0), parse("{\"other\": {}}"));
    }

    @Test
    void queuedAndHeldMayStillChange() {
        assertFalse(parse("{\"status\": \"queued\"}").settled());
        assertFalse(parse("{\"status\": \"held\"}").settled());
        assertTrue(parse("{\"status\": \"rejected\"}").settled());
        assertTrue(Receipt.error("s", "m").settled());
    }

    @Test
    void aPipelineGetsAPlainMapAndBothSurviveSerialization() throws Exception {
        Receipt receipt = Receipt.error("acme.atlassian.net", "why");
        Map<String, Object> map = receipt.toMap();
        assertEquals(
                List.of("site", "jiraSite", "status", "message", "issueKeys", "unknownIssueKeys", "droppedKeys"),
                List.copyOf(map.keySet()));
        assertEquals("acme.atlassian.net", map.get("jiraSite"));
        assertEquals(map, copy(map));
        assertEquals(receipt, copy(receipt));
    }

    private static Object copy(Object value) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return in.readObject();
        }
    }
}
