package io.jenkins.plugins.jirasend.nativecore;

import static io.jenkins.plugins.jirasend.nativecore.Setting.ask;
import static io.jenkins.plugins.jirasend.nativecore.Setting.build;
import static io.jenkins.plugins.jirasend.nativecore.Setting.bytes;
import static io.jenkins.plugins.jirasend.nativecore.Setting.check;
import static io.jenkins.plugins.jirasend.nativecore.Setting.newFolder;
import static io.jenkins.plugins.jirasend.nativecore.Setting.number;
import static io.jenkins.plugins.jirasend.nativecore.Setting.settings;
import static io.jenkins.plugins.jirasend.nativecore.Setting.submit;
import static io.jenkins.plugins.jirasend.nativecore.Setting.text;

import java.util.ArrayList;
import java.util.List;

/** Out of memory at every place where the library asks the JVM for some. Run with a small heap. */
final class SmallHeap {
    private static final byte[] LIST = bytes("{\"what\": \"list\", \"limit\": 1000}");
    private static final byte[] BAD = bytes("{\"kind\": \"build\", \"knid\": 1}");

    private SmallHeap() {}

    /** Takes all the heap; the chunks get smaller towards the end. */
    private static List<byte[]> fill() {
        List<byte[]> ballast = new ArrayList<>(100_000);
        for (int chunk = 1 << 20; chunk >= 64; chunk /= 2) {
            try {
                while (true) {
                    ballast.add(new byte[chunk]);
                }
            } catch (OutOfMemoryError e) {
                // the next size
            }
        }
        return ballast;
    }

    private static List<byte[]> fillUpTo(int left) {
        List<byte[]> ballast = fill();
        int freed = 0;
        while (freed < left && !ballast.isEmpty()) {
            freed += ballast.remove(ballast.size() - 1).length;
        }
        return ballast;
    }

    private static long openWithLongList() throws Exception {
        long handle = NativeCore.open(bytes(settings(newFolder("heap"), ", \"paused\": true")));
        Setting.putSite(handle);
        StringBuilder keys = new StringBuilder();
        for (int i = 1; i <= 500; i++) {
            keys.append(" PROJECT-").append(i);
        }
        for (int i = 0; i < 300; i++) {
            submit(handle, build("heap", i, ", \"keyText\": [\"" + keys + "\"]"));
        }
        return handle;
    }

    static void anAnswerThatDoesNotFit() throws Exception {
        long handle = openWithLongList();
        int length = NativeCore.ask(handle, LIST, 0).length;
        check(length > 1_000_000, "a long answer: " + length);
        List<byte[]> ballast = fillUpTo(length / 4);
        Throwable thrown = null;
        try {
            NativeCore.ask(handle, LIST, 0);
        } catch (OutOfMemoryError e) {
            thrown = e;
        }
        check(!ballast.isEmpty(), "the ballast was held until here");
        ballast.clear();
        check(thrown != null, "OutOfMemoryError was thrown");
        check(NativeCore.ask(handle, LIST, 0).length == length, "and the client works as before");
        NativeCore.close(handle, 5000);
    }

    /** From no memory at all upwards, so that every allocation is once the one that fails. */
    static void errorsWithoutMemory() throws Exception {
        long handle = NativeCore.open(bytes(settings(null, "")));
        List<byte[]> ballast = fill();
        int outOfMemory = 0;
        int refused = 0;
        while (refused < 3) {
            try {
                NativeCore.submit(handle, BAD, null);
            } catch (OutOfMemoryError e) {
                outOfMemory++;
            } catch (JiraSendException e) {
                refused++;
            }
            try {
                NativeCore.ask(0, BAD, 0);
            } catch (OutOfMemoryError | IllegalStateException e) {
                // either is fine
            }
            try {
                NativeCore.submit(handle, null, null);
            } catch (OutOfMemoryError | NullPointerException e) {
                // either is fine
            }
            try {
                NativeCore.version();
            } catch (OutOfMemoryError e) {
                // fine
            }
            ballast.remove(ballast.size() - 1);
        }
        ballast.clear();
        check(outOfMemory > 0, "memory was short");
        ask(handle, "{\"what\": \"status\"}");
        NativeCore.close(handle, 5000);
    }

    static void aReceiptThatDoesNotFitComesAgain() throws Exception {
        long handle = Setting.openWithSite(newFolder("receipt"));
        StringBuilder keys = new StringBuilder();
        for (int i = 1; i <= 500; i++) {
            keys.append(" ").append("P".repeat(200)).append("-").append(i);
        }
        long[] cursor = {1};
        long id = submit(handle, build("receipt", 1, ", \"keyText\": [\"" + keys + "\"]"));
        byte[] first = NativeCore.nextReceipt(handle, cursor, 30_000);
        check(number(text(first), "id") == id && first.length > 100_000, "a long receipt: " + first.length);
        cursor[0] = 1;
        List<byte[]> ballast = fillUpTo(first.length / 4);
        Throwable thrown = null;
        try {
            NativeCore.nextReceipt(handle, cursor, 30_000);
        } catch (OutOfMemoryError e) {
            thrown = e;
        }
        check(!ballast.isEmpty(), "the ballast was held until here");
        ballast.clear();
        check(thrown != null && cursor[0] == 1, "the cursor stays where it was");
        check(number(text(NativeCore.nextReceipt(handle, cursor, 30_000)), "id") == id, "the receipt comes again");
        NativeCore.close(handle, 5000);
    }
}
