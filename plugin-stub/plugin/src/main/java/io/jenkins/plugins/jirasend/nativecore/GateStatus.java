package io.jenkins.plugins.jirasend.nativecore;

import java.util.List;
import java.util.Map;

/**
 * Jira's answer about the gate of a deployment.
 *
 * @param status {@code allowed}, {@code prevented}, {@code awaiting}, {@code expired},
 *     {@code invalid}, or {@code unknown} when Jira does not know the deployment
 * @param issueKeys the issues that the answer names, such as the change request
 * @param issueLinks of each of them its page, or an empty text
 * @param updatedAt when Jira last changed its mind; may be empty
 * @param message a sentence for people
 */
public record GateStatus(
        String status, List<String> issueKeys, List<String> issueLinks, String updatedAt, String message) {
    public GateStatus {
        issueKeys = List.copyOf(issueKeys);
        issueLinks = List.copyOf(issueLinks);
    }

    public GateStatus(String status, List<String> issueKeys, String message) {
        this(status, issueKeys, List.of(), "", message);
    }

    static GateStatus read(byte[] answer) {
        Map<?, ?> json = Json.readObject(answer);
        return new GateStatus(
                Json.text(json, "status"),
                Json.texts(json, "issueKeys"),
                Json.texts(json, "issueLinks"),
                Json.text(json, "updatedAt"),
                Json.text(json, "message"));
    }

    /** The first issue, which is the change request; empty when Jira names none. */
    public String issueKey() {
        return issueKeys.isEmpty() ? "" : issueKeys.get(0);
    }

    public String issueLink() {
        return issueLinks.isEmpty() ? "" : issueLinks.get(0);
    }
}
