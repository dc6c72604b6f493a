package io.jenkins.plugins.jirasend.outbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.jirasend.nativecore.History;
import io.jenkins.plugins.jirasend.nativecore.Json;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Rows and the ways from page to page. */
class EventPagesTest {
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    private static Map<?, ?> receipt(String more) {
        return Json.readObject(("{\"id\": 7, \"kind\": \"build\", \"site\": \"a.example\", \"status\": \"held\","
                        + " \"message\": \"Not now.\", \"submittedAt\": \"2026-11-30T11:57:00Z\"" + more + "}")
                .getBytes(StandardCharsets.UTF_8));
    }

    private static EventRow row(String more, EventRow.Kept kept) {
        return new EventRow(receipt(more), kept, false, NOW);
    }

    private static class Outbox implements OpenEvents.Source {
        @Override
        public List<Map<?, ?>> list(long after, int limit) {
            List<Map<?, ?>> found = new ArrayList<>();
            LongStream.range(after + 1, 122).limit(limit).forEach(id -> found.add(Map.of("id", id, "status", "queued")));
            return found;
        }

        @Override
        public List<Map<?, ?>> ofStatus(String status, long before, int limit) {
            return List.of(Map.of("id", 99L, "status", status));
        }
    }

    /** As a browser does it that follows a link. */
    private static OpenEvents follow(String address) {
        Map<String, String> parameters = new java.util.HashMap<>();
        for (String part : address.replaceFirst("^\\?", "").split("&")) {
            parameters.put(part.replaceFirst("=.*", ""), part.replaceFirst(".*?=", ""));
        }
        return OpenEvents.read(parameters::get, Set.of(), new Outbox());
    }

    private static List<Long> ids(OpenEvents events) {
        return events.getTable().getRows().stream().map(EventRow::getId).toList();
    }

    @Test
    void everyEventIsOnOnePageAndThereIsAWayBack() {
        OpenEvents first = follow("");
        assertEquals(LongStream.rangeClosed(1, 50).boxed().toList(), ids(first));
        assertNull(first.getTable().getPrevious());
        OpenEvents second = follow(first.getTable().getNext());
        OpenEvents third = follow(second.getTable().getNext());
        assertEquals(LongStream.rangeClosed(101, 121).boxed().toList(), ids(third));
        assertNull(third.getTable().getNext());
        assertEquals(ids(second), ids(follow(third.getTable().getPrevious())));
        assertEquals(ids(first), ids(follow(second.getTable().getPrevious())));
        assertEquals(50, first.getTable().getOpenCount());
        assertTrue(first.getTable().getOpenIds().startsWith("id=1&id=2&"));
    }

    private static History.Filter search(String... namesAndValues) {
        Map<String, String> parameters = new java.util.HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            parameters.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new HistorySearch(parameters::get).filter();
    }

    /** Typed into the address, days may be of any age; the page says so. */
    @Test
    void aDayThatNoCalendarHasIsSaid() {
        for (String day : List.of("2026-02-30", "+999999999-12-31", "-999999999-01-01")) {
            for (String name : List.of("since", "until")) {
                EventTable table = new HistorySearch(Map.of(name, day)::get).find(null, null);
                assertTrue(table.getProblem().contains(day), day + ": " + table.getProblem());
            }
        }
    }

    private static long day(String day) {
        return LocalDate.parse(day).atStartOfDay(ZoneId.systemDefault()).toInstant().toEpochMilli();
    }

    /** What all events have to be looked at for goes back a month, unless somebody says how far. */
    @Test
    void aSearchThroughAllJobsIsNarrowedInTime() {
        long monthAgo = day(LocalDate.now().minusDays(30).toString());
        assertEquals(monthAgo, search("state", "failed").since());
        assertEquals(monthAgo, search("environment", "prod").since());
        assertEquals(0, search().since());
        assertEquals(0, search("key", "APP-1", "state", "failed").since());
        assertEquals(day("2026-01-01"), search("state", "failed", "since", "2026-01-01").since());
        assertEquals(day("2025-12-02"), search("state", "failed", "until", "2026-01-01").since());
    }

    @Test
    void oneStateCanBeLookedAtAlone() {
        OpenEvents dead = follow("state=dead");
        assertEquals("dead", dead.getState());
        assertEquals("dead letter", dead.getTable().getRows().get(0).getStatus());
        assertEquals("", follow("state=nonsense").getState());
    }

    /** Of few that are open no history of a million has to be searched. */
    @Test
    void theNewestOfAStateAreFoundAmongThoseThatAreOpen() {
        List<Map<?, ?>> open = new ArrayList<>();
        LongStream.rangeClosed(1, 9).forEach(id -> open.add(Map.of("id", id, "status", id % 2 == 0 ? "rejected" : "queued")));
        assertEquals(List.of(8L, 6L, 4L), numbers(OpenEvents.newest("rejected", open, 0, 3)));
        assertEquals(List.of(2L), numbers(OpenEvents.newest("rejected", open, 4, 3)));
        assertEquals(List.of(), numbers(OpenEvents.newest("held", open, 0, 3)));
    }

    private static List<Long> numbers(List<Map<?, ?>> receipts) {
        return receipts.stream().map(receipt -> Json.number(receipt, "id")).toList();
    }

    @Test
    void whatCannotBeReadIsSaid() {
        OpenEvents events = OpenEvents.read(name -> null, Set.of(), new Outbox() {
            @Override
            public List<Map<?, ?>> list(long after, int limit) {
                throw new IllegalStateException("switched off");
            }
        });
        assertEquals("switched off", events.getTable().getProblem());
        assertTrue(events.getTable().getRows().isEmpty());
    }

    @Test
    void aTrailIsReadStrictly() {
        assertEquals(new Trail(List.of(5L, 9L)), Trail.read("5-9"));
        for (String wrong : new String[] {null, "", "x", "5-", "-5", "5--9", "1".repeat(30)}) {
            assertTrue(Trail.read(wrong).isStart(), wrong);
        }
        Trail trail = Trail.read("");
        for (int i = 1; i <= 100; i++) {
            trail = trail.forth(i);
        }
        assertEquals(100, trail.here());
        assertTrue(trail.toString().length() < 300);
    }

    @Test
    void aRowSaysWhatItIsAbout() {
        EventRow row = row(
                ", \"kind\": \"deployment\", \"pipelineId\": \"team/app\", \"number\": 42, \"state\": \"in_progress\","
                        + " \"environment\": {\"id\": \"eu-1\", \"name\": \"Production EU\"},"
                        + " \"url\": \"https://ci.example.com/job/app/42/\"",
                EventRow.Kept.OPEN);
        assertEquals(
                List.of("team/app #42", "Production EU", "in progress", "https://ci.example.com/job/app/42/", "3 min"),
                List.of(row.getTitle(), row.getEnvironment(), row.getState(), row.getUrl(), row.getAge()));
        assertEquals(row.getTitle() + " to " + row.getEnvironment(), row.getThing());
        assertEquals("", row(", \"url\": \"javascript:alert(1)\"", EventRow.Kept.OPEN).getUrl());
        String repository = ", \"repository\": {\"id\": \"git.example.com/app\"}";
        assertEquals(
                "git.example.com/app 1234567",
                row(repository + ", \"kind\": \"commit\", \"hash\": \"1234567890\"", EventRow.Kept.GONE).getTitle());
        assertEquals(
                "git.example.com/app fix",
                row(repository + ", \"kind\": \"branch\", \"branch\": \"fix\"", EventRow.Kept.GONE).getTitle());
        assertEquals(
                "git.example.com/app #12",
                row(repository + ", \"kind\": \"pull_request\", \"number\": 12", EventRow.Kept.GONE).getTitle());
        assertEquals("on", row(", \"kind\": \"flag\", \"flagId\": \"on\"", EventRow.Kept.GONE).getTitle());
    }

    @Test
    void keysBeyondFiveAreFolded() {
        EventRow row = row(", \"issueKeys\": [\"A-1\", \"A-2\", \"A-3\", \"A-4\", \"A-5\", \"A-6\"]", EventRow.Kept.OPEN);
        assertEquals(5, row.getFirstKeys().size());
        assertEquals(List.of("A-6"), row.getOtherKeys());
    }

    @Test
    void aSentenceIsSaidOnceASite() {
        Set<String> said = Set.of(EventTable.said("a.example", "Not now."));
        assertFalse(EventTable.open(List.of(receipt("")), said).get(0).getMessage().contains("Not now."));
        assertEquals(
                "Not now.",
                EventTable.open(List.of(receipt(", \"site\": \"b.example\"")), said).get(0).getMessage());
    }

    @Test
    void onlyWhatCanBeDoneHasAButton() {
        EventRow open = row("", EventRow.Kept.OPEN);
        assertEquals(
                List.of(true, false, false, false),
                List.of(open.isOpen(), open.isResendable(), open.isCancellable(), open.isDeletable()));
        assertEquals("", open.getWhyNot());
        String told = ", \"status\": \"accepted\", \"state\": \"successful\"";
        EventRow kept = row(told, EventRow.Kept.TOLD);
        assertEquals(
                List.of(false, true, true, true),
                List.of(kept.isOpen(), kept.isResendable(), kept.isCancellable(), kept.isDeletable()));
        EventRow gone = row(told, EventRow.Kept.GONE);
        assertEquals(
                List.of(false, false, false, true),
                List.of(gone.isOpen(), gone.isResendable(), gone.isCancellable(), gone.isDeletable()));
        assertFalse(gone.getWhyNot().isEmpty());
        EventRow deleted = row(told + ", \"deleted\": true", EventRow.Kept.GONE);
        assertFalse(deleted.isDeletable());
        assertFalse(row(told + ", \"kind\": \"flag\"", EventRow.Kept.TOLD).isCancellable());
        assertFalse(row(", \"status\": \"accepted\", \"state\": \"cancelled\"", EventRow.Kept.TOLD).isCancellable());
        assertEquals("rejected", row(", \"status\": \"rejected\"", EventRow.Kept.GONE).getStatus());
    }

    @Test
    void aDeletionNamesTheStreamAndNothingElse() {
        assertEquals(
                Map.of("kind", "deployment", "site", "a.example", "delete", true, "pipelineId", "p", "number", 3,
                        "environment", Map.of("id", "e")),
                Deletion.document(receipt(", \"kind\": \"deployment\", \"pipelineId\": \"p\", \"number\": 3, \"state\":"
                        + " \"failed\", \"url\": \"https://x.example\", \"environment\": {\"id\": \"e\", \"name\": \"E\"}")));
        assertEquals(
                Map.of("kind", "branch", "site", "a.example", "delete", true, "name", "fix",
                        "repository", Map.of("id", "r")),
                Deletion.document(receipt(", \"kind\": \"branch\", \"branch\": \"fix\","
                        + " \"repository\": {\"id\": \"r\", \"url\": \"https://x.example\"}")));
        assertNull(Deletion.document(receipt(", \"kind\": \"repository\"")));
    }

    @Test
    void manyAreDoneTogetherAndOneThatIsGoneHarmsNobody() {
        List<Long> done = new ArrayList<>();
        assertThrowsNothing(new String[] {"3", "4", "5"}, id -> {
            if (id == 4) {
                throw new JiraSendException(JiraSendException.Code.NOT_FOUND.number(), "gone", 0, 0);
            }
            done.add(id);
        });
        assertEquals(List.of(3L, 5L), done);
    }

    private static void assertThrowsNothing(String[] ids, Deeds.EventDeed deed) {
        try (var responses = org.mockito.Mockito.mockStatic(org.kohsuke.stapler.HttpResponses.class)) {
            Deeds.each(ids, deed);
            responses.verify(org.kohsuke.stapler.HttpResponses::forwardToPreviousPage);
            Deeds.each(new String[] {"0"}, deed);
            Deeds.each(null, deed);
            Deeds.each(new String[] {"1", "x"}, deed);
            responses.verify(
                    () -> org.kohsuke.stapler.HttpResponses.errorWithoutStack(
                            org.mockito.ArgumentMatchers.eq(400), org.mockito.ArgumentMatchers.anyString()),
                    org.mockito.Mockito.times(3));
        }
    }

    @Test
    void agesAreInWords() {
        assertEquals(
                List.of("0 s", "59 s", "1 min", "2 h", "47 h", "3 days"),
                List.of(-5L, 59L, 60L, 7200L, 47L * 3600, 3L * 86_400).stream()
                        .map(seconds -> Age.of(Duration.ofSeconds(seconds)))
                        .toList());
        assertNotNull(Age.of(Duration.ZERO));
    }
}
