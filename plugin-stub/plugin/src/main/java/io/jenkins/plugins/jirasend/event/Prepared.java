package io.jenkins.plugins.jirasend.event;

import java.util.List;

/**
 * All events of one send, in the order of the configured sites.
 *
 * @param notes sentences for the console
 */
public record Prepared(List<PreparedEvent> events, List<String> notes) {
    public Prepared {
        events = List.copyOf(events);
        notes = List.copyOf(notes);
    }
}
