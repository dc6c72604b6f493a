package io.jenkins.plugins.jirasend.nativecore;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What the core costs when it is called from Java.
 *
 * <pre>
 * Bench calls FOLDER EMPTY_LIBRARY          ns of an empty native call, ns of one of ours
 * Bench submit FOLDER EVENTS                ns of a submit (median)
 * Bench warm FOLDER EVENTS URL ID SECRET   ns from submit to receipt (median), CPU ns of one
 * </pre>
 */
final class Bench {
    private Bench() {}

    static native void nothing();

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[1]);
        NativeLibrary.load(folder.resolve("native"));
        switch (arguments[0]) {
            case "calls" -> calls(arguments[2]);
            case "submit" -> submit(folder, Integer.parseInt(arguments[2]));
            case "warm" -> warm(folder, arguments);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void calls(String library) {
        System.load(library);
        final int count = 2_000_000;
        long[] empty = new long[7];
        long[] ours = new long[7];
        long seen = 0;
        for (int round = 0; round < empty.length; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                nothing();
            }
            empty[round] = System.nanoTime() - start;
            start = System.nanoTime();
            for (int i = 0; i < count / 10; i++) {
                seen += NativeCore.version().length();
            }
            ours[round] = System.nanoTime() - start;
        }
        if (seen == 0) {
            throw new IllegalStateException("there is no version");
        }
        System.out.println((double) median(empty) / count + " " + (double) median(ours) * 10 / count);
    }

    private static void submit(Path folder, int events) throws Exception {
        long handle = NativeCore.open(settings(folder, ""));
        long[] taken = new long[events];
        for (int i = -events / 5; i < events; i++) {
            byte[] document = build("acme.atlassian.net", events + i);
            long start = System.nanoTime();
            NativeCore.submit(handle, document, null);
            if (i >= 0) {
                taken[i] = System.nanoTime() - start;
            }
        }
        NativeCore.close(handle, 1000);
        System.out.println(median(taken));
    }

    private static void warm(Path folder, String[] arguments) throws Exception {
        int events = Integer.parseInt(arguments[2]);
        String url = arguments[3];
        long handle = NativeCore.open(settings(folder, url));
        NativeCore.putSite(
                handle,
                bytes("{\"site\": \"" + url + "\", \"clientId\": \"" + arguments[4] + "\"}"),
                bytes(arguments[5]));
        long[] cursor = {0};
        NativeCore.nextReceipt(handle, cursor, 0);
        long[] taken = new long[events];
        long cpu = 0;
        for (int i = -events / 5; i < events; i++) {
            if (i == 0) {
                cpu = cpu();
            }
            byte[] document = build(url, events + i);
            long start = System.nanoTime();
            long id = NativeCore.submit(handle, document, null);
            byte[] receipt = NativeCore.nextReceipt(handle, cursor, 30_000);
            long end = System.nanoTime();
            String text = new String(receipt, StandardCharsets.UTF_8);
            if (!text.contains("\"accepted\"") || !text.contains("\"id\":" + id + ",")) {
                throw new IllegalStateException(text);
            }
            if (i >= 0) {
                taken[i] = end - start;
            }
        }
        cpu = cpu() - cpu;
        NativeCore.close(handle, 1000);
        System.out.println(median(taken) + " " + cpu / events);
    }

    private static byte[] settings(Path folder, String url) throws Exception {
        Path outbox = Files.createDirectories(folder.resolve("outbox"));
        String api = url.isEmpty() ? "" : ", \"apiUrl\": \"" + url + "\"";
        return bytes("{\"outbox\": \"" + outbox + "\"" + api + "}");
    }

    private static byte[] build(String site, int number) {
        return bytes("{\"kind\": \"build\", \"site\": \"" + site + "\", \"pipelineId\": \"team/app\", \"number\": "
                + number + ", \"url\": \"https://ci.example.com/job/app/" + number
                + "/\", \"state\": \"successful\", \"issueKeys\": [\"APP-1\"]"
                + ", \"updatedAt\": \"2026-11-23T10:00:00Z\"}");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static long median(long[] values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
