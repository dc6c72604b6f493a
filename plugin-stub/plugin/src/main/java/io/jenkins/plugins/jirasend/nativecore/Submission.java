package io.jenkins.plugins.jirasend.nativecore;

/**
 * An event to submit.
 *
 * @param kind as it stands in the document
 * @param site as receipts name it
 * @param requestId that of the document: a second submit with it changes nothing
 * @param document the event (docs/events.md)
 */
public record Submission(String kind, String site, String requestId, String document) {}
