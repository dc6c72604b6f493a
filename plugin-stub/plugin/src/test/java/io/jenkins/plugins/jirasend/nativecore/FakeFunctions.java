package io.jenkins.plugins.jirasend.nativecore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A core that does as it is told and writes down what it was asked. */
final class FakeFunctions implements Functions {
    final List<String> calls = new ArrayList<>();
    private final Map<String, Map<String, ?>> answers = new HashMap<>();
    final List<String> sites = new ArrayList<>();
    final List<String> options = new ArrayList<>();
    final Map<Long, Map<String, Object>> events = new LinkedHashMap<>();
    final List<Long> settled = new ArrayList<>();
    String lanes = "";
    JiraSendException refusal;
    /** Events are settled by the submit itself, as when their request id is known. */
    boolean instantly;
    /** Done while the core closes, which takes its time. */
    Runnable whileClosing = () -> {};
    /** Done before each question is answered. */
    Runnable questions = () -> {};
    /** The handle is closed when a gate is asked for. */
    boolean stale;
    /** Thrown once by the next question for a receipt, as when the JVM has no memory for it. */
    Error mishap;
    private final List<Long> open = new ArrayList<>();
    private long lastHandle;

    static JiraSendException exception(String message) {
        return new JiraSendException(JiraSendException.Code.REFUSED.number(), message, 0, 0);
    }

    /** As the core refuses a folder that another host has open. */
    static JiraSendException otherHost() {
        byte[] message = "In use on another host, two.example.".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return new JiraSendException(JiraSendException.Code.REFUSED.number(), message, 0, 0, 2);
    }

    @Override
    public synchronized long open(byte[] settings) throws JiraSendException {
        if (refusal != null) {
            throw refusal;
        }
        calls.add("open " + text(settings));
        open.add(++lastHandle);
        return lastHandle;
    }

    @Override
    public synchronized void putSite(long handle, byte[] site, byte[] secret) {
        check(handle);
        calls.add("put " + Json.readObject(site).get("site") + " " + text(secret));
        sites.add(text(site));
    }

    @Override
    public synchronized void removeSite(long handle, byte[] site) {
        check(handle);
        calls.add("remove " + text(site));
    }

    @Override
    public synchronized void putRelay(long handle, byte[] token) {
        check(handle);
        calls.add("relay " + text(token));
    }

    @Override
    public synchronized long submit(long handle, byte[] document, byte[] options) throws JiraSendException {
        check(handle);
        if (refusal != null) {
            throw refusal;
        }
        this.options.add(text(options));
        Map<String, Object> receipt = new LinkedHashMap<>();
        long id = events.size() + 1L;
        Json.readObject(document).forEach((name, value) -> receipt.put((String) name, value));
        receipt.put("id", id);
        receipt.put("status", instantly ? "accepted" : "queued");
        events.put(id, receipt);
        return id;
    }

    /** What became of an event; the pump hears of it. */
    synchronized void settle(long id, String status) {
        events.get(id).put("status", status);
        settled.add(id);
        notifyAll();
    }

    synchronized void hold(long id, String laneState) {
        events.get(id).put("status", "held");
        lanes = laneState;
    }

    @Override
    public synchronized byte[] nextReceipt(long handle, long[] cursor, long timeoutMs) throws JiraSendException {
        check(handle);
        failOnce();
        if (cursor[0] == 0) {
            cursor[0] = settled.size() + 1L;
        }
        long end = System.nanoTime() + timeoutMs * 1_000_000;
        while (cursor[0] > settled.size()) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return null;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
            check(handle);
            failOnce();
        }
        return Json.bytes(events.get(settled.get((int) cursor[0]++ - 1)));
    }

    @Override
    public synchronized byte[] ask(long handle, byte[] question, long timeoutMs) throws JiraSendException {
        check(handle);
        questions.run();
        Map<?, ?> asked = Json.readObject(question);
        if (stale && Json.text(asked, "what").equals("gate")) {
            throw new IllegalStateException("The handle " + handle + " is closed.");
        }
        Map<String, ?> prepared = answers.get(Json.text(asked, "what"));
        if (prepared != null) {
            return Json.bytes(prepared);
        }
        return switch (Json.text(asked, "what")) {
            case "receipt" -> Json.bytes(events.get(Json.number(asked, "id")));
            case "status" -> ("{\"waiting\": 3, \"held\": 2, \"dead\": 1, \"removedDead\": 4, \"lanes\": [" + lanes + "]}")
                    .getBytes(StandardCharsets.UTF_8);
            case "gate" -> "{\"status\": \"awaiting\", \"issueKeys\": [\"CHG-1\"], \"message\": \"Not yet.\"}"
                    .getBytes(StandardCharsets.UTF_8);
            case "history" -> ("{\"receipts\": [], \"asked\": " + text(question) + "}").getBytes(StandardCharsets.UTF_8);
            case "metrics" -> "# EOF\n".getBytes(StandardCharsets.UTF_8);
            case "check" -> ("{\"site\": \"s\", \"token\": {\"ok\": true, \"message\": \"Token.\"},"
                            + " \"cloudId\": {\"ok\": false, \"message\": \"No cloud.\"},"
                            + " \"permissions\": [{\"permission\": \"Builds\", \"answer\": \"yes\"},"
                            + " {\"permission\": \"Deployments\", \"answer\": \"no\"}, {\"permission\": \"Feature flags\","
                            + " \"answer\": \"not known\"}]}")
                    .getBytes(StandardCharsets.UTF_8);
            default -> throw exception("unexpected question");
        };
    }

    @Override
    public synchronized void act(long handle, byte[] action) {
        check(handle);
        calls.add("act " + text(action));
    }

    @Override
    public void close(long handle, long deadlineMs) {
        synchronized (this) {
            calls.add("close " + handle);
            open.remove(handle);
            notifyAll();
        }
        whileClosing.run();
    }

    synchronized void failOnce(Error error) {
        mishap = error;
        notifyAll();
    }

    private void failOnce() {
        Error error = mishap;
        mishap = null;
        if (error != null) {
            throw error;
        }
    }

    /** Instead of the usual answer to such a question. */
    synchronized void answer(String what, Map<String, ?> answer) {
        answers.put(what, answer);
    }

    synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    private void check(long handle) {
        if (!open.contains(handle)) {
            throw new IllegalStateException("The handle " + handle + " is closed.");
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
