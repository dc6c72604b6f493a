package io.jenkins.plugins.jirasend.outbox;

import io.jenkins.plugins.jirasend.nativecore.Json;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An event on a page, which reads properties. Public, because pages call its methods. */
public final class EventRow {
    private static final int KEYS_SHOWN = 5;
    private static final Set<String> RUNS = Set.of("build", "deployment");
    private static final Set<String> DELETABLE =
            Set.of("build", "deployment", "flag", "commit", "branch", "pull_request");

    /** What can still be done with an event: its document is there, in one of two places. */
    enum Kept {
        /** It waits, or is a dead letter. */
        OPEN,
        /** It is the last that Jira was told of this thing. */
        TOLD,
        GONE
    }

    private final Map<?, ?> receipt;
    private final Kept kept;
    private final boolean saidAbove;
    private final Instant now;

    /** @param saidAbove the page has said why the whole site stands still */
    EventRow(Map<?, ?> receipt, Kept kept, boolean saidAbove, Instant now) {
        this.receipt = receipt;
        this.kept = kept;
        this.saidAbove = saidAbove;
        this.now = now;
    }

    public long getId() {
        return Json.number(receipt, "id");
    }

    public String getSite() {
        return Json.text(receipt, "site");
    }

    private String kind() {
        return Json.text(receipt, "kind");
    }

    public String getKind() {
        return switch (kind()) {
            case "build" -> Messages.EventRow_Build();
            case "deployment" -> Messages.EventRow_Deployment();
            case "flag" -> Messages.EventRow_Flag();
            case "pull_request" -> Messages.EventRow_PullRequest();
            default -> kind();
        };
    }

    /** Which build it is about, or the build that made the deployment; empty where the core does not say. */
    public String getTitle() {
        String number = receipt.containsKey("number") ? " #" + Json.number(receipt, "number") : "";
        String hash = Json.text(receipt, "hash");
        return switch (kind()) {
            case "flag" -> Json.text(receipt, "flagId");
            case "commit" -> repository() + " " + hash.substring(0, Math.min(7, hash.length()));
            case "branch" -> repository() + " " + Json.text(receipt, "branch");
            case "pull_request" -> repository() + number;
            case "repository" -> repository();
            default -> Json.text(receipt, "pipelineId") + number;
        };
    }

    /** The title, and where it was deployed to: two deployments of one build are two things. */
    public String getThing() {
        return getEnvironment().isEmpty() ? getTitle() : Messages.EventRow_To(getTitle(), getEnvironment());
    }

    private String repository() {
        Map<?, ?> repository = receipt.get("repository") instanceof Map<?, ?> map ? map : Map.of();
        return Json.text(repository, "id");
    }

    /** The page that it links to; empty when it is not known. */
    public String getUrl() {
        String url = Json.text(receipt, "url");
        return url.startsWith("https://") || url.startsWith("http://") ? url : "";
    }

    /** Its name, or its id when it has none. */
    public String getEnvironment() {
        String name = Json.text(environment(), "name");
        return name.isEmpty() ? Json.text(environment(), "id") : name;
    }

    private Map<?, ?> environment() {
        return receipt.get("environment") instanceof Map<?, ?> map ? map : Map.of();
    }

    /** As it was told. */
    public String getState() {
        return Json.flag(receipt, "deleted") ? Messages.EventRow_Deletion() : Json.text(receipt, "state").replace('_', ' ');
    }

    public List<String> getFirstKeys() {
        List<String> keys = Json.texts(receipt, "issueKeys");
        return keys.size() > KEYS_SHOWN ? keys.subList(0, KEYS_SHOWN) : keys;
    }

    /** Those beyond the first five, which are folded. */
    public List<String> getOtherKeys() {
        List<String> keys = Json.texts(receipt, "issueKeys");
        return keys.size() > KEYS_SHOWN ? keys.subList(KEYS_SHOWN, keys.size()) : List.of();
    }

    public long getAttempts() {
        return Json.number(receipt, "attempts");
    }

    /** One sentence a site, not one an event. */
    public String getMessage() {
        return saidAbove ? Messages.EventRow_AsAbove() : Json.text(receipt, "message");
    }

    private String status() {
        return Json.text(receipt, "status");
    }

    public String getStatus() {
        return switch (status()) {
            case Receipt.QUEUED -> Messages.EventRow_Waiting();
            case Receipt.HELD -> Messages.EventRow_Held();
            case Receipt.REJECTED -> kept == Kept.OPEN ? Messages.EventRow_Dead() : Messages.EventRow_Rejected();
            default -> status();
        };
    }

    /** When it came in, as text with a zone. */
    public String getSubmittedAt() {
        return Json.text(receipt, "submittedAt");
    }

    /** How long ago that was. */
    public String getAge() {
        try {
            return Age.of(Duration.between(Instant.parse(getSubmittedAt()), now));
        } catch (DateTimeParseException e) {
            return "";
        }
    }

    /** It waits or is a dead letter. */
    public boolean isOpen() {
        return kept == Kept.OPEN;
    }

    public boolean isResendable() {
        return kept == Kept.TOLD;
    }

    public boolean isCancellable() {
        return isResendable() && RUNS.contains(kind()) && !Json.text(receipt, "state").equals("cancelled");
    }

    /** Only its name is needed for that, not its document. */
    public boolean isDeletable() {
        return Receipt.ACCEPTED.equals(status()) && DELETABLE.contains(kind()) && !Json.flag(receipt, "deleted");
    }

    /** Why there is no button to send it again, or empty. */
    public String getWhyNot() {
        if (kept != Kept.GONE || Json.flag(receipt, "deleted")) {
            return "";
        }
        return Json.number(receipt, "relayId") > 0 ? Messages.EventRow_Relayed() : Messages.EventRow_Gone();
    }
}
