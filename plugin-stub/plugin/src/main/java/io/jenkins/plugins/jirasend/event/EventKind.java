package io.jenkins.plugins.jirasend.event;

/** What an event is about. */
public enum EventKind {
    BUILD("build"),
    DEPLOYMENT("deployment"),
    FLAG("flag");

    private final String word;

    EventKind(String word) {
        this.word = word;
    }

    /** As it stands in documents and in the console. */
    public String word() {
        return word;
    }
}
