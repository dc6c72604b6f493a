package io.jenkins.plugins.jirasend.event;

import hudson.model.Job;
import hudson.model.Run;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.facts.Reference;
import io.jenkins.plugins.jirasend.facts.RunFacts;
import io.jenkins.plugins.jirasend.facts.TestCounts;
import io.jenkins.plugins.jirasend.facts.TextOrigin;
import io.jenkins.plugins.jirasend.nativecore.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts an event document together (docs/events.md). */
final class EventDocument {
    private EventDocument() {}

    /**
     * What is the same for all sites.
     *
     * @param gate ask Jira to hold the deployment at its gate
     * @param durationSeconds of a deployment; negative when unknown
     * @param history news of the past, which never replaces anything
     */
    record Content(
            Run<?, ?> run,
            String rootUrl,
            SendOptions options,
            String state,
            Instant at,
            List<String> keyText,
            RunFacts facts,
            boolean gate,
            long durationSeconds,
            boolean history) {}

    static String of(Content content, JiraSite site, String pipelineId, String requestId) {
        SendOptions options = content.options();
        Job<?, ?> job = content.run().getParent();
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("kind", options.kind().word());
        event.put("site", site.canonicalSite());
        event.put("requestId", requestId);
        event.put("updatedAt", content.at().truncatedTo(ChronoUnit.MILLIS).toString());
        if (content.history()) {
            event.put("history", true);
        }
        if (!options.properties().isEmpty()) {
            event.put("properties", options.properties());
        }
        if (options.issueKeys().isEmpty()) {
            event.put("keyText", content.keyText().stream().map(text -> keyText(text, content)).toList());
        } else {
            event.put("issueKeys", options.issueKeys());
        }
        switch (options.kind()) {
            case BUILD -> {
                putRun(event, content, pipelineId);
                putBuild(event, content);
            }
            case DEPLOYMENT -> {
                putRun(event, content, pipelineId);
                putDeployment(event, content, job);
            }
            case FLAG -> putFlag(event, options);
        }
        return Json.write(event);
    }

    /** With what it is, where that is known: people ask later why an issue shows something. */
    private static Object keyText(String text, Content content) {
        TextOrigin origin = content.facts().origins().get(text);
        if (origin == null) {
            return text;
        }
        Map<String, Object> element = new LinkedHashMap<>();
        element.put("text", text);
        element.put("from", origin.from());
        putUnlessNull(element, "commit", origin.commit());
        return element;
    }

    /** What people have called the build, unless that is its number. */
    private static String label(Content content) {
        String given = content.options().label();
        String name = content.run().getDisplayName();
        boolean changed = name != null && !name.isBlank() && !name.equals("#" + content.run().getNumber());
        return given == null && changed ? name : given;
    }

    /** What builds and deployments have in common. */
    private static void putRun(Map<String, Object> event, Content content, String pipelineId) {
        SendOptions options = content.options();
        Job<?, ?> job = content.run().getParent();
        event.put("pipelineId", pipelineId);
        event.put("pipelineName", job.getFullDisplayName());
        event.put("number", content.run().getNumber());
        event.put("url", options.url() == null ? content.rootUrl() + content.run().getUrl() : options.url());
        event.put("state", content.state());
        putUnlessNull(event, "description", options.description());
        putUnlessNull(event, "label", label(content));
    }

    private static void putFlag(Map<String, Object> event, SendOptions options) {
        event.put("flagId", options.flagId());
        putUnlessNull(event, "name", options.flagName());
        putUnlessNull(event, "url", options.url());
        if (options.flagEnabled() != null) {
            event.put("enabled", options.flagEnabled());
        }
        event.put("environments", options.flagEnvironments());
    }

    private static void putBuild(Map<String, Object> event, Content content) {
        TestCounts tests = content.facts().tests();
        if (tests != null) {
            Map<String, Object> counts = new LinkedHashMap<>();
            counts.put("total", tests.total());
            counts.put("passed", tests.passed());
            counts.put("failed", tests.failed());
            counts.put("skipped", tests.skipped());
            event.put("tests", counts);
        }
        List<Object> references = new ArrayList<>();
        for (Reference reference : content.facts().references()) {
            Map<String, Object> entry = reference(reference);
            if (!entry.isEmpty()) {
                references.add(entry);
            }
        }
        if (!references.isEmpty()) {
            event.put("references", references);
        }
    }

    private static Map<String, Object> reference(Reference reference) {
        Map<String, Object> entry = new LinkedHashMap<>();
        if (reference.hasCommit() && usable(reference.repositoryUri())) {
            Map<String, Object> commit = new LinkedHashMap<>();
            commit.put("id", reference.commitId());
            commit.put("repositoryUri", reference.repositoryUri());
            entry.put("commit", commit);
        }
        if (reference.hasRef() && usable(reference.refUri())) {
            Map<String, Object> ref = new LinkedHashMap<>();
            ref.put("name", reference.refName());
            ref.put("uri", reference.refUri());
            entry.put("ref", ref);
        }
        return entry;
    }

    /** An address beyond Jira's limits costs the reference, not the event. */
    private static boolean usable(String uri) {
        return uri.length() <= 2000 && uri.chars().noneMatch(Character::isISOControl);
    }

    private static void putDeployment(Map<String, Object> event, Content content, Job<?, ?> job) {
        SendOptions options = content.options();
        event.put("pipelineUrl", content.rootUrl() + job.getUrl());
        Map<String, Object> environment = new LinkedHashMap<>();
        environment.put("id", options.environmentId());
        environment.put("name", options.environmentName());
        putUnlessNull(environment, "type", options.environmentType());
        event.put("environment", environment);
        if (content.durationSeconds() >= 0) {
            event.put("duration", content.durationSeconds());
        }
        if (!options.serviceIds().isEmpty()) {
            event.put("services", options.serviceIds());
        }
        if (content.gate()) {
            event.put("gate", true);
        }
    }

    private static void putUnlessNull(Map<String, Object> map, String name, String value) {
        if (value != null) {
            map.put(name, value);
        }
    }
}
