package io.jenkins.plugins.jirasend.outbox;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.ManagementLink;
import hudson.security.Permission;
import io.jenkins.plugins.jirasend.config.JiraSendConfiguration;
import io.jenkins.plugins.jirasend.nativecore.DeliveryState;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.util.List;
import java.util.function.LongFunction;
import jenkins.management.Badge;
import jenkins.model.Jenkins;
import org.jenkinsci.Symbol;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;
import org.kohsuke.stapler.HttpResponse;
import org.kohsuke.stapler.HttpResponses;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.StaplerProxy;
import org.kohsuke.stapler.StaplerRequest2;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** Manage Jenkins, Jira delivery: what waits, what is held, what Jira did not take. */
@Extension
@Symbol("jiraDelivery")
@Restricted(NoExternalUse.class)
public class DeliveryLink extends ManagementLink implements StaplerProxy {
    public static final String URL = "jira-delivery";

    static final int PAGE = 100;

    @Override
    public String getIconFileName() {
        return "symbol-paper-plane-outline";
    }

    @Override
    public String getDisplayName() {
        return Messages.DeliveryLink_DisplayName();
    }

    @Override
    public String getDescription() {
        return Messages.DeliveryLink_Description();
    }

    @Override
    public String getUrlName() {
        return URL;
    }

    @NonNull
    @Override
    public Category getCategory() {
        return Category.STATUS;
    }

    @NonNull
    @Override
    public Permission getRequiredPermission() {
        return Jenkins.ADMINISTER;
    }

    /** What somebody should look at. */
    @Override
    @CheckForNull
    public Badge getBadge() {
        DeliveryState state = JiraSendClient.get().state();
        long count = state.held() + state.dead();
        return count == 0
                ? null
                : new Badge(Long.toString(count), Messages.DeliveryLink_Badge(count), Badge.Severity.WARNING);
    }

    /** Nothing below this page is for anybody else. */
    @Override
    public Object getTarget() {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        return this;
    }

    /** For the page, which shows how things are now. */
    public DeliveryState getState() {
        return JiraSendClient.get().delivery().stateNow();
    }

    /** Whether the administrator wants nothing to be sent now. */
    public boolean isPaused() {
        return JiraSendConfiguration.get().isPaused();
    }

    /** The events after the one that the address names. */
    public Page page(StaplerRequest2 request) {
        return page(number(request.getParameter("after")), JiraSendClient.get().delivery()::list);
    }

    /** Where the events come from. */
    interface Source {
        List<Receipt> list(long after, int limit) throws JiraSendException;
    }

    static Page page(long after, Source source) {
        try {
            List<Receipt> receipts = source.list(after, PAGE + 1);
            boolean more = receipts.size() > PAGE;
            List<Receipt> shown = more ? receipts.subList(0, PAGE) : receipts;
            return new Page(
                    shown.stream().map(Row::new).toList(),
                    after > 0,
                    more ? shown.get(shown.size() - 1).id() : 0,
                    null);
        } catch (JiraSendException | IllegalStateException e) {
            return new Page(List.of(), after > 0, 0, e.getMessage());
        }
    }

    @RequirePOST
    public HttpResponse doRetry(@QueryParameter String id, @QueryParameter String site) {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        if (site != null && !site.isBlank()) {
            return done(() -> JiraSendClient.get().delivery().retrySite(site));
        }
        return withId(id, number -> done(() -> JiraSendClient.get().delivery().retry(number)));
    }

    @RequirePOST
    public HttpResponse doDrop(@QueryParameter String id) {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        return withId(id, number -> done(() -> JiraSendClient.get().delivery().drop(number)));
    }

    /** Something that the core may refuse. */
    private interface Deed {
        void run() throws JiraSendException;
    }

    private static HttpResponse done(Deed deed) {
        try {
            deed.run();
            return HttpResponses.redirectToDot();
        } catch (JiraSendException e) {
            boolean gone = e.kind() == JiraSendException.Code.NOT_FOUND || e.kind() == JiraSendException.Code.ARGUMENT;
            return HttpResponses.errorWithoutStack(gone ? 404 : 500, e.getMessage());
        } catch (IllegalStateException e) {
            return HttpResponses.errorWithoutStack(503, e.getMessage());
        }
    }

    /** Never 0, which means "everything" to the core. */
    private static HttpResponse withId(String id, LongFunction<HttpResponse> deed) {
        long number = number(id);
        return number > 0 ? deed.apply(number) : HttpResponses.errorWithoutStack(400, Messages.DeliveryLink_NoId());
    }

    private static long number(@CheckForNull String text) {
        return text != null && text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
    }

    /**
     * A part of the outbox.
     *
     * @param rows the events
     * @param later whether there are others before it
     * @param next what the next part begins after; 0: this is the last
     * @param problem why nothing can be shown, or null
     */
    public record Page(List<Row> rows, boolean later, long next, @CheckForNull String problem) {
        public List<Row> getRows() {
            return rows;
        }

        public boolean isLater() {
            return later;
        }

        public long getNext() {
            return next;
        }

        public String getProblem() {
            return problem;
        }
    }

    /** An event, for the page, which reads properties. */
    public record Row(Receipt receipt) {
        public long getId() {
            return receipt.id();
        }

        public String getSite() {
            return receipt.site();
        }

        public String getKind() {
            return switch (receipt.kind()) {
                case "build" -> Messages.DeliveryLink_Build();
                case "deployment" -> Messages.DeliveryLink_Deployment();
                case "flag" -> Messages.DeliveryLink_Flag();
                default -> receipt.kind().replace('_', ' ');
            };
        }

        /** Which build it is about, or the build that made the deployment. */
        public String getTitle() {
            return receipt.subject().title();
        }

        /** The page of that build; empty when it is not known. */
        public String getUrl() {
            return receipt.subject().url();
        }

        public String getEnvironment() {
            return receipt.subject().environment();
        }

        public String getState() {
            return receipt.subject().state();
        }

        public String getKeys() {
            return String.join(", ", receipt.issueKeys());
        }

        public int getAttempts() {
            return receipt.attempts();
        }

        public String getMessage() {
            return receipt.message();
        }

        public String getStatus() {
            return switch (receipt.status()) {
                case Receipt.QUEUED -> Messages.DeliveryLink_Waiting();
                case Receipt.HELD -> Messages.DeliveryLink_Held();
                case Receipt.REJECTED -> Messages.DeliveryLink_Dead();
                default -> receipt.status();
            };
        }
    }
}
