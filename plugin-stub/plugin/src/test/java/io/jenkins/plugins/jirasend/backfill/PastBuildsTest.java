package io.jenkins.plugins.jirasend.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doReturn;

import hudson.model.Result;
import hudson.model.Run;
import io.jenkins.plugins.jirasend.event.FakeServices;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.nativecore.Submission;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import net.sf.json.JSONObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PastBuildsTest {
    private static final long BEGUN = 1_764_000_000_000L; // in November 2025

    private final FakeServices services = new FakeServices();
    private final Controller controller = new Controller();
    private final FakeOutbox outbox = new FakeOutbox();
    private final Map<String, Object> disk = new HashMap<>();
    private int writes;

    /** Builds without a Jenkins. */
    private final class Controller extends Builds {
        final Map<String, Integer> jobs = new LinkedHashMap<>();
        final List<String> loaded = new ArrayList<>();
        final Set<Run<?, ?>> kept = new HashSet<>();
        volatile Consumer<String> onBuild = name -> {};

        @Override
        List<String> jobs() {
            return List.copyOf(new TreeSet<>(jobs.keySet()));
        }

        @Override
        int[] numbers(String job) {
            return IntStream.rangeClosed(1, jobs.get(job)).toArray();
        }

        @Override
        long startedAt(String job, int number) {
            return BEGUN + number * 1000L;
        }

        @Override
        Run<?, ?> build(String job, int number) {
            loaded.add(job + "#" + number);
            onBuild.accept(job + "#" + number);
            // every second one names no issue
            Run<?, ?> run = services.build(job, number, number % 2 == 0 ? Map.of() : Map.of("BRANCH_NAME", "APP-" + number));
            doReturn(BEGUN + number * 1000L).when(run).getStartTimeInMillis();
            doReturn(500L).when(run).getDuration();
            doReturn(Result.FAILURE).when(run).getResult();
            assertTrue(kept.isEmpty(), "another one is still loaded");
            kept.add(run);
            return run;
        }

        @Override
        void forget(Run<?, ?> run) {
            kept.remove(run);
        }
    }

    /** Takes events; those with an id above {@code sent} still wait. */
    private final class FakeOutbox implements PastBuilds.Outbox {
        final List<JSONObject> events = new ArrayList<>();
        final List<Long> withdrawn = new ArrayList<>();
        final Map<String, Long> ids = new HashMap<>();
        long sent = Long.MAX_VALUE;
        int failAt = -1;
        volatile boolean refuse;
        Runnable onSubmit = () -> {};

        @Override
        public long submit(Submission event) throws IOException {
            if (refuse) {
                throw new IOException("closed");
            }
            if (events.size() == failAt) {
                failAt = -1;
                throw new IOException("full");
            }
            Long known = ids.get(event.requestId());
            if (known == null) {
                events.add(JSONObject.fromObject(event.document()));
                known = (long) events.size();
                ids.put(event.requestId(), known);
            }
            onSubmit.run();
            return known;
        }

        @Override
        public boolean isOpen(long id) {
            return id > sent && !withdrawn.contains(id);
        }

        @Override
        public void withdraw(long id) {
            withdrawn.add(id);
        }
    }

    @BeforeEach
    void prepare() {
        Services.replace(services);
        services.addSite("acme.atlassian.net");
        controller.jobs.put("b", 3);
        controller.jobs.put("a/team", 4);
    }

    @AfterEach
    void clean() {
        Services.replace(null);
    }

    private PastBuilds backfill() {
        return new PastBuilds(controller, outbox, new PastBuilds.Store() {
            @Override
            public Object read() {
                return disk.get("file");
            }

            @Override
            public void write(Object content) {
                writes++;
                disk.put("file", content);
            }
        });
    }

    /** Its thread is another one; what matters is what it has done at its end. */
    private static void await(PastBuilds backfill, Progress.Phase phase) throws InterruptedException {
        for (int i = 0; i < 2000 && backfill.progress().phase() != phase; i++) {
            Thread.sleep(10);
        }
        assertEquals(phase, backfill.progress().phase());
    }

    private List<String> told() {
        return outbox.events.stream()
                .map(event -> event.getString("pipelineId") + "#" + event.getInt("number"))
                .toList();
    }

    private PastBuilds counted() throws InterruptedException {
        PastBuilds backfill = backfill();
        backfill.count();
        await(backfill, Progress.Phase.COUNTED);
        return backfill;
    }

    @Test
    void countsFirstWithoutLoadingABuild() throws Exception {
        PastBuilds backfill = counted();
        assertEquals(Map.of("a/team", Map.of("2025-11", 4), "b", Map.of("2025-11", 3)), backfill.progress().counts());
        assertEquals(7, backfill.progress().total());
        assertEquals(List.of(), controller.loaded);
        assertEquals(List.of(), outbox.events);
    }

    @Test
    void tellsEachBuildThatNamesAnIssueAsNewsOfThePast() throws Exception {
        PastBuilds backfill = counted();
        backfill.start();
        await(backfill, Progress.Phase.DONE);
        assertEquals(List.of("a/team#1", "a/team#3", "b#1", "b#3"), told());
        JSONObject event = outbox.events.get(0);
        assertTrue(event.getBoolean("history"));
        assertEquals("failed", event.getString("state"));
        assertEquals("2025-11-24T16:00:01.500Z", event.getString("updatedAt"));
        assertEquals(4, backfill.progress().told());
        assertEquals(3, backfill.progress().silent());
        assertTrue(writes <= 6, "a sync of the disk for each build: " + writes);
        assertEquals(7, controller.loaded.size(), "each once");
        assertEquals(Set.of(), controller.kept);
    }

    @Test
    void goesOnAfterARestartWhereItWas() throws Exception {
        PastBuilds backfill = counted();
        backfill.start();
        await(backfill, Progress.Phase.DONE);
        Map<String, Object> file = new LinkedHashMap<>((Map<String, Object>) cast(disk.get("file")));
        file.put("phase", "SENDING");
        file.put("job", "a/team");
        file.put("number", 2);
        disk.put("file", file);
        controller.loaded.clear();
        PastBuilds after = backfill();
        after.resume();
        await(after, Progress.Phase.DONE);
        assertEquals(List.of("a/team#3", "a/team#4", "b#1", "b#2", "b#3"), controller.loaded);
        assertEquals(4, outbox.events.size(), "the core knows them by their request ids");
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> cast(Object map) {
        return (Map<String, Object>) map;
    }

    @Test
    void stoppingTakesBackWhatIsNotSentAndStartingTellsItAgain() throws Exception {
        PastBuilds backfill = counted();
        outbox.sent = 1; // the first is with Jira, the others wait
        outbox.onSubmit = () -> {
            if (outbox.events.size() == 3) {
                new Thread(backfill::stop).start();
            }
        };
        backfill.start();
        await(backfill, Progress.Phase.STOPPED);
        assertTrue(outbox.withdrawn.containsAll(List.of(2L, 3L)) && !outbox.withdrawn.contains(1L), outbox.withdrawn.toString());
        outbox.onSubmit = () -> {};
        outbox.sent = Long.MAX_VALUE;
        backfill.start();
        await(backfill, Progress.Phase.DONE);
        List<String> all = told();
        assertEquals(List.of("a/team#3", "b#1", "b#3"), all.subList(all.size() - 3, all.size()));
        assertEquals(1, all.stream().filter("a/team#1"::equals).count());
    }

    /** Its thread may be busy with a build meanwhile, and must not go on from there: what was taken back lies before it. */
    @Test
    void startingRightAfterStoppingTellsWhatWasTakenBack() throws Exception {
        PastBuilds backfill = counted();
        outbox.sent = 1;
        AtomicBoolean once = new AtomicBoolean();
        controller.onBuild = name -> {
            if (name.equals("b#1") && once.compareAndSet(false, true)) {
                backfill.stop();
                backfill.start();
            }
        };
        backfill.start();
        await(backfill, Progress.Phase.DONE);
        assertEquals(List.of(2L), outbox.withdrawn);
        assertEquals(List.of("a/team#1", "a/team#3", "a/team#3", "b#1", "b#3"), told());
    }

    /** Also from the middle of a build: what could not be read then is no build without an issue. */
    @Test
    void endsWithJenkinsAndLosesNoBuild() throws Exception {
        PastBuilds backfill = counted();
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        outbox.refuse = true;
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        controller.onBuild = name -> {
            if (name.equals("a/team#2")) {
                reading.countDown();
                await(ended);
                throw new IllegalStateException("Jenkins is gone");
            }
        };
        backfill.start();
        Thread.sleep(50);
        outbox.refuse = false; // which it finds a second later
        assertTrue(reading.await(10, TimeUnit.SECONDS));
        new Thread(() -> {
            await(() -> backfill.isEnded());
            ended.countDown();
        }).start();
        backfill.end();
        assertEquals(Progress.Phase.SENDING, backfill.progress().phase());
        assertEquals(1, backfill.progress().number(), "build 2 was not looked at");
        assertEquals(1, cast(disk.get("file")).get("number"), "how far it came is written down");
        Set<Thread> after = new HashSet<>(Thread.getAllStackTraces().keySet());
        after.removeAll(before);
        after.removeIf(thread -> !thread.getName().contains("history of builds"));
        assertEquals(Set.of(), after);

        controller.onBuild = name -> {};
        backfill.resume();
        await(backfill, Progress.Phase.DONE);
        assertEquals(List.of("a/team#1", "a/team#3", "b#1", "b#3"), told());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        for (int i = 0; i < 1000 && !condition.getAsBoolean(); i++) {
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void whoEndsWhileItRestsIsNotKeptWaiting() throws Exception {
        PastBuilds backfill = counted();
        outbox.refuse = true;
        backfill.start();
        Thread.sleep(100);
        long begun = System.nanoTime();
        backfill.end();
        assertTrue(System.nanoTime() - begun < 900_000_000L, "it slept to its end");
        assertEquals(Progress.Phase.SENDING, backfill.progress().phase());
        assertEquals(List.of(), outbox.events);
    }

    /** A core that is closed, or a Jenkins without an address, must not make builds look as if they named no issue. */
    @Test
    void whateverKeepsEverythingFromBeingSubmittedIsWaitedFor() throws Exception {
        for (Consumer<Boolean> obstacle : List.<Consumer<Boolean>>of(
                there -> services.sender.unavailable = there ? "The outbox is in use on another host." : null,
                there -> services.rootUrl = there ? null : "https://ci.example.com/")) {
            outbox.events.clear();
            outbox.ids.clear();
            PastBuilds backfill = counted();
            obstacle.accept(true);
            backfill.start();
            await(() -> backfill.obstacle() != null);
            Thread.sleep(100);
            assertEquals(Progress.Phase.SENDING, backfill.progress().phase());
            assertEquals(0, backfill.progress().silent());
            obstacle.accept(false);
            await(backfill, Progress.Phase.DONE);
            assertEquals(List.of("a/team#1", "a/team#3", "b#1", "b#3"), told());
            assertEquals(3, backfill.progress().silent());
        }
    }

    @Test
    void aFullOutboxIsWaitedFor() throws Exception {
        PastBuilds backfill = counted();
        outbox.failAt = 2;
        backfill.start();
        await(backfill, Progress.Phase.DONE);
        assertEquals(List.of("a/team#1", "a/team#3", "b#1", "b#3"), told());
    }

    @Test
    void aFileThatSomebodyEditedIsReadAsFarAsItMakesSense() {
        assertEquals(Progress.Phase.NOTHING, Progress.read("nonsense").phase());
        assertEquals(Progress.Phase.NOTHING, Progress.read(Map.of("phase", "LOST", "pending", List.of("x"))).phase());
        Progress progress = new Progress(
                Progress.Phase.SENDING, Map.of("a", Map.of("2025-11", 2)), 5, "a", 3, 4, 1,
                List.of(new Progress.Pending(9, "a", 3)), 2);
        assertEquals(progress, Progress.read(progress.toMap()));
    }
}
