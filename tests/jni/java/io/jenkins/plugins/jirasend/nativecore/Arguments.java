package io.jenkins.plugins.jirasend.nativecore;

import static io.jenkins.plugins.jirasend.nativecore.JiraSendException.Code.ARGUMENT;
import static io.jenkins.plugins.jirasend.nativecore.JiraSendException.Code.DOCUMENT;
import static io.jenkins.plugins.jirasend.nativecore.JiraSendException.Code.FILE;
import static io.jenkins.plugins.jirasend.nativecore.JiraSendException.Code.NOT_FOUND;
import static io.jenkins.plugins.jirasend.nativecore.Setting.act;
import static io.jenkins.plugins.jirasend.nativecore.Setting.ask;
import static io.jenkins.plugins.jirasend.nativecore.Setting.build;
import static io.jenkins.plugins.jirasend.nativecore.Setting.bytes;
import static io.jenkins.plugins.jirasend.nativecore.Setting.check;
import static io.jenkins.plugins.jirasend.nativecore.Setting.has;
import static io.jenkins.plugins.jirasend.nativecore.Setting.newFolder;
import static io.jenkins.plugins.jirasend.nativecore.Setting.open;
import static io.jenkins.plugins.jirasend.nativecore.Setting.openWithSite;
import static io.jenkins.plugins.jirasend.nativecore.Setting.receipt;
import static io.jenkins.plugins.jirasend.nativecore.Setting.refused;
import static io.jenkins.plugins.jirasend.nativecore.Setting.submit;
import static io.jenkins.plugins.jirasend.nativecore.Setting.text;
import static io.jenkins.plugins.jirasend.nativecore.Setting.thrown;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Whatever Java hands over, it gets an exception with a sentence and never a crash. */
final class Arguments {
    private static final byte[] STATUS = bytes("{\"what\": \"status\"}");

    private Arguments() {}

    static void nullIsNullPointerException() throws Exception {
        long handle = open(null);
        Map<String, Setting.Call> calls = Map.of(
                "settings", () -> NativeCore.open(null),
                "site", () -> NativeCore.putSite(handle, null, bytes("s")),
                "secret", () -> NativeCore.putSite(handle, bytes("{}"), null),
                "site ", () -> NativeCore.removeSite(handle, null),
                "document", () -> NativeCore.submit(handle, null, null),
                "cursor", () -> NativeCore.nextReceipt(handle, null, 0),
                "question", () -> NativeCore.ask(handle, null, 0),
                "action", () -> NativeCore.act(handle, null));
        calls.forEach((name, call) -> {
            NullPointerException e = thrown(NullPointerException.class, name, call);
            check(e.getMessage().equals(name.strip() + " is null"), name + ": " + e.getMessage());
        });
        NativeCore.close(handle, 1000);
    }

    static void unknownHandleIsIllegalState() throws Exception {
        long closed = open(null);
        NativeCore.close(closed, 1000);
        long open = open(null);
        for (long handle : new long[] {closed, 0, -1, 1, 42, Long.MAX_VALUE, Long.MIN_VALUE, open + 1, open ^ 1L << 62}) {
            for (Setting.Call call : everyCall(handle)) {
                thrown(IllegalStateException.class, "handle " + handle, call);
            }
            if (handle != closed) {
                thrown(IllegalStateException.class, "close of " + handle, () -> NativeCore.close(handle, 0));
            }
        }
        NativeCore.close(closed, 1000);
        NativeCore.close(open, 1000);
        NativeCore.close(open, -1);
    }

    private static List<Setting.Call> everyCall(long handle) {
        return List.of(
                () -> NativeCore.putSite(handle, bytes("{\"site\": \"a.example\", \"clientId\": \"c\"}"), bytes("s")),
                () -> NativeCore.removeSite(handle, bytes("a.example")),
                () -> NativeCore.submit(handle, bytes(build("p", 1, "")), null),
                () -> NativeCore.nextReceipt(handle, new long[1], 60_000),
                () -> NativeCore.ask(handle, STATUS, 0),
                () -> NativeCore.act(handle, bytes("{\"do\": \"cancelWaits\"}")));
    }

    static void settingsAreReadStrictly() throws Exception {
        for (String settings : List.of(
                "", " ", "null", "[]", "7", "\"x\"", "{", "{} {}", "{'outbox': 1}", "{\"outbox\": NaN}",
                "{\"outbox\": \"a\\u0000b\"}", "{\"outbox\": \"a\0b\"}", "{\"outbox\": \"\\ud83d\"}",
                "{\"outbox\": \"\"}", "{\"outbox\": 1}", "{\"paused\": \"yes\"}", "{\"paused\": 1}",
                "{\"anyCase\": {}}", "{\"outbx\": \"/tmp/x\"}", "{\"paused\": true, \"paused\": false}",
                "{\"apiUrl\": \"http://jira.example.com\"}", "{\"proxy\": \"ftp://p\"}", "{\"projects\": \"a b/\"}",
                "{\"userAgent\": \"a\\nb\"}", "[".repeat(100_000))) {
            refused(ARGUMENT, settings, () -> NativeCore.open(bytes(settings)));
        }
        refused(ARGUMENT, "UTF-8", () -> NativeCore.open(new byte[] {'{', '"', (byte) 0xFF, '"', ':', '1', '}'}));
        JiraSendException unknown = refused(ARGUMENT, "unknown", () -> NativeCore.open(bytes("{\"outbx\": 1}")));
        check(unknown.getMessage().contains("outbx"), unknown.getMessage());
        refused(FILE, "caFile", () -> NativeCore.open(bytes("{\"caFile\": \"/nonexistent/ca.pem\"}")));
        NativeCore.close(NativeCore.open(bytes("{\"outbox\": null, \"proxy\": null, \"paused\": null}")), 1000);
    }

    static void messagesKeepEveryCharacter() {
        String name = "\uD83D\uDE80 naïve \u4E2D";
        JiraSendException e = refused(ARGUMENT, "emoji", () -> NativeCore.open(bytes("{\"" + name + "\": 1}")));
        check(e.getMessage().contains(name), e.getMessage());
    }

    static void sitesAreReadStrictly() throws Exception {
        long handle = open(null);
        for (String site : List.of(
                "{}", "{\"site\": \"a.example\"}", "{\"clientId\": \"c\"}", "{\"site\": null, \"clientId\": \"c\"}",
                "{\"site\": \"a.example\", \"clientId\": \"c\", \"secret\": \"s\"}",
                "{\"site\": \"a.example\", \"clientId\": \"c\", \"cloudId\": \"a/b\"}",
                "{\"site\": \"a.example\", \"clientId\": \"c\", \"apiUrl\": \"http://jira.example.com\"}",
                "{\"site\": \"http://a.example\", \"clientId\": \"c\"}",
                "{\"site\": \"a b\", \"clientId\": \"c\"}", "{\"site\": \"a.example\", \"clientId\": 7}")) {
            refused(ARGUMENT, site, () -> NativeCore.putSite(handle, bytes(site), bytes("s")));
        }
        refused(ARGUMENT, "no secret", () -> NativeCore.putSite(
                handle, bytes("{\"site\": \"a.example\", \"clientId\": \"c\"}"), new byte[0]));
        refused(ARGUMENT, "NUL", () -> NativeCore.removeSite(handle, bytes("a.example\0b")));
        refused(ARGUMENT, "no site", () -> NativeCore.removeSite(handle, bytes("a b")));
        NativeCore.close(handle, 1000);
    }

    static void questionsAndActionsAreReadStrictly() throws Exception {
        long handle = openWithSite(null);
        for (String question : List.of(
                "{}", "[]", "{\"what\": 7}", "{\"what\": \"nothing\"}", "{\"what\": \"status\", \"id\": 7}",
                "{\"what\": \"receipt\"}", "{\"what\": \"receipt\", \"id\": \"7\"}", "{\"what\": \"receipt\", \"id\": -1}",
                "{\"what\": \"receipt\", \"id\": 7.5}", "{\"what\": \"receipt\", \"id\": 9223372036854775808}",
                "{\"what\": \"gate\", \"site\": \"a.example\"}", "{\"what\": \"check\"}",
                "{\"what\": \"check\", \"site\": \"stranger.example\"}", "{\"what\": \"keys\"}",
                "{\"what\": \"history\", \"cursor\": \"x\"}",
                "{\"what\": \"history\", \"statuses\": \"lost\"}", "{\"what\": \"history\", \"after\": 1}",
                "{\"what\": \"explain\"}", "{\"what\": \"explain\", \"key\": \"no key\"}",
                "{\"what\": \"diff\", \"first\": \"a\"}", "{\"what\": \"list\", \"limit\": 0}", "{\"what\": \"list\", \"limit\": 99999999999}", "{\"do\": \"retry\"}")) {
            refused(ARGUMENT, question, () -> ask(handle, question));
        }
        refused(NOT_FOUND, "receipt", () -> receipt(handle, 123_456));
        for (String action : List.of(
                "{}", "{\"do\": \"drop\"}", "{\"do\": \"nothing\"}", "{\"do\": \"cancelWaits\", \"id\": 1}",
                "{\"do\": \"retry\", \"id\": 1, \"site\": \"a.example\"}", "{\"what\": \"status\"}")) {
            refused(ARGUMENT, action, () -> act(handle, action));
        }
        refused(NOT_FOUND, "drop", () -> act(handle, "{\"do\": \"drop\", \"id\": 123456}"));
        refused(ARGUMENT, "cursor", () -> NativeCore.nextReceipt(handle, new long[0], 0));
        NativeCore.close(handle, 1000);
    }

    static void hostileDocuments() throws Exception {
        long handle = openWithSite(newFolder("hostile"));
        for (String more : List.of(
                ", \"label\": \"a\\u0000b\"", ", \"label\": \"a\0b\"", ", \"label\": \"\\ud83d\"",
                ", \"label\": \"\\ude80x\"", ", \"lable\": \"x\"", ", \"number\": 8", ", \"requestId\": NaN")) {
            refused(DOCUMENT, more, () -> submit(handle, build("p", 7, more)));
        }
        // What Java itself makes of a lone surrogate in its own coding, and a cut character.
        byte[] surrogate = bytes(build("p", 7, ", \"label\": \"???\""));
        for (int at = 0; at < surrogate.length; at++) {
            if (surrogate[at] == '?') {
                byte[] coded = {(byte) 0xED, (byte) 0xA0, (byte) 0xBD};
                System.arraycopy(coded, 0, surrogate, at, coded.length);
                break;
            }
        }
        refused(DOCUMENT, "coded surrogate", () -> NativeCore.submit(handle, surrogate, null));
        for (String bad : List.of(
                "[]", "{\"origin\": 1}", "{\"Origin\": \"a\"}", "{\"properties\": {\"a\": 1}}", "{\"properties\": []}",
                "{\"properties\": {\"jirasend\": \"a\"}}", "{\"environments\": \"live\"}", "{\"anyCase\": \"yes\"}")) {
            refused(ARGUMENT, bad, () -> NativeCore.submit(handle, bytes(build("p", 1, "")), bytes(bad)));
        }
        refused(DOCUMENT, "empty", () -> NativeCore.submit(handle, new byte[0], null));
        refused(DOCUMENT, "zeroes", () -> NativeCore.submit(handle, new byte[100_000], null));
        byte[] latin = build("p", 7, ", \"label\": \"naïve\"").getBytes(StandardCharsets.ISO_8859_1);
        refused(DOCUMENT, "Latin-1", () -> NativeCore.submit(handle, latin, null));
        NativeCore.close(handle, 5000);
    }

    static void tenMegabytes() throws Exception {
        long handle = openWithSite(newFolder("big"));
        String words = "\uD83D\uDE80 words and LOG4J2-17 more, ".repeat(400_000);
        check(bytes(words).length > 10_000_000, "it is large");
        long id = submit(handle, build("big", 1, ", \"keyText\": [\"" + words + "\"]"));
        check(receipt(handle, id).contains("LOG4J2-17"), "its key was found");
        // A text that long where only 255 characters are kept.
        submit(handle, build("big", 2, ", \"description\": \"" + words + "\""));
        check(ask(handle, "{\"what\": \"keys\", \"text\": \"" + words + "\"}").equals("[\"LOG4J2-17\"]"), "keys");
        refused(DOCUMENT, "10 MB of brackets", () -> NativeCore.submit(handle, bytes("[".repeat(10_000_000)), null));
        check(has(text(NativeCore.ask(handle, STATUS, 0)), "dead", "0"), "status");
        NativeCore.close(handle, 5000);
    }
}
