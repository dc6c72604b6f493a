package io.jenkins.plugins.jirasend.outbox;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import io.jenkins.plugins.jirasend.nativecore.Json;
import io.jenkins.plugins.jirasend.nativecore.Submission;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Deletes in Jira what an event is about. It is an event itself: kept, ordered, and tried again. */
final class Deletion {
    private Deletion() {}

    static void submit(long id) throws JiraSendException {
        JiraSendClient client = JiraSendClient.get();
        Map<?, ?> receipt = client.history().event(id);
        Map<String, Object> document = receipt == null ? null : document(receipt);
        if (document == null) {
            throw new JiraSendException(
                    JiraSendException.Code.NOT_FOUND.number(), Messages.Deletion_NoSuchEvent(id), 0, 0);
        }
        String requestId = UUID.randomUUID().toString();
        document.put("requestId", requestId);
        CompletableFuture<?> submitted = client.submit(
                new Submission(Json.text(receipt, "kind"), Json.text(receipt, "site"), requestId, Json.write(document)),
                Duration.ZERO);
        if (submitted.isCompletedExceptionally()) {
            try {
                submitted.join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof JiraSendException refused) {
                    throw refused;
                }
                throw new IllegalStateException(String.valueOf(e.getCause().getMessage()), e.getCause());
            }
        }
    }

    /** The members of the stream and nothing else (docs/events.md); null of what cannot be deleted. */
    @CheckForNull
    static Map<String, Object> document(Map<?, ?> receipt) {
        Map<String, Object> document = new LinkedHashMap<>();
        String kind = Json.text(receipt, "kind");
        document.put("kind", kind);
        document.put("site", Json.text(receipt, "site"));
        document.put("delete", true);
        switch (kind) {
            case "build" -> copy(receipt, document, "pipelineId", "number");
            case "deployment" -> {
                copy(receipt, document, "pipelineId", "number");
                document.put("environment", Map.of("id", inner(receipt, "environment")));
            }
            case "flag" -> copy(receipt, document, "flagId");
            case "commit" -> copy(receipt, document, "hash");
            case "branch" -> document.put("name", Json.text(receipt, "branch"));
            case "pull_request" -> copy(receipt, document, "number");
            default -> {
                return null;
            }
        }
        if (!kind.equals("build") && !kind.equals("deployment") && receipt.containsKey("repository")) {
            document.put("repository", Map.of("id", inner(receipt, "repository")));
        }
        return document;
    }

    private static String inner(Map<?, ?> receipt, String member) {
        return receipt.get(member) instanceof Map<?, ?> map ? Json.text(map, "id") : "";
    }

    private static void copy(Map<?, ?> receipt, Map<String, Object> document, String... members) {
        for (String member : members) {
            document.put(member, receipt.get(member));
        }
    }
}
