package io.jenkins.plugins.jirasend.nativecore;

import static io.jenkins.plugins.jirasend.nativecore.JiraSendException.Code.CLOSED;
import static io.jenkins.plugins.jirasend.nativecore.JiraSendException.Code.REFUSED;
import static io.jenkins.plugins.jirasend.nativecore.Setting.act;
import static io.jenkins.plugins.jirasend.nativecore.Setting.ask;
import static io.jenkins.plugins.jirasend.nativecore.Setting.build;
import static io.jenkins.plugins.jirasend.nativecore.Setting.bytes;
import static io.jenkins.plugins.jirasend.nativecore.Setting.check;
import static io.jenkins.plugins.jirasend.nativecore.Setting.has;
import static io.jenkins.plugins.jirasend.nativecore.Setting.newFolder;
import static io.jenkins.plugins.jirasend.nativecore.Setting.number;
import static io.jenkins.plugins.jirasend.nativecore.Setting.open;
import static io.jenkins.plugins.jirasend.nativecore.Setting.openWithSite;
import static io.jenkins.plugins.jirasend.nativecore.Setting.receipt;
import static io.jenkins.plugins.jirasend.nativecore.Setting.refused;
import static io.jenkins.plugins.jirasend.nativecore.Setting.submit;
import static io.jenkins.plugins.jirasend.nativecore.Setting.text;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Java, library, core, sandbox, and back. */
final class RealWay {
    private RealWay() {}

    static void version() {
        check(NativeCore.version().equals(NativeCore.VERSION), NativeCore.version());
    }

    static void submitAndReadTheReceipt() throws Exception {
        long handle = openWithSite(newFolder("real"));
        long[] cursor = {0};
        check(NativeCore.nextReceipt(handle, cursor, 0) == null, "nothing yet");
        check(cursor[0] > 0, "from now on means from the first call");
        String rocket = "\uD83D\uDE80";
        long id = submit(handle, build("team/" + rocket, 42, ", \"requestId\": \"r-" + rocket + "\""));
        String receipt = text(NativeCore.nextReceipt(handle, cursor, 30_000));
        check(number(receipt, "id") == id, receipt);
        check(has(receipt, "status", "\"accepted\"") && has(receipt, "requestId", "\"r-" + rocket + "\""), receipt);
        check(NativeCore.nextReceipt(handle, cursor, 50) == null, "only one");
        check(receipt(handle, id).contains("\"accepted\""), "asked for");
        // The same request again is the same event.
        check(submit(handle, build("team/" + rocket, 42, ", \"requestId\": \"r-" + rocket + "\"")) == id, "request id");
        NativeCore.close(handle, 5000);
    }

    static void optionsCountForTheirEvent() throws Exception {
        long handle = openWithSite(newFolder("options"));
        String text = "{\"kind\": \"build\", \"site\": \"" + Setting.URL + "\", \"pipelineId\": \"options\", \"number\": 1"
                + ", \"url\": \"https://ci.example.com/1\", \"state\": \"SUCCESS\", \"keyText\": [\"app-1 OPS-2 KIP-3\"]}";
        byte[] options = bytes("{\"origin\": \"ci-1\", \"anyCase\": true, \"projects\": \"APP,KIP\", \"notKeys\": \"KIP\""
                + ", \"environments\": \"live-*=production\", \"properties\": {\"team\": \"a\"}, \"emails\": false}");
        long id = NativeCore.submit(handle, bytes(text), options);
        check(has(receipt(handle, id), "issueKeys", "[\"APP-1\"]"), receipt(handle, id));
        long plain = NativeCore.submit(handle, bytes(text.replace("\"number\": 1", "\"number\": 2")), null);
        check(has(receipt(handle, plain), "issueKeys", "[\"OPS-2\",\"KIP-3\"]"), receipt(handle, plain));
        NativeCore.close(handle, 5000);
    }

    static void everyQuestion() throws Exception {
        long handle = openWithSite(newFolder("questions"));
        String site = "\"site\": \"" + Setting.URL + "\"";
        String report = ask(handle, "{\"what\": \"check\", " + site + "}");
        check(report.contains("\"token\":{\"ok\":true") && report.contains("\"cloudId\":{\"ok\":true"), report);
        String gate = ask(handle, "{\"what\": \"gate\", " + site
                + ", \"pipelineId\": \"p\", \"environmentId\": \"e\", \"number\": 1}");
        check(has(gate, "status", "\"unknown\""), gate);
        check(has(ask(handle, "{\"what\": \"status\"}"), "waiting", "0"), "status");
        check(ask(handle, "{\"what\": \"list\"}").equals("[]"), "list");
        check(ask(handle, "{\"what\": \"keys\", \"text\": \"APP-1 utf-8 UTF-8 app-2\"}").equals("[\"APP-1\"]"), "keys");
        NativeCore.close(handle, 5000);
    }

    static void theHistoryAnswers() throws Exception {
        long handle = openWithSite(newFolder("history"));
        long[] cursor = {0};
        check(NativeCore.nextReceipt(handle, cursor, 0) == null, "nothing yet");
        long first = submit(handle, build("history", 1, ", \"requestId\": \"first\""));
        check(number(text(NativeCore.nextReceipt(handle, cursor, 30_000)), "id") == first, "settled");
        long second = submit(handle, build("history", 2, ""));
        check(number(text(NativeCore.nextReceipt(handle, cursor, 30_000)), "id") == second, "settled");
        String page = ask(handle, "{\"what\": \"history\", \"pipelineId\": \"history\", \"limit\": 1}");
        check(has(page, "cursor", "\"" + second + "\"") && has(page, "number", "2"), page);
        page = ask(handle, "{\"what\": \"history\", \"limit\": 1, \"cursor\": \"" + second + "\"}");
        check(has(page, "number", "1"), page);
        page = ask(handle, "{\"what\": \"history\", \"pipelineId\": \"history\", \"number\": 1}");
        check(has(page, "number", "1") && !has(page, "number", "2"), page);
        page = ask(handle, "{\"what\": \"history\", \"state\": \"failed\", \"statuses\": \"accepted\"}");
        check(page.equals("{\"receipts\":[]}"), page);
        check(ask(handle, "{\"what\": \"kept\", \"id\": " + first + "}").equals("{\"kept\":true}"), "kept");
        act(handle, "{\"do\": \"resend\", \"id\": " + first + ", \"state\": \"cancelled\"}");
        String again = text(NativeCore.nextReceipt(handle, cursor, 30_000));
        check(has(again, "state", "\"cancelled\"") && has(again, "status", "\"accepted\"") && has(again, "number", "1"), again);
        check(ask(handle, "{\"what\": \"kept\", \"id\": " + first + "}").equals("{\"kept\":false}"), "overtaken");
        refused(JiraSendException.Code.NOT_FOUND, "gone", () -> act(handle, "{\"do\": \"resend\", \"id\": " + first + "}"));
        refused(JiraSendException.Code.ARGUMENT, "no state of a build",
                () -> act(handle, "{\"do\": \"resend\", \"id\": " + second + ", \"state\": \"rolled_back\"}"));
        String key = "LOG4J2-17";
        submit(handle, build("history", 3, ", \"keyText\": [\"" + key + "\"]"));
        String why = ask(handle, "{\"what\": \"explain\", \"key\": \"" + key + "\"}");
        check(has(why, "key", "\"" + key + "\"") && has(why, "number", "3"), why);
        refused(JiraSendException.Code.NOT_FOUND, "diff",
                () -> ask(handle, "{\"what\": \"diff\", \"first\": \"a\", \"second\": \"b\"}"));
        check(ask(handle, "{\"what\": \"metrics\"}").endsWith("# EOF\n"), "metrics");
        NativeCore.close(handle, 5000);
    }

    static void keysFollowTheSettings() throws Exception {
        long handle = NativeCore.open(bytes(Setting.settings(
                null, ", \"anyCase\": true, \"projects\": \"APP,OPS,KIP\", \"notKeys\": \"KIP\"")));
        String keys = ask(handle, "{\"what\": \"keys\", \"text\": \"app-2 XYZ-1 KIP-9 OPS-3\"}");
        check(keys.equals("[\"APP-2\",\"OPS-3\"]"), keys);
        NativeCore.close(handle, 1000);
    }

    static void checkReportsWhatDoesNotWork() throws Exception {
        long handle = open(null);
        NativeCore.putSite(handle, bytes("{\"site\": \"" + Setting.URL + "\", \"clientId\": \"stranger\"}"), bytes("no"));
        String report = ask(handle, "{\"what\": \"check\", \"site\": \"" + Setting.URL + "\"}");
        check(report.contains("\"token\":{\"ok\":false"), report);
        NativeCore.close(handle, 5000);
    }

    static void theSecretStaysJavas() throws Exception {
        long handle = open(null);
        byte[] secret = bytes(Setting.SECRET);
        byte[] before = secret.clone();
        NativeCore.putSite(
                handle, bytes("{\"site\": \"" + Setting.URL + "\", \"clientId\": \"" + Setting.CLIENT_ID + "\"}"), secret);
        check(Arrays.equals(secret, before), "the array is as it was");
        Arrays.fill(secret, (byte) 0);
        long id = submit(handle, build("secret", 1, ""));
        long[] cursor = {1};
        check(has(text(NativeCore.nextReceipt(handle, cursor, 30_000)), "id", "" + id), "the copy was used");
        NativeCore.close(handle, 5000);
    }

    static void pausedKeepsEvents() throws Exception {
        Path outbox = newFolder("paused");
        long handle = NativeCore.open(bytes(Setting.settings(outbox, ", \"paused\": true")));
        Setting.putSite(handle);
        long id = submit(handle, build("paused", 1, ""));
        String receipt = receipt(handle, id);
        check(has(receipt, "status", "\"queued\"") && receipt.contains("paused"), receipt);
        check(number(ask(handle, "{\"what\": \"list\", \"after\": 0, \"limit\": 10}"), "id") == id, "listed");
        act(handle, "{\"do\": \"retry\", \"id\": " + id + "}");
        act(handle, "{\"do\": \"retry\", \"site\": \"" + Setting.URL + "\"}");
        act(handle, "{\"do\": \"retry\"}");
        long dropped = submit(handle, build("paused", 2, ""));
        act(handle, "{\"do\": \"drop\", \"id\": " + dropped + "}");
        check(has(receipt(handle, dropped), "status", "\"rejected\""), "dropped");
        NativeCore.close(handle, 5000);

        handle = openWithSite(outbox);
        long[] cursor = {1};
        String next;
        do {
            next = text(NativeCore.nextReceipt(handle, cursor, 30_000));
        } while (number(next, "id") != id);
        check(has(next, "status", "\"accepted\""), next);
        NativeCore.close(handle, 5000);
    }

    static void removedSiteKeepsEvents() throws Exception {
        long handle = openWithSite(newFolder("removed"));
        NativeCore.removeSite(handle, bytes(Setting.URL));
        long id = submit(handle, build("removed", 1, ""));
        check(has(receipt(handle, id), "status", "\"queued\""), receipt(handle, id));
        long[] cursor = {1};
        Setting.putSite(handle);
        check(number(text(NativeCore.nextReceipt(handle, cursor, 30_000)), "id") == id, "sent at last");
        NativeCore.close(handle, 5000);
    }

    static void cancelEndsWaits() throws Exception {
        long handle = openWithSite(newFolder("cancel"));
        CompletableFuture<byte[]> wait = CompletableFuture.supplyAsync(() -> {
            try {
                return NativeCore.nextReceipt(handle, new long[1], 600_000);
            } catch (JiraSendException e) {
                throw new CompletionException(e);
            }
        });
        // The wait may not have begun yet, so it is told until it hears.
        while (!wait.isDone()) {
            act(handle, "{\"do\": \"cancelWaits\"}");
            Thread.sleep(5);
        }
        try {
            wait.join();
            throw new AssertionError("the wait was not cancelled");
        } catch (CompletionException e) {
            check(((JiraSendException) e.getCause()).kind() == CLOSED, e.toString());
        }
        long[] cursor = {0};
        check(NativeCore.nextReceipt(handle, cursor, 0) == null, "usable as before");
        NativeCore.close(handle, 5000);
    }

    static void oneClientForOneFolder() throws Exception {
        Path outbox = newFolder("one");
        long handle = open(outbox);
        refused(REFUSED, "a second client", () -> open(outbox));
        NativeCore.close(handle, 5000);
        NativeCore.close(open(outbox), 5000);
    }
}
