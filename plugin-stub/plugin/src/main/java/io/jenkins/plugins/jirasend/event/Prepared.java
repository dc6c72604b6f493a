package io.jenkins.plugins.jirasend.event;

import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * All events of one send, in the order of the configured sites.
 *
 * @param notes sentences for the console
 */
public record Prepared(List<PreparedEvent> events, List<String> notes) implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    public Prepared {
        events = new ArrayList<>(events);
        notes = new ArrayList<>(notes);
    }
}
