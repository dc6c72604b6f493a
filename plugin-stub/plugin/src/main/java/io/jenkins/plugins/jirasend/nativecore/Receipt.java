package io.jenkins.plugins.jirasend.nativecore;

import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What became of an event, as the core says it (docs/events.md), or as we say it when the event did
 * not get as far as the core ({@link #ERROR}).
 */
public record Receipt(
        long id,
        String requestId,
        String kind,
        String site,
        String status,
        List<String> issueKeys,
        List<String> unknownIssueKeys,
        int droppedKeys,
        String message,
        int httpStatus,
        int attempts,
        Subject subject)
        implements Serializable {

    public static final String ACCEPTED = "accepted";
    public static final String QUEUED = "queued";
    public static final String REJECTED = "rejected";
    public static final String SKIPPED = "skipped";
    public static final String SUPERSEDED = "superseded";
    public static final String HELD = "held";
    /** Nothing was submitted. The only status that is ours and not the core's. */
    public static final String ERROR = "error";

    @Serial
    private static final long serialVersionUID = 1L;

    /** The lists are copied to ones that every class filter of Jenkins knows, and that accept no change by others. */
    public Receipt {
        requestId = orEmpty(requestId);
        kind = orEmpty(kind);
        site = orEmpty(site);
        status = orEmpty(status);
        message = orEmpty(message);
        subject = subject == null ? Subject.NONE : subject;
        issueKeys = new ArrayList<>(issueKeys == null ? List.of() : issueKeys);
        unknownIssueKeys = new ArrayList<>(unknownIssueKeys == null ? List.of() : unknownIssueKeys);
    }

    /** Of an event that nobody needs to be told about. */
    public Receipt(
            long id,
            String requestId,
            String kind,
            String site,
            String status,
            List<String> issueKeys,
            List<String> unknownIssueKeys,
            int droppedKeys,
            String message,
            int httpStatus,
            int attempts) {
        this(
                id,
                requestId,
                kind,
                site,
                status,
                issueKeys,
                unknownIssueKeys,
                droppedKeys,
                message,
                httpStatus,
                attempts,
                Subject.NONE);
    }

    /** Reads a receipt of the core. Members that it leaves out are empty or zero. */
    public static Receipt parse(byte[] json) {
        return of(Json.readObject(json));
    }

    static Receipt of(Map<?, ?> json) {
        return new Receipt(
                Json.number(json, "id"),
                Json.text(json, "requestId"),
                Json.text(json, "kind"),
                Json.text(json, "site"),
                Json.text(json, "status"),
                Json.texts(json, "issueKeys"),
                Json.texts(json, "unknownIssueKeys"),
                (int) Json.number(json, "droppedKeys"),
                Json.text(json, "message"),
                (int) Json.number(json, "httpStatus"),
                (int) Json.number(json, "attempts"),
                Subject.of(json));
    }

    /** For an event that was not submitted; the message says why. */
    public static Receipt error(String site, String message) {
        return new Receipt(0, "", "", site, ERROR, List.of(), List.of(), 0, message, 0, 0);
    }

    /** For an event that nobody waits for any longer. */
    public static Receipt kept(String site, String message) {
        return new Receipt(0, "", "", site, QUEUED, List.of(), List.of(), 0, message, 0, 0);
    }

    /** Nothing will change any more. A held or queued event still may. */
    public boolean settled() {
        return !status.equals(QUEUED) && !status.equals(HELD);
    }

    /** It is not here any more: settled, or a relay has it. */
    public boolean passedOn() {
        return settled() || subject.relayed();
    }

    Receipt withMessage(String other) {
        return new Receipt(
                id,
                requestId,
                kind,
                site,
                status,
                issueKeys,
                unknownIssueKeys,
                droppedKeys,
                other,
                httpStatus,
                attempts,
                subject);
    }

    /** What a Pipeline sees. Plain collections, because the program of a Pipeline is serialized. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("site", site);
        map.put("jiraSite", site);
        map.put("status", status);
        map.put("message", message);
        map.put("issueKeys", new ArrayList<>(issueKeys));
        map.put("unknownIssueKeys", new ArrayList<>(unknownIssueKeys));
        map.put("droppedKeys", droppedKeys);
        return map;
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }
}
