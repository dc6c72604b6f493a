package io.jenkins.plugins.jirasend.facts;

import hudson.Extension;
import hudson.model.Run;
import hudson.tasks.test.AbstractTestResultAction;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;

/** How the tests went. The only class that names the JUnit plugin. */
@Extension(optional = true)
@Restricted(NoExternalUse.class)
public final class JunitFacts implements FactSource {
    @Override
    public void addFacts(Run<?, ?> run, Gathered facts) {
        for (AbstractTestResultAction<?> report : run.getActions(AbstractTestResultAction.class)) {
            facts.addTests(new TestCounts(report.getTotalCount(), report.getFailCount(), report.getSkipCount()));
        }
    }
}
