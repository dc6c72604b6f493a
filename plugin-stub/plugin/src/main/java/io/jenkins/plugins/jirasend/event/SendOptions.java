package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a step or action was asked to send. It is part of the program of a Pipeline and of a job's
 * configuration, so it holds plain values only. Blank texts are absent.
 */
public final class SendOptions implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    private final EventKind kind;
    private String site;
    private String branch;
    private String state;
    private ArrayList<String> issueKeys = new ArrayList<>();
    private String description;
    private String label;
    private String url;
    private LinkedHashMap<String, String> properties = new LinkedHashMap<>();
    private boolean failOnError;
    private Integer wait;
    private String environmentId;
    private String environmentName;
    private String environmentType;
    private ArrayList<String> serviceIds = new ArrayList<>();
    private boolean enableGating;

    private String flagId;
    private String flagName;
    private Boolean flagEnabled;
    /** As they stand in the document. */
    private ArrayList<LinkedHashMap<String, Object>> flagEnvironments = new ArrayList<>();

    public SendOptions(EventKind kind) {
        this.kind = kind;
    }

    /** The same deployment, told as cancelled to one site: nothing is asked for any more. */
    SendOptions cancelled(String atSite) {
        SendOptions copy = new SendOptions(kind);
        copy.site = atSite;
        copy.branch = branch;
        copy.state = State.CANCELLED;
        copy.issueKeys = new ArrayList<>(issueKeys());
        copy.description = description;
        copy.label = label;
        copy.url = url;
        copy.properties(properties());
        copy.environmentId = environmentId;
        copy.environmentName = environmentName;
        copy.environmentType = environmentType;
        copy.serviceIds = new ArrayList<>(serviceIds());
        return copy;
    }

    public EventKind kind() {
        return kind;
    }

    @CheckForNull
    public String site() {
        return site;
    }

    public void site(@CheckForNull String value) {
        site = fix(value);
    }

    @CheckForNull
    public String branch() {
        return branch;
    }

    public void branch(@CheckForNull String value) {
        branch = fix(value);
    }

    @CheckForNull
    public String state() {
        return state;
    }

    public void state(@CheckForNull String value) {
        state = State.read(fix(value));
    }

    public List<String> issueKeys() {
        return issueKeys == null ? List.of() : issueKeys; // null: a job's configuration written by hand
    }

    public void issueKeys(@CheckForNull Collection<?> values) {
        issueKeys = split(values);
    }

    @CheckForNull
    public String description() {
        return description;
    }

    public void description(@CheckForNull String value) {
        description = fix(value);
    }

    @CheckForNull
    public String label() {
        return label;
    }

    public void label(@CheckForNull String value) {
        label = fix(value);
    }

    /** Another page than the run's. */
    @CheckForNull
    public String url() {
        return url;
    }

    public void url(@CheckForNull String value) {
        url = fix(value);
    }

    public Map<String, String> properties() {
        return properties == null ? Map.of() : properties; // null: saved by an older plugin
    }

    /** Values of any kind count as the texts that they print. */
    public void properties(@CheckForNull Map<?, ?> values) {
        properties = new LinkedHashMap<>();
        if (values != null) {
            values.forEach((name, value) -> properties.put(String.valueOf(name), String.valueOf(value)));
        }
    }

    public boolean failOnError() {
        return failOnError;
    }

    public void failOnError(@CheckForNull Boolean value) {
        failOnError = Boolean.TRUE.equals(value);
    }

    /** Seconds to wait for Jira's answer; null for what is configured. */
    @CheckForNull
    public Integer waitSeconds() {
        return wait;
    }

    public void waitSeconds(@CheckForNull Integer value) {
        wait = value;
    }

    @CheckForNull
    public String environmentId() {
        return environmentId;
    }

    public void environmentId(@CheckForNull String value) {
        environmentId = fix(value);
    }

    @CheckForNull
    public String environmentName() {
        return environmentName;
    }

    public void environmentName(@CheckForNull String value) {
        environmentName = fix(value);
    }

    @CheckForNull
    public String environmentType() {
        return environmentType;
    }

    public void environmentType(@CheckForNull String value) {
        environmentType = fix(value);
    }

    public List<String> serviceIds() {
        return serviceIds == null ? List.of() : serviceIds;
    }

    public void serviceIds(@CheckForNull Collection<?> values) {
        serviceIds = split(values);
    }

    public boolean enableGating() {
        return enableGating;
    }

    public void enableGating(@CheckForNull Boolean value) {
        enableGating = Boolean.TRUE.equals(value);
    }

    @CheckForNull
    public String flagId() {
        return flagId;
    }

    public void flagId(@CheckForNull String value) {
        flagId = fix(value);
    }

    @CheckForNull
    public String flagName() {
        return flagName;
    }

    public void flagName(@CheckForNull String value) {
        flagName = fix(value);
    }

    /** Null: whether any environment is. */
    @CheckForNull
    public Boolean flagEnabled() {
        return flagEnabled;
    }

    public void flagEnabled(@CheckForNull Boolean value) {
        flagEnabled = value;
    }

    public List<LinkedHashMap<String, Object>> flagEnvironments() {
        return flagEnvironments == null ? List.of() : flagEnvironments;
    }

    public void flagEnvironments(Collection<LinkedHashMap<String, Object>> values) {
        flagEnvironments = new ArrayList<>(values);
    }

    /** What the console names beside the build: the environment or the flag. */
    @CheckForNull
    public String place() {
        return kind == EventKind.FLAG ? flagId : environmentId;
    }

    @CheckForNull
    public static String fix(@CheckForNull String text) {
        return text == null || text.isBlank() ? null : text.strip();
    }

    /** {@code ['A-1, B-2', '']} is two values: forms and generated snippets write lists like that. */
    public static ArrayList<String> split(@CheckForNull Collection<?> values) {
        ArrayList<String> result = new ArrayList<>();
        if (values == null) {
            return result;
        }
        for (Object value : values) {
            for (String part : value == null ? new String[0] : value.toString().split("[,;\\s\\p{Z}]+")) {
                if (!part.isEmpty()) {
                    result.add(part);
                }
            }
        }
        return result;
    }
}
