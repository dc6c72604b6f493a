package io.jenkins.plugins.jirasend.config;

import com.cloudbees.plugins.credentials.common.StandardUsernamePasswordCredentials;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.BulkChange;
import hudson.Extension;
import hudson.ExtensionList;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.jirasend.nativecore.Connections;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import jenkins.model.GlobalConfiguration;
import jenkins.model.Jenkins;
import net.sf.json.JSONObject;
import org.jenkinsci.Symbol;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.StaplerRequest2;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** What the administrator sets, by form or as code ({@code unclassified: jiraSend:}). */
@Extension
@Symbol("jiraSend")
public class JiraSendConfiguration extends GlobalConfiguration {
    static final int DEFAULT_WAIT_SECONDS = 10;
    static final int MAX_WAIT_SECONDS = 3600;
    static final int MAX_KEEP_DAYS = 36_500;

    private static final Logger LOGGER = Logger.getLogger(JiraSendConfiguration.class.getName());

    private int wait = DEFAULT_WAIT_SECONDS;
    private List<JiraSite> sites = new ArrayList<>();
    private boolean paused;
    private Integer keep; // null, as in files of an older plugin: the default
    private String outboxUrl;
    private String outboxCredentialsId;
    private String relayUrl;
    private String relayCredentialsId;

    public JiraSendConfiguration() {
        load();
    }

    public static JiraSendConfiguration get() {
        return ExtensionList.lookupSingleton(JiraSendConfiguration.class);
    }

    @NonNull
    @Override
    public String getDisplayName() {
        return Messages.JiraSendConfiguration_DisplayName();
    }

    /** How many seconds a step waits for Jira's answer when it does not say so itself. */
    public int getWait() {
        return wait;
    }

    @DataBoundSetter
    public synchronized void setWait(int wait) {
        if (wait < 0 || wait > MAX_WAIT_SECONDS) {
            throw new IllegalArgumentException(Messages.JiraSendConfiguration_BadWait(Integer.toString(MAX_WAIT_SECONDS)));
        }
        this.wait = wait;
        save();
    }

    public synchronized List<JiraSite> getSites() {
        return sites == null ? List.of() : List.copyOf(sites);
    }

    @DataBoundSetter
    public synchronized void setSites(List<JiraSite> sites) {
        List<JiraSite> given = new ArrayList<>(sites == null ? List.of() : sites);
        Set<String> names = new HashSet<>();
        for (JiraSite site : given) {
            String problem = site.problem();
            if (problem != null) {
                throw new IllegalArgumentException(Messages.JiraSendConfiguration_BadSite(site.shownSite(), problem));
            }
            if (!names.add(site.canonicalSite())) {
                throw new IllegalArgumentException(Messages.JiraSendConfiguration_Twice(site.canonicalSite()));
            }
        }
        this.sites = given;
        save();
    }

    /** Events are kept, nothing is sent: for a copy of a controller. */
    public synchronized boolean isPaused() {
        return paused;
    }

    @DataBoundSetter
    public synchronized void setPaused(boolean paused) {
        this.paused = paused;
        save();
    }

    /** How many days the history goes back. */
    public int getKeep() {
        return keep == null ? Connections.DEFAULT_KEEP : keep;
    }

    @DataBoundSetter
    public synchronized void setKeep(int keep) {
        if (keep < 0 || keep > MAX_KEEP_DAYS) {
            throw new IllegalArgumentException(Messages.JiraSendConfiguration_BadKeep(Integer.toString(MAX_KEEP_DAYS)));
        }
        this.keep = keep;
        save();
    }

    /** Of a database; empty: the outbox is a folder. */
    public String getOutboxUrl() {
        return text(outboxUrl);
    }

    @DataBoundSetter
    public synchronized void setOutboxUrl(String outboxUrl) {
        refuse(outboxProblem(outboxUrl));
        this.outboxUrl = text(outboxUrl);
        save();
    }

    public String getOutboxCredentialsId() {
        return text(outboxCredentialsId);
    }

    @DataBoundSetter
    public synchronized void setOutboxCredentialsId(String outboxCredentialsId) {
        this.outboxCredentialsId = text(outboxCredentialsId);
        save();
    }

    /** Empty: straight to Jira. */
    public String getRelayUrl() {
        return text(relayUrl);
    }

    @DataBoundSetter
    public synchronized void setRelayUrl(String relayUrl) {
        refuse(SiteProblems.apiUrl(relayUrl));
        this.relayUrl = text(relayUrl);
        save();
    }

    public String getRelayCredentialsId() {
        return text(relayCredentialsId);
    }

    @DataBoundSetter
    public synchronized void setRelayCredentialsId(String relayCredentialsId) {
        this.relayCredentialsId = text(relayCredentialsId);
        save();
    }

    /** All or nothing of a form: the password of one database, say, is not for another. */
    synchronized Connections connections() {
        return new Connections(
                getKeep(), getOutboxUrl(), getOutboxCredentialsId(), getRelayUrl(), getRelayCredentialsId());
    }

    private static String text(@CheckForNull String value) {
        return value == null ? "" : value.trim();
    }

    private static void refuse(@CheckForNull String problem) {
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
    }

    /** The core reads it more strictly; what is here is what people get wrong. */
    @CheckForNull
    static String outboxProblem(@CheckForNull String url) {
        String address = text(url);
        if (address.isEmpty()) {
            return null;
        }
        int at = address.lastIndexOf('@');
        boolean good = address.matches("postgresql://[^\\s\\p{Cntrl}/?#]+(/[^\\s\\p{Cntrl}]*)?")
                && (at < 0 || address.indexOf(':', "postgresql://".length()) < 0 || address.indexOf(':', "postgresql://".length()) > at)
                && !address.matches(".*[?&]password=.*");
        return good ? null : Messages.JiraSendConfiguration_BadOutboxUrl();
    }

    /**
     * Takes the form. What it does not hold is gone: a form without sites has no member of that name.
     * When something in it cannot be used, everything stays as it was. Whoever asks for the sites
     * meanwhile waits, or the event of a build that ends just now would find none.
     */
    @Override
    public synchronized boolean configure(StaplerRequest2 req, JSONObject json) throws FormException {
        int oldWait = wait;
        boolean oldPaused = paused;
        List<JiraSite> oldSites = sites;
        Integer oldKeep = keep;
        Connections old = connections();
        BulkChange change = new BulkChange(this);
        try {
            sites = new ArrayList<>();
            req.bindJSON(this, json);
            checkClientIds();
            change.commit();
            return true;
        } catch (IOException e) {
            throw new FormException(Messages.JiraSendConfiguration_NotSaved(e.getMessage()), e, "sites");
        } catch (RuntimeException | LinkageError e) {
            change.abort();
            wait = oldWait;
            paused = oldPaused;
            sites = oldSites;
            keep = oldKeep;
            outboxUrl = old.outboxUrl();
            outboxCredentialsId = old.outboxCredentialsId();
            relayUrl = old.relayUrl();
            relayCredentialsId = old.relayCredentialsId();
            throw new FormException(reason(e), e, "sites");
        } finally {
            change.close();
        }
    }

    /** A site alone does not know whether there is a relay, which does not need its client id. */
    private void checkClientIds() {
        if (!getRelayUrl().isEmpty()) {
            return;
        }
        for (JiraSite site : getSites()) {
            if (site.isWithoutCredentials()) {
                throw new IllegalArgumentException(Messages.JiraSendConfiguration_NoClientIds(site.shownSite()));
            }
        }
    }

    /** The sentence of the setter that refused, below what wraps it on its way. */
    private static String reason(Throwable problem) {
        String reason = String.valueOf(problem.getMessage());
        for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
            if (cause instanceof IllegalArgumentException && cause.getMessage() != null) {
                reason = cause.getMessage();
            }
        }
        return reason;
    }

    @Override
    public synchronized void save() {
        if (BulkChange.contains(this)) {
            return;
        }
        super.save();
        try {
            JiraSendClient.get().refreshSoon();
        } catch (RuntimeException | LinkageError e) {
            LOGGER.log(Level.WARNING, "The configuration is saved, but does not take effect yet.", e);
        }
    }

    @RequirePOST
    public FormValidation doCheckWait(@QueryParameter String value) {
        if (!Jenkins.get().hasPermission(Jenkins.ADMINISTER)) {
            return FormValidation.ok();
        }
        String seconds = value == null ? "" : value.trim();
        boolean good = seconds.matches("[0-9]{1,4}") && Integer.parseInt(seconds) <= MAX_WAIT_SECONDS;
        return good ? FormValidation.ok() : FormValidation.error(Messages.JiraSendConfiguration_BadWait(Integer.toString(MAX_WAIT_SECONDS)));
    }

    @RequirePOST
    public FormValidation doCheckKeep(@QueryParameter String value) {
        String days = text(value);
        boolean good = days.matches("[0-9]{1,5}") && Integer.parseInt(days) <= MAX_KEEP_DAYS;
        return judged(good ? null : Messages.JiraSendConfiguration_BadKeep(Integer.toString(MAX_KEEP_DAYS)));
    }

    @RequirePOST
    public FormValidation doCheckOutboxUrl(@QueryParameter String value) {
        return judged(outboxProblem(value));
    }

    @RequirePOST
    public FormValidation doCheckOutboxCredentialsId(@QueryParameter String value) {
        boolean unknown = mayConfigure() && !text(value).isEmpty() && SiteSecrets.findLogin(value) == null;
        return judged(unknown ? Messages.JiraSendConfiguration_UnknownLogin(value) : null);
    }

    @RequirePOST
    public FormValidation doCheckRelayUrl(@QueryParameter String value) {
        return judged(SiteProblems.apiUrl(value));
    }

    @RequirePOST
    public FormValidation doCheckRelayCredentialsId(@QueryParameter String value) {
        boolean unknown = mayConfigure() && !text(value).isEmpty() && SiteSecrets.find(value) == null;
        return judged(unknown ? Messages.JiraSite_UnknownCredentials(value) : null);
    }

    @RequirePOST
    public ListBoxModel doFillOutboxCredentialsIdItems(@QueryParameter String outboxCredentialsId) {
        return SiteSecrets.choices(outboxCredentialsId, StandardUsernamePasswordCredentials.class);
    }

    @RequirePOST
    public ListBoxModel doFillRelayCredentialsIdItems(@QueryParameter String relayCredentialsId) {
        return SiteSecrets.choices(relayCredentialsId);
    }

    private static FormValidation judged(@CheckForNull String problem) {
        return problem == null || !mayConfigure() ? FormValidation.ok() : FormValidation.error(problem);
    }

    private static boolean mayConfigure() {
        return Jenkins.get().hasPermission(Jenkins.ADMINISTER);
    }
}
