package io.jenkins.plugins.jirasend.automatic;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.config.JiraSite;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Which stages a site is told of. A pattern has to match the whole name. */
public final class StagePatterns {
    private static final String ENVIRONMENT = "envName";

    private StagePatterns() {}

    /** Builds are told of by stages instead of by their start and end. */
    static boolean hasBuildStages(JiraSite site) {
        return site.isAutomaticBuilds() && !isBlank(site.getAutomaticBuildStages());
    }

    static boolean watchesStages(JiraSite site) {
        return hasBuildStages(site) || site.isAutomaticDeployments();
    }

    static boolean isBuildStage(JiraSite site, String stage) {
        return hasBuildStages(site) && match(site.getAutomaticBuildStages(), stage) != null;
    }

    /** The environment that a stage deploys to; null when it is no deployment for this site. */
    @CheckForNull
    public static String environment(JiraSite site, String stage) {
        if (!site.isAutomaticDeployments() || isBlank(site.getDeploymentStages())) {
            return null;
        }
        Matcher matcher = match(site.getDeploymentStages(), stage);
        if (matcher == null) {
            return null;
        }
        try {
            String name = matcher.group(ENVIRONMENT);
            return isBlank(name) ? null : name.strip();
        } catch (IllegalArgumentException noSuchGroup) {
            return null; // the form says so
        }
    }

    private static Matcher match(String pattern, String stage) {
        try {
            Matcher matcher = Pattern.compile(pattern.strip()).matcher(stage);
            return matcher.matches() ? matcher : null;
        } catch (PatternSyntaxException unusable) {
            return null; // the form says so
        } catch (StackOverflowError tooLong) {
            return null; // a pattern such as (a|b)* calls itself for each letter of a name
        }
    }

    private static boolean isBlank(String text) {
        return text == null || text.isBlank();
    }
}
