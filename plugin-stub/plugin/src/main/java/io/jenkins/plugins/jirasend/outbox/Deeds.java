package io.jenkins.plugins.jirasend.outbox;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import java.util.ArrayList;
import java.util.List;
import org.kohsuke.stapler.HttpResponse;
import org.kohsuke.stapler.HttpResponses;
import org.kohsuke.stapler.StaplerRequest2;
import org.kohsuke.stapler.StaplerResponse2;

/** What a page asks the core to do, and what its user is answered. */
final class Deeds {
    private Deeds() {}

    /** Something that the core may refuse. */
    interface Deed {
        void run() throws JiraSendException;
    }

    /** The same for one event. */
    interface EventDeed {
        void run(long id) throws JiraSendException;
    }

    interface Text {
        String read() throws JiraSendException;
    }

    static HttpResponse done(Deed deed) {
        try {
            deed.run();
            return HttpResponses.forwardToPreviousPage();
        } catch (JiraSendException | IllegalStateException e) {
            return refused(e);
        }
    }

    /** Never 0, which means "everything" to the core. Of many events one may be gone meanwhile: that is no error. */
    static HttpResponse each(@CheckForNull String[] ids, EventDeed deed) {
        List<Long> numbers = new ArrayList<>();
        for (String id : ids == null ? new String[0] : ids) {
            if (!id.matches("[0-9]{1,18}") || Long.parseLong(id) == 0) {
                return HttpResponses.errorWithoutStack(400, Messages.Deeds_NoId());
            }
            numbers.add(Long.parseLong(id));
        }
        if (numbers.isEmpty()) {
            return HttpResponses.errorWithoutStack(400, Messages.Deeds_NoId());
        }
        return done(() -> {
            for (long number : numbers) {
                try {
                    deed.run(number);
                } catch (JiraSendException e) {
                    if (numbers.size() == 1 || e.kind() != JiraSendException.Code.NOT_FOUND) {
                        throw e;
                    }
                }
            }
        });
    }

    static HttpResponse metrics(Text text) {
        try {
            String metrics = text.read();
            return new HttpResponse() {
                @Override
                public void generateResponse(StaplerRequest2 request, StaplerResponse2 response, Object node)
                        throws java.io.IOException {
                    response.setContentType("application/openmetrics-text; version=1.0.0; charset=utf-8");
                    response.setHeader("Cache-Control", "no-store");
                    response.getWriter().write(metrics);
                }
            };
        } catch (JiraSendException | IllegalStateException e) {
            return refused(e);
        }
    }

    private static HttpResponse refused(Exception e) {
        if (e instanceof JiraSendException refusal) {
            boolean gone = refusal.kind() == JiraSendException.Code.NOT_FOUND
                    || refusal.kind() == JiraSendException.Code.ARGUMENT;
            return HttpResponses.errorWithoutStack(gone ? 404 : 500, e.getMessage());
        }
        return HttpResponses.errorWithoutStack(503, e.getMessage());
    }
}
