package io.jenkins.plugins.jirasend.event;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;

import hudson.EnvVars;
import hudson.model.Action;
import hudson.model.Cause;
import hudson.model.Job;
import hudson.model.Run;
import java.io.File;
import java.util.ArrayList;
import java.util.List;

/** Runs of jobs as Mockito makes them, with a memory for actions. */
public final class Runs {
    private Runs() {}

    public static <T extends Job<?, ?>> T job(Class<T> type, String fullName) {
        T job = mock(type);
        doReturn(fullName).when(job).getFullName();
        doReturn(fullName.replace("/", " » ")).when(job).getFullDisplayName();
        doReturn("job/" + fullName.replace("/", "/job/") + "/").when(job).getUrl();
        doReturn(new File("no-such-folder")).when(job).getRootDir();
        return job;
    }

    public static void prepare(Run<?, ?> run, Job<?, ?> job, int number, EnvVars variables) {
        List<Action> actions = new ArrayList<>();
        String url = job.getUrl();
        try {
            doReturn(job).when(run).getParent();
            doReturn(number).when(run).getNumber();
            doReturn(url + number + "/").when(run).getUrl();
            doReturn(job.getFullName() + "#" + number).when(run).getExternalizableId();
            doReturn(variables).when(run).getEnvironment(any());
            doReturn(new ArrayList<Cause>()).when(run).getCauses();
            doReturn(new File("no-such-folder")).when(run).getRootDir();
        } catch (Exception impossible) {
            throw new AssertionError(impossible);
        }
        doAnswer(call -> actions.add(call.getArgument(0))).when(run).addAction(any());
        doAnswer(call -> actions.stream()
                        .filter(call.<Class<?>>getArgument(0)::isInstance)
                        .findFirst()
                        .orElse(null))
                .when(run)
                .getAction(any());
        doAnswer(call -> actions.stream()
                        .filter(call.<Class<?>>getArgument(0)::isInstance)
                        .toList())
                .when(run)
                .getActions(any());
    }

    public static Run<?, ?> before(Run<?, ?> run, Run<?, ?> previous) {
        doReturn(previous).when(run).getPreviousBuild();
        return run;
    }
}
