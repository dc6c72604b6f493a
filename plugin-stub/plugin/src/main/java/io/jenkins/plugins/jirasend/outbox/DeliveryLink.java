package io.jenkins.plugins.jirasend.outbox;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.ManagementLink;
import hudson.security.Permission;
import hudson.security.PermissionGroup;
import hudson.security.PermissionScope;
import io.jenkins.plugins.jirasend.backfill.PastBuilds;
import io.jenkins.plugins.jirasend.backfill.Progress;
import io.jenkins.plugins.jirasend.config.JiraSendConfiguration;
import io.jenkins.plugins.jirasend.nativecore.DeliveryState;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;
import java.time.Duration;
import jenkins.management.Badge;
import jenkins.model.Jenkins;
import org.jenkinsci.Symbol;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;
import org.kohsuke.stapler.HttpResponse;
import org.kohsuke.stapler.HttpResponses;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.Stapler;
import org.kohsuke.stapler.StaplerProxy;
import org.kohsuke.stapler.StaplerRequest2;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** Manage Jenkins, Jira delivery: what waits, what is held, what Jira did not take; and the history below it. */
@Extension
@Symbol("jiraDelivery")
@Restricted(NoExternalUse.class)
public class DeliveryLink extends ManagementLink implements StaplerProxy {
    public static final String URL = "jira-delivery";

    /** In matrices of permissions it is JiraDelivery/Metrics. */
    public static final PermissionGroup PERMISSIONS =
            new PermissionGroup(DeliveryLink.class, Messages._DeliveryLink_Permissions());

    public static final Permission METRICS = new Permission(
            PERMISSIONS, "Metrics", Messages._DeliveryLink_MetricsPermission(), Jenkins.ADMINISTER, PermissionScope.JENKINS);

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

    /** Nothing below this page is for anybody else, but for the metrics, which have a permission of their own. */
    @Override
    public Object getTarget() {
        StaplerRequest2 request = Stapler.getCurrentRequest2();
        if (request == null || !"/metrics".equals(request.getRestOfPath())) {
            Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        }
        return this;
    }

    // ---- pages ----

    /** For the page, which shows how things are now. */
    public DeliveryState getState() {
        return JiraSendClient.get().delivery().stateNow();
    }

    /** When a site is tried next, or empty. */
    public String nextTry(DeliveryState.Lane lane) {
        return lane.retryInMs() > 0 ? Messages.DeliveryLink_In(Age.of(Duration.ofMillis(lane.retryInMs()))) : "";
    }

    /** Whether the administrator wants nothing to be sent now. */
    public boolean isPaused() {
        return JiraSendConfiguration.get().isPaused();
    }

    public boolean isWithoutSites() {
        return JiraSendConfiguration.get().getSites().isEmpty();
    }

    /** What the address of the page asks for. */
    public OpenEvents open(StaplerRequest2 request) {
        return OpenEvents.read(request::getParameter, getState());
    }

    public HistorySearch search(StaplerRequest2 request) {
        return new HistorySearch(request::getParameter);
    }

    public EventTable find(HistorySearch search) {
        return search.find(JiraSendClient.get().history(), JiraSendClient.get().delivery());
    }

    public Explanation explanation(StaplerRequest2 request) {
        JiraSendClient client = JiraSendClient.get();
        return Explanation.of(text(request.getParameter("key")), client.history(), client.delivery());
    }

    public Difference difference(StaplerRequest2 request) {
        return Difference.of(
                text(request.getParameter("from")),
                text(request.getParameter("to")),
                JiraSendClient.get().history());
    }

    /** How far the history of builds has come. */
    public Progress getBackfill() {
        return PastBuilds.get().progress();
    }

    /** Why it stands still, or null. */
    @CheckForNull
    public String getBackfillObstacle() {
        return PastBuilds.get().obstacle();
    }

    private static String text(@CheckForNull String parameter) {
        return parameter == null ? "" : parameter.strip();
    }

    /** For a Prometheus, whose account needs nothing else. */
    public HttpResponse doMetrics() {
        Jenkins.get().checkPermission(Jenkins.READ);
        Jenkins.get().checkPermission(METRICS);
        return Deeds.metrics(() -> JiraSendClient.get().history().metrics());
    }

    // ---- what can be done ----

    @RequirePOST
    public HttpResponse doRetry(StaplerRequest2 request, @QueryParameter String site) {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        if (site != null && !site.isBlank()) {
            return Deeds.done(() -> JiraSendClient.get().delivery().retrySite(site));
        }
        return Deeds.each(request.getParameterValues("id"), JiraSendClient.get().delivery()::retry);
    }

    @RequirePOST
    public HttpResponse doDrop(StaplerRequest2 request) {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        return Deeds.each(request.getParameterValues("id"), JiraSendClient.get().delivery()::drop);
    }

    /** Tells Jira again what it was told. */
    @RequirePOST
    public HttpResponse doResend(StaplerRequest2 request) {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        return Deeds.each(request.getParameterValues("id"), id -> JiraSendClient.get().delivery().resend(id, ""));
    }

    /** Tells Jira the same, but that it was cancelled. */
    @RequirePOST
    public HttpResponse doCancel(StaplerRequest2 request) {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        return Deeds.each(
                request.getParameterValues("id"), id -> JiraSendClient.get().delivery().resend(id, "cancelled"));
    }

    /** Counts the builds that could be told of, by job and month. */
    @RequirePOST
    public HttpResponse doBackfillCount() {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        PastBuilds.get().count();
        return HttpResponses.forwardToPreviousPage();
    }

    @RequirePOST
    public HttpResponse doBackfillStart() {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        PastBuilds.get().start();
        return HttpResponses.forwardToPreviousPage();
    }

    /** Ends it, and takes back what has not been sent. */
    @RequirePOST
    public HttpResponse doBackfillStop() {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        PastBuilds.get().stop();
        return HttpResponses.forwardToPreviousPage();
    }

    /** Deletes in Jira what the event is about. */
    @RequirePOST
    public HttpResponse doDelete(StaplerRequest2 request) {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        return Deeds.each(request.getParameterValues("id"), Deletion::submit);
    }
}
