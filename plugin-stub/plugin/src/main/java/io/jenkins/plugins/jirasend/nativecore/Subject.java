package io.jenkins.plugins.jirasend.nativecore;

import java.io.Serial;
import java.io.Serializable;
import java.util.Map;

/**
 * What an event is about. Texts are empty, and the number is negative, where the core does not say.
 *
 * @param pipelineId of a build or deployment; of a feature flag its own id
 * @param environment its name, or its id when it has none; of deployments only
 * @param url a page that may be linked to
 * @param relayed a relay has it
 */
public record Subject(String pipelineId, long number, String environment, String state, String url, boolean relayed)
        implements Serializable {
    public static final Subject NONE = new Subject("", -1, "", "", "", false);

    @Serial
    private static final long serialVersionUID = 1L;

    static Subject of(Map<?, ?> receipt) {
        Map<?, ?> environment = receipt.get("environment") instanceof Map<?, ?> map ? map : Map.of();
        String name = Json.text(environment, "name");
        String url = Json.text(receipt, "url");
        return new Subject(
                Json.text(receipt, receipt.containsKey("flagId") ? "flagId" : "pipelineId"),
                receipt.containsKey("number") ? Json.number(receipt, "number") : -1,
                name.isEmpty() ? Json.text(environment, "id") : name,
                Json.text(receipt, "state"),
                url.startsWith("https://") || url.startsWith("http://") ? url : "",
                Json.number(receipt, "relayId") > 0);
    }

    /** Such as {@code team/app #42}; empty when nothing is known. */
    public String title() {
        return number < 0 ? pipelineId : pipelineId + " #" + number;
    }
}
