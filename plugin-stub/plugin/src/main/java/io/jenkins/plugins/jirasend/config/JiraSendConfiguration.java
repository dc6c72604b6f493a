package io.jenkins.plugins.jirasend.config;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.BulkChange;
import hudson.Extension;
import hudson.ExtensionList;
import hudson.util.FormValidation;
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

    private static final Logger LOGGER = Logger.getLogger(JiraSendConfiguration.class.getName());

    private int wait = DEFAULT_WAIT_SECONDS;
    private List<JiraSite> sites = new ArrayList<>();
    private boolean paused;

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
    public boolean isPaused() {
        return paused;
    }

    @DataBoundSetter
    public synchronized void setPaused(boolean paused) {
        this.paused = paused;
        save();
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
        BulkChange change = new BulkChange(this);
        try {
            sites = new ArrayList<>();
            req.bindJSON(this, json);
            change.commit();
            return true;
        } catch (IOException e) {
            throw new FormException(Messages.JiraSendConfiguration_NotSaved(e.getMessage()), e, "sites");
        } catch (RuntimeException | LinkageError e) {
            change.abort();
            wait = oldWait;
            paused = oldPaused;
            sites = oldSites;
            throw new FormException(reason(e), e, "sites");
        } finally {
            change.close();
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
}
