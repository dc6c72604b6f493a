package io.jenkins.plugins.jirasend.nativecore;

/**
 * Where events are kept, for how long, and through what they go.
 *
 * @param keep days of history
 * @param outboxUrl of a database, without a password; empty: a folder
 * @param outboxCredentialsId user name and password for it
 * @param relayUrl empty: straight to Jira
 * @param relayCredentialsId the token for it
 */
public record Connections(
        int keep, String outboxUrl, String outboxCredentialsId, String relayUrl, String relayCredentialsId) {
    public static final int DEFAULT_KEEP = 400;
    public static final Connections PLAIN = new Connections(DEFAULT_KEEP, "", "", "", "");
}
