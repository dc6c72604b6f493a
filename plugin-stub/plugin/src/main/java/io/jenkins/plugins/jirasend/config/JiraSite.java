package io.jenkins.plugins.jirasend.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.Util;
import hudson.model.AbstractDescribableImpl;
import hudson.model.Descriptor;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.jirasend.nativecore.ConnectionTest;
import io.jenkins.plugins.jirasend.nativecore.SiteSettings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import jenkins.model.Jenkins;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.interceptor.RequirePOST;

/**
 * A Jira site and the OAuth credentials (2LO) that belong to it. The secret is not in here: {@code
 * credentialsId} names it.
 *
 * <p>What cannot be used is refused when the sites are given to {@link JiraSendConfiguration}: by the
 * form and by configuration as code alike. Setters take everything, because the binding of forms
 * passes over a setter that throws.
 */
public class JiraSite extends AbstractDescribableImpl<JiraSite> {
    /** Stages named so are deployments, unless the administrator has another idea. */
    public static final String DEFAULT_DEPLOYMENT_STAGES = "deploy to (?<envName>.*)";

    private final String site;
    private final String clientId;
    private final String credentialsId;
    private String cloudId;
    private String apiUrl;
    private String idPrefix;
    private String jobs;
    private boolean automaticBuilds;
    private String automaticBuildStages;
    private boolean automaticDeployments;
    private String deploymentStages;
    private boolean anyCase;
    private String projects;
    private String notKeys;
    private List<EnvironmentPattern> environments;
    private Boolean sendEmails; // null, as in files of an older plugin: yes
    private List<SiteProperty> properties;
    private boolean developmentInformation;
    private String commitUrl;
    private String branchUrl;

    @DataBoundConstructor
    public JiraSite(String site, String clientId, String credentialsId) {
        this.site = trimmed(site);
        this.clientId = trimmed(clientId);
        this.credentialsId = trimmed(credentialsId);
    }

    /** As it was typed. */
    public String getSite() {
        return orEmpty(site);
    }

    /** As the core names it; empty when a file that somebody edited holds something else than a site. */
    public String canonicalSite() {
        try {
            return SiteName.site(trimmed(site)).canonical();
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /** For a message: the site, or what was typed instead of one, without what may be a password or a token. */
    String shownSite() {
        String name = canonicalSite();
        return name.isEmpty() ? SiteName.shown(site) : name;
    }

    public String getClientId() {
        return clientId == null ? "" : clientId;
    }

    public String getCredentialsId() {
        return credentialsId == null ? "" : credentialsId;
    }

    public String getCloudId() {
        return orEmpty(cloudId);
    }

    @DataBoundSetter
    public void setCloudId(String cloudId) {
        this.cloudId = trimmed(cloudId);
    }

    public String getApiUrl() {
        return orEmpty(apiUrl);
    }

    @DataBoundSetter
    public void setApiUrl(String apiUrl) {
        this.apiUrl = trimmed(apiUrl);
    }

    public String getIdPrefix() {
        return orEmpty(idPrefix);
    }

    @DataBoundSetter
    public void setIdPrefix(String idPrefix) {
        this.idPrefix = trimmed(idPrefix);
    }

    /** What Jira counts the builds of a job in. Too long or unusual, it is the core that makes it fit. */
    public String pipelineId(String jobFullName) {
        return getIdPrefix() + jobFullName;
    }

    public String getJobs() {
        return orEmpty(jobs);
    }

    @DataBoundSetter
    public void setJobs(String jobs) {
        this.jobs = trimmed(jobs);
    }

    /** Whether the job may send here. For others this site does not exist. */
    public boolean sendsFor(String jobFullName) {
        if (getJobs().isEmpty()) {
            return true;
        }
        try {
            return Pattern.compile(getJobs()).matcher(jobFullName).matches();
        } catch (PatternSyntaxException e) {
            return false; // a file that somebody edited: rather nobody than everybody
        } catch (StackOverflowError e) {
            return false; // a pattern such as (a|b)* calls itself for each letter of a name
        }
    }

    public boolean isAutomaticBuilds() {
        return automaticBuilds;
    }

    @DataBoundSetter
    public void setAutomaticBuilds(boolean automaticBuilds) {
        this.automaticBuilds = automaticBuilds;
    }

    public String getAutomaticBuildStages() {
        return orEmpty(automaticBuildStages);
    }

    @DataBoundSetter
    public void setAutomaticBuildStages(String automaticBuildStages) {
        this.automaticBuildStages = trimmed(automaticBuildStages);
    }

    public boolean isAutomaticDeployments() {
        return automaticDeployments;
    }

    @DataBoundSetter
    public void setAutomaticDeployments(boolean automaticDeployments) {
        this.automaticDeployments = automaticDeployments;
    }

    public String getDeploymentStages() {
        return orEmpty(deploymentStages).isEmpty() ? DEFAULT_DEPLOYMENT_STAGES : deploymentStages;
    }

    @DataBoundSetter
    public void setDeploymentStages(String deploymentStages) {
        this.deploymentStages = trimmed(deploymentStages);
    }

    public boolean isAnyCase() {
        return anyCase;
    }

    @DataBoundSetter
    public void setAnyCase(boolean anyCase) {
        this.anyCase = anyCase;
    }

    public String getProjects() {
        return orEmpty(projects);
    }

    @DataBoundSetter
    public void setProjects(String projects) {
        this.projects = trimmed(projects);
    }

    public String getNotKeys() {
        return orEmpty(notKeys);
    }

    @DataBoundSetter
    public void setNotKeys(String notKeys) {
        this.notKeys = trimmed(notKeys);
    }

    public List<EnvironmentPattern> getEnvironments() {
        return environments == null ? List.of() : environments;
    }

    @DataBoundSetter
    public void setEnvironments(List<EnvironmentPattern> environments) {
        this.environments = environments == null ? null : new ArrayList<>(environments);
    }

    public boolean isSendEmails() {
        return sendEmails == null || sendEmails;
    }

    @DataBoundSetter
    public void setSendEmails(boolean sendEmails) {
        this.sendEmails = sendEmails;
    }

    public List<SiteProperty> getProperties() {
        return properties == null ? List.of() : properties;
    }

    @DataBoundSetter
    public void setProperties(List<SiteProperty> properties) {
        this.properties = properties == null ? null : new ArrayList<>(properties);
    }

    /** Whether commits, branch and pull request of each Git build are told, too. */
    public boolean isDevelopmentInformation() {
        return developmentInformation;
    }

    @DataBoundSetter
    public void setDevelopmentInformation(boolean developmentInformation) {
        this.developmentInformation = developmentInformation;
    }

    /** Where a commit is shown whose host is not known: {@code https://…/{hash}}. */
    public String getCommitUrl() {
        return orEmpty(commitUrl);
    }

    @DataBoundSetter
    public void setCommitUrl(String commitUrl) {
        this.commitUrl = trimmed(commitUrl);
    }

    /** Where a branch is shown whose host is not known: {@code https://…/{branch}}. */
    public String getBranchUrl() {
        return orEmpty(branchUrl);
    }

    @DataBoundSetter
    public void setBranchUrl(String branchUrl) {
        this.branchUrl = trimmed(branchUrl);
    }

    /** Behind a relay it needs neither: the relay has them. */
    boolean isWithoutCredentials() {
        return getClientId().isEmpty() && getCredentialsId().isEmpty();
    }

    /** How events for this site are read and marked; the core's submit options (docs/jni.md). */
    private Map<String, Object> options() {
        Map<String, Object> options = new LinkedHashMap<>();
        putUnlessEmpty(options, "origin", getIdPrefix());
        putUnlessEmpty(options, "projects", getProjects());
        putUnlessEmpty(options, "notKeys", getNotKeys());
        putUnlessEmpty(
                options,
                "environments",
                getEnvironments().stream().map(EnvironmentPattern::rule).collect(Collectors.joining(",")));
        Map<String, String> marks = new LinkedHashMap<>();
        getProperties().forEach(property -> marks.put(property.getName(), property.getValue()));
        if (!marks.isEmpty()) {
            options.put("properties", marks);
        }
        options.put("anyCase", isAnyCase());
        options.put("emails", isSendEmails());
        return options;
    }

    private static void putUnlessEmpty(Map<String, Object> map, String name, String value) {
        if (!value.isEmpty()) {
            map.put(name, value);
        }
    }

    /** What the core needs to know of it. Only of one that can be used. */
    public SiteSettings settings() {
        Set<String> hosts = new HashSet<>();
        hosts.add(SiteName.site(canonicalSite()).host());
        try {
            if (!getApiUrl().isEmpty()) {
                hosts.add(SiteName.api(trimmed(apiUrl)).host());
            }
        } catch (IllegalArgumentException e) {
            hosts.clear(); // a file that somebody edited: the core refuses it in its own words
        }
        return new SiteSettings(
                canonicalSite(), getClientId(), getCredentialsId(), getCloudId(), getApiUrl(), hosts, options());
    }

    /** Never the secret, and not the client id either: this may end in a log. */
    @Override
    public String toString() {
        return "JiraSite[" + canonicalSite() + "]";
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }

    private static String trimmed(String text) {
        return text == null ? "" : text.trim();
    }

    /** Why this site cannot be used as it is, in a sentence, or null. */
    @CheckForNull
    String problem() {
        String[] problems = {
            SiteProblems.site(site),
            isWithoutCredentials() ? null : SiteProblems.clientId(clientId),
            SiteProblems.cloudId(cloudId),
            SiteProblems.apiUrl(apiUrl),
            SiteProblems.idPrefix(idPrefix),
            SiteProblems.pattern(jobs),
            SiteProblems.pattern(automaticBuildStages),
            SiteProblems.deploymentPattern(deploymentStages),
            SiteProblems.words(projects),
            SiteProblems.words(notKeys),
            SiteProblems.link(commitUrl, "{hash}"),
            SiteProblems.link(branchUrl, "{branch}"),
            SiteProblems.first(getEnvironments().stream().map(EnvironmentPattern::problem)),
            SiteProblems.first(getProperties().stream().map(SiteProperty::problem)),
            getProperties().size() > SiteProperty.MAX ? Messages.JiraSite_TooManyProperties(SiteProperty.MAX) : null,
            getProperties().stream().map(SiteProperty::getName).distinct().count() < getProperties().size()
                    ? Messages.JiraSite_PropertyTwice() // one of them would be lost without a word
                    : null
        };
        for (String problem : problems) {
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    @Extension
    public static final class DescriptorImpl extends Descriptor<JiraSite> {
        @NonNull
        @Override
        public String getDisplayName() {
            return Messages.JiraSite_DisplayName();
        }

        /** For the form: what a new site has in this field. */
        @Restricted(NoExternalUse.class)
        public String getDefaultDeploymentStages() {
            return DEFAULT_DEPLOYMENT_STAGES;
        }

        @RequirePOST
        public ListBoxModel doFillCredentialsIdItems(@QueryParameter String credentialsId) {
            return SiteSecrets.choices(credentialsId);
        }

        @RequirePOST
        public FormValidation doCheckSite(@QueryParameter String value) {
            return judged(isBlank(value) ? null : SiteProblems.site(value)); // a new site is not wrong yet
        }

        @RequirePOST
        public FormValidation doCheckClientId(@QueryParameter String value) {
            return judged(isBlank(value) ? null : SiteProblems.clientId(value));
        }

        @RequirePOST
        public FormValidation doCheckCredentialsId(@QueryParameter String value) {
            if (!mayConfigure() || isBlank(value)) {
                return FormValidation.ok();
            }
            return SiteSecrets.find(value) == null
                    ? FormValidation.error(Messages.JiraSite_UnknownCredentials(value))
                    : FormValidation.ok();
        }

        @RequirePOST
        public FormValidation doCheckCloudId(@QueryParameter String value) {
            return judged(SiteProblems.cloudId(value));
        }

        @RequirePOST
        public FormValidation doCheckApiUrl(@QueryParameter String value) {
            return judged(SiteProblems.apiUrl(value));
        }

        @RequirePOST
        public FormValidation doCheckIdPrefix(@QueryParameter String value) {
            return judged(SiteProblems.idPrefix(value));
        }

        @RequirePOST
        public FormValidation doCheckProjects(@QueryParameter String value) {
            return judged(SiteProblems.words(value));
        }

        @RequirePOST
        public FormValidation doCheckNotKeys(@QueryParameter String value) {
            return judged(SiteProblems.words(value));
        }

        @RequirePOST
        public FormValidation doCheckJobs(@QueryParameter String value) {
            return judged(SiteProblems.pattern(value));
        }

        @RequirePOST
        public FormValidation doCheckAutomaticBuildStages(@QueryParameter String value) {
            return judged(SiteProblems.pattern(value));
        }

        @RequirePOST
        public FormValidation doCheckDeploymentStages(@QueryParameter String value) {
            return judged(SiteProblems.deploymentPattern(value));
        }

        @RequirePOST
        public FormValidation doCheckCommitUrl(@QueryParameter String value) {
            return judged(SiteProblems.link(value, "{hash}"));
        }

        @RequirePOST
        public FormValidation doCheckBranchUrl(@QueryParameter String value) {
            return judged(SiteProblems.link(value, "{branch}"));
        }

        /** Gets a token and the cloud id, with a client of its own that keeps nothing. */
        @RequirePOST
        public FormValidation doTestConnection(
                @QueryParameter String site,
                @QueryParameter String clientId,
                @QueryParameter String credentialsId,
                @QueryParameter String cloudId,
                @QueryParameter String apiUrl) {
            Jenkins.get().checkPermission(Jenkins.ADMINISTER);
            JiraSite tried = new JiraSite(site, clientId, credentialsId);
            tried.setCloudId(cloudId);
            tried.setApiUrl(apiUrl);
            String problem = tried.problem();
            if (problem != null) {
                return FormValidation.error(problem);
            }
            return FormValidation.aggregate(ConnectionTest.run(tried.settings()).stream()
                    .map(fact -> switch (fact.grade()) {
                        case GOOD -> good(fact.sentence());
                        case DOUBTFUL -> FormValidation.warning(fact.sentence());
                        case BAD -> FormValidation.error(fact.sentence());
                    })
                    .toList());
        }

        /** In green: Jenkins writes what is right in grey. */
        private static FormValidation good(String sentence) {
            return FormValidation.okWithMarkup(
                    "<span class=\"jenkins-!-success-color\">" + Util.escape(sentence) + "</span>");
        }

        private static FormValidation judged(@CheckForNull String problem) {
            return problem == null || !mayConfigure() ? FormValidation.ok() : FormValidation.error(problem);
        }

        private static boolean isBlank(String value) {
            return value == null || value.isBlank();
        }

        private static boolean mayConfigure() {
            return Jenkins.get().hasPermission(Jenkins.ADMINISTER);
        }
    }
}
