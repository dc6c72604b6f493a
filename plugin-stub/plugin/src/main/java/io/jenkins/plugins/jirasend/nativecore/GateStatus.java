package io.jenkins.plugins.jirasend.nativecore;

import java.util.List;
import java.util.Map;

/**
 * Jira's answer about the gate of a deployment.
 *
 * @param status {@code allowed}, {@code prevented}, {@code awaiting}, {@code expired},
 *     {@code invalid}, or {@code unknown} when Jira does not know the deployment
 * @param issueKeys the issues that the answer names, such as the change request
 * @param message a sentence for people
 */
public record GateStatus(String status, List<String> issueKeys, String message) {
    public GateStatus {
        issueKeys = issueKeys == null ? List.of() : List.copyOf(issueKeys);
        message = message == null ? "" : message;
    }

    static GateStatus read(byte[] answer) {
        Map<?, ?> json = Json.readObject(answer);
        return new GateStatus(Json.text(json, "status"), Json.texts(json, "issueKeys"), Json.text(json, "message"));
    }
}
