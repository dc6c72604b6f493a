package io.jenkins.plugins.jirasend.nativecore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What every case needs: the sandbox's address, a scratch folder, documents, and ways to be strict. */
final class Setting {
    static final String URL = System.getProperty("test.url");
    static final String CLIENT_ID = System.getProperty("test.clientId");
    static final String SECRET = System.getProperty("test.secret");
    static final String CA_FILE = System.getProperty("test.caFile", "");
    static final Path SCRATCH = Path.of(System.getProperty("test.scratch"));

    private static final AtomicInteger FOLDERS = new AtomicInteger();

    private Setting() {}

    interface Call {
        void run() throws Exception;
    }

    static void check(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    /** The call must throw exactly this class. */
    static <T extends Throwable> T thrown(Class<T> wanted, String what, Call call) {
        try {
            call.run();
        } catch (Throwable e) {
            if (e.getClass() == wanted) {
                return wanted.cast(e);
            }
            throw new AssertionError(what + " threw " + e, e);
        }
        throw new AssertionError(what + " threw nothing, not " + wanted.getSimpleName());
    }

    /** The call must be refused with this code and a whole sentence. */
    static JiraSendException refused(JiraSendException.Code code, String what, Call call) {
        JiraSendException e = thrown(JiraSendException.class, what, call);
        check(e.kind() == code && e.code() == code.number(), what + ": " + e.kind() + ", " + e.getMessage());
        check(e.getMessage().endsWith(".") || e.getMessage().endsWith("?"), what + ": no sentence: " + e.getMessage());
        return e;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static Path newFolder(String name) throws IOException {
        return Files.createDirectories(SCRATCH.resolve(name + "-" + FOLDERS.incrementAndGet()));
    }

    static String settings(Path outbox, String more) {
        String ca = CA_FILE.isEmpty() ? "" : ", \"caFile\": \"" + CA_FILE + "\"";
        String folder = outbox == null ? "null" : "\"" + outbox + "\"";
        return "{\"outbox\": " + folder + ", \"apiUrl\": \"" + URL + "\"" + ca + more + "}";
    }

    static long open(Path outbox) throws JiraSendException {
        return NativeCore.open(bytes(settings(outbox, "")));
    }

    static long openWithSite(Path outbox) throws JiraSendException {
        long handle = open(outbox);
        putSite(handle);
        return handle;
    }

    static void putSite(long handle) throws JiraSendException {
        NativeCore.putSite(
                handle, bytes("{\"site\": \"" + URL + "\", \"clientId\": \"" + CLIENT_ID + "\"}"), bytes(SECRET));
    }

    static String build(String pipeline, long number, String more) {
        return "{\"kind\": \"build\", \"site\": \"" + URL + "\", \"pipelineId\": \"" + pipeline + "\", \"number\": "
                + number + ", \"url\": \"https://ci.example.com/" + number + "\", \"state\": \"successful\""
                + ", \"issueKeys\": [\"APP-1\"]" + more + "}";
    }

    static long submit(long handle, String document) throws JiraSendException {
        return NativeCore.submit(handle, bytes(document), null);
    }

    static String ask(long handle, String question) throws JiraSendException {
        return text(NativeCore.ask(handle, bytes(question), 20_000));
    }

    static String receipt(long handle, long id) throws JiraSendException {
        return ask(handle, "{\"what\": \"receipt\", \"id\": " + id + "}");
    }

    static void act(long handle, String action) throws JiraSendException {
        NativeCore.act(handle, bytes(action));
    }

    static boolean has(String json, String name, String value) {
        return Pattern.compile("\"" + name + "\" *: *" + Pattern.quote(value)).matcher(json).find();
    }

    static long number(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\" *: *(\\d+)").matcher(json);
        check(matcher.find(), "no " + name + " in " + json);
        return Long.parseLong(matcher.group(1));
    }
}
