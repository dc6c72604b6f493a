package io.jenkins.plugins.jirasend.nativecore;

import static io.jenkins.plugins.jirasend.nativecore.Setting.ask;
import static io.jenkins.plugins.jirasend.nativecore.Setting.build;
import static io.jenkins.plugins.jirasend.nativecore.Setting.check;
import static io.jenkins.plugins.jirasend.nativecore.Setting.has;
import static io.jenkins.plugins.jirasend.nativecore.Setting.newFolder;
import static io.jenkins.plugins.jirasend.nativecore.Setting.number;
import static io.jenkins.plugins.jirasend.nativecore.Setting.openWithSite;
import static io.jenkins.plugins.jirasend.nativecore.Setting.submit;
import static io.jenkins.plugins.jirasend.nativecore.Setting.text;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Another native library in the process, with the system's libcurl and OpenSSL. Both speak TLS at
 * the same time, and each with its own. The sandbox is one with TLS.
 */
final class Neighbour {
    private Neighbour() {}

    /** The versions of its libcurl and OpenSSL. */
    static native String versions(String none);

    /** The HTTP status of a GET; negative: libcurl's error. */
    static native int get(String url, String caFile);

    static void bothSpeakTls() throws Exception {
        System.load(System.getProperty("test.neighbour"));
        String versions = versions("");
        check(versions.contains("OpenSSL"), versions);
        check(get(Setting.URL + "/", Setting.CA_FILE) == 200, "before ours");
        long handle = openWithSite(newFolder("neighbour"));
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Integer> neighbour = CompletableFuture.supplyAsync(() -> {
            int good = 0;
            while (!stop.get() && get(Setting.URL + "/", Setting.CA_FILE) == 200) {
                good++;
            }
            return stop.get() ? good : -1;
        });
        long[] cursor = {1};
        for (int i = 0; i < 40; i++) {
            long id = submit(handle, build("neighbour", i, ""));
            String receipt = text(NativeCore.nextReceipt(handle, cursor, 30_000));
            check(number(receipt, "id") == id && has(receipt, "status", "\"accepted\""), receipt);
        }
        check(ask(handle, "{\"what\": \"check\", \"site\": \"" + Setting.URL + "\"}").contains("\"ok\":true"), "check");
        stop.set(true);
        check(neighbour.join() > 0, "the neighbour's requests went well: " + neighbour.join());
        NativeCore.close(handle, 5000);
        check(get(Setting.URL + "/", Setting.CA_FILE) == 200, "after ours");
        check(versions("").equals(versions), "the versions are as before");
    }
}
