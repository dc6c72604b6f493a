package io.jenkins.plugins.jirasend.outbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockStatic;
import static org.mockito.Mockito.when;

import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import jenkins.model.Jenkins;
import org.junit.jupiter.api.Test;
import org.kohsuke.stapler.interceptor.RequirePOST;
import org.mockito.MockedStatic;

class DeliveryLinkTest {
    private static Receipt receipt(long id, String status) {
        return new Receipt(id, "", "build", "s", status, List.of("A-1", "B-2"), List.of(), 0, "<why>", 0, 1);
    }

    private static List<Receipt> outbox(long after, int limit) {
        return LongStream.range(after + 1, 252)
                .limit(limit)
                .mapToObj(id -> receipt(id, Receipt.QUEUED))
                .toList();
    }

    @Test
    void everyEventIsOnOnePageAndTheLastPageSaysSo() {
        List<Long> seen = new ArrayList<>();
        long after = 0;
        int pages = 0;
        do {
            DeliveryLink.Page page = DeliveryLink.page(after, DeliveryLinkTest::outbox);
            assertEquals(after > 0, page.isLater());
            page.getRows().forEach(row -> seen.add(row.getId()));
            after = page.getNext();
            pages++;
        } while (after > 0);
        assertEquals(3, pages);
        assertEquals(LongStream.range(1, 252).boxed().toList(), seen);
    }

    @Test
    void whatCannotBeReadIsSaid() {
        DeliveryLink.Page page = DeliveryLink.page(0, (after, limit) -> {
            throw new IllegalStateException("switched off");
        });
        assertEquals("switched off", page.getProblem());
        assertTrue(page.getRows().isEmpty());
    }

    @Test
    void aRowIsInWordsForPeople() {
        DeliveryLink.Row row = new DeliveryLink.Row(receipt(7, Receipt.REJECTED));
        assertEquals("A-1, B-2", row.getKeys());
        assertFalse(row.getStatus().isEmpty());
        assertEquals("", row.getTitle(), "an older core does not say");
        assertEquals("<why>", row.getMessage());
        assertNull(DeliveryLink.page(0, DeliveryLinkTest::outbox).getProblem());
    }

    @Test
    void aRowSaysWhatItIsAbout() {
        DeliveryLink.Row row = new DeliveryLink.Row(Receipt.parse(("{\"id\": 7, \"kind\": \"deployment\", \"status\": \"held\","
                        + " \"pipelineId\": \"team/app\", \"number\": 42, \"state\": \"failed\","
                        + " \"environment\": {\"id\": \"eu-1\", \"name\": \"Production EU\", \"type\": \"production\"},"
                        + " \"url\": \"https://ci.example.com/job/app/42/\"}")
                .getBytes(StandardCharsets.UTF_8)));
        assertEquals(
                List.of("team/app #42", "Production EU", "failed", "https://ci.example.com/job/app/42/"),
                List.of(row.getTitle(), row.getEnvironment(), row.getState(), row.getUrl()));
        Receipt script = Receipt.parse("{\"url\": \"javascript:alert(1)\"}".getBytes(StandardCharsets.UTF_8));
        assertEquals("", new DeliveryLink.Row(script).getUrl());
    }

    @Test
    void isForAdministratorsOnly() {
        DeliveryLink link = new DeliveryLink();
        Jenkins jenkins = mock(Jenkins.class);
        try (MockedStatic<Jenkins> statics = mockStatic(Jenkins.class)) {
            statics.when(Jenkins::get).thenReturn(jenkins);
            assertSame(link, link.getTarget());
            doThrow(new SecurityException("no")).when(jenkins).checkPermission(Jenkins.ADMINISTER);
            assertThrows(SecurityException.class, link::getTarget);
            assertThrows(SecurityException.class, () -> link.doRetry("1", null));
            assertThrows(SecurityException.class, () -> link.doDrop("1"));
        }
    }

    @Test
    void whatHasAnEffectTakesPostOnly() {
        int found = 0;
        for (Method method : DeliveryLink.class.getMethods()) {
            if (method.getName().startsWith("do")) {
                assertTrue(method.isAnnotationPresent(RequirePOST.class), method.getName());
                found++;
            }
        }
        assertEquals(2, found);
    }
}
