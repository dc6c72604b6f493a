package io.jenkins.plugins.jirasend.steps;

import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.event.Console;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.nativecore.GateStatus;
import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** What the log says of a wait for a gate: how it stands, when that changes, and once an hour. */
final class GateLines {
    private static final Logger LOGGER = Logger.getLogger(GateLines.class.getName());

    /** The log of the build. */
    interface Log {
        TaskListener listener() throws IOException, InterruptedException;
    }

    private final Log log;
    private final String environmentId;
    private final String host;
    private String last;
    private long lastAt;

    GateLines(Log log, String environmentId, String host) {
        this.log = log;
        this.environmentId = environmentId;
        this.host = host;
    }

    void waits(Run<?, ?> run, GateStatus status) {
        String shown = "unknown".equals(status.status()) ? "awaiting" : status.status();
        sayIfNew(status.status() + status.issueKeys(), run, shown + keys(status), status.message(), status.issueLink());
    }

    void waits(Run<?, ?> run, String message) {
        sayIfNew(message, run, "awaiting", message, "");
    }

    /** Two faults in a row are one piece of news, whatever their words. */
    void noAnswer(Run<?, ?> run, String message) {
        sayIfNew("no answer", run, "awaiting", message, "");
    }

    void ends(Run<?, ?> run, GateStatus status) {
        say(run, status.status() + keys(status), status.message(), "");
    }

    private static String keys(GateStatus status) {
        return status.issueKeys().isEmpty() ? "" : " (" + String.join(", ", status.issueKeys()) + ")";
    }

    private synchronized void sayIfNew(String news, Run<?, ?> run, String status, String message, String link) {
        long now = Services.get().now();
        if (news.equals(last) && now - lastAt < GateTimes.HOUR_MS) {
            return;
        }
        last = news;
        lastAt = now;
        say(run, status, message, link);
    }

    private void say(Run<?, ?> run, String status, String message, String link) {
        StringBuilder line = new StringBuilder(Messages.CheckGatingStatus_Line(
                run.getParent().getFullName(), String.valueOf(run.getNumber()), environmentId, host, status));
        if (!message.isBlank()) {
            line.append(": ").append(message);
        }
        if (!link.isEmpty()) {
            line.append(' ').append(link);
        }
        try {
            Console.note(log.listener(), line.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            LOGGER.log(Level.FINE, "The log does not say how a gate stands.", e);
        }
    }
}
