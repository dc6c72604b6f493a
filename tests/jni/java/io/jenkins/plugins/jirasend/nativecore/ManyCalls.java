package io.jenkins.plugins.jirasend.nativecore;

import static io.jenkins.plugins.jirasend.nativecore.Setting.bytes;
import static io.jenkins.plugins.jirasend.nativecore.Setting.check;
import static io.jenkins.plugins.jirasend.nativecore.Setting.newFolder;
import static io.jenkins.plugins.jirasend.nativecore.Setting.openWithSite;
import static io.jenkins.plugins.jirasend.nativecore.Setting.submit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A million calls leave nothing behind. Run with a heap of fixed size, touched at the start. */
final class ManyCalls {
    private static final int CALLS = 1_000_000;
    private static final int WARM = 200_000;
    private static final long GROWTH_KB = 8 * 1024;

    private ManyCalls() {}

    private static long residentKb() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new AssertionError("no VmRSS");
    }

    static void residentMemoryIsFlat() throws Exception {
        long handle = openWithSite(newFolder("many"));
        long id = submit(handle, Setting.build("many", 1, ""));
        byte[] receipt = bytes("{\"what\": \"receipt\", \"id\": " + id + "}");
        byte[] keys = bytes("{\"what\": \"keys\", \"text\": \"feature/APP-2-login \uD83D\uDE80 UTF-8\"}");
        byte[] status = bytes("{\"what\": \"status\"}");
        byte[] bad = bytes("{\"kind\": \"build\", \"knid\": \"\uD83D\uDE80\"}");
        byte[] secret = bytes(Setting.SECRET);
        byte[] site = bytes("{\"site\": \"other.example\", \"clientId\": \"c\", \"apiUrl\": \"" + Setting.URL + "\"}");
        long[] cursor = {0};
        long afterWarm = 0;
        int thrown = 0;
        for (int call = 0; call < CALLS; call++) {
            if (call == WARM) {
                afterWarm = residentKb();
            }
            try {
                switch (call % 10) {
                    case 0 -> NativeCore.ask(handle, receipt, 0);
                    case 1 -> NativeCore.submit(handle, bad, null);
                    case 2 -> NativeCore.nextReceipt(handle, cursor, 0);
                    case 3 -> NativeCore.ask(1, keys, 0);
                    case 4 -> NativeCore.putSite(handle, site, secret);
                    case 5 -> NativeCore.version();
                    case 6 -> NativeCore.ask(handle, status, 0);
                    case 7 -> NativeCore.removeSite(handle, null);
                    default -> NativeCore.ask(handle, keys, 0);
                }
            } catch (JiraSendException | IllegalStateException | NullPointerException e) {
                thrown++;
            }
        }
        long growth = residentKb() - afterWarm;
        check(thrown == CALLS / 10 * 3, "thrown: " + thrown);
        check(growth < GROWTH_KB, "grew by " + growth + " KB to " + residentKb() + " KB");
        NativeCore.close(handle, 5000);
    }
}
