package io.jenkins.plugins.jirasend.jenkinsfiles;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.withSettings;

import hudson.EnvVars;
import hudson.model.Action;
import hudson.model.BuildListener;
import hudson.model.FreeStyleBuild;
import hudson.model.FreeStyleProject;
import hudson.model.Result;
import hudson.scm.ChangeLogSet;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import jenkins.scm.RunWithSCM;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;

/** A build: what steps, post-build actions and Jenkinsfiles see of it. */
final class Build {
    final TreeMap<String, String> env;
    final CurrentBuild currentBuild = new CurrentBuild();
    final FreeStyleBuild run = mock(FreeStyleBuild.class, withSettings().extraInterfaces(RunWithSCM.class));
    final BuildListener listener = mock(BuildListener.class);

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    Build(String job, int number, Map<String, String> variables) {
        env = new TreeMap<>(variables);
        env.put("JOB_NAME", job);
        env.put("BUILD_NUMBER", String.valueOf(number));
        FreeStyleProject parent = mock(FreeStyleProject.class);
        String url = "job/" + job.replace("/", "/job/") + "/";
        List<Action> actions = new CopyOnWriteArrayList<>();
        doReturn(job).when(parent).getFullName();
        doReturn(job.replace("/", " » ")).when(parent).getFullDisplayName();
        doReturn(url).when(parent).getUrl();
        doReturn(new File("no-such-folder")).when(parent).getRootDir();
        doReturn(parent).when(run).getParent();
        doReturn(number).when(run).getNumber();
        doReturn(url + number + "/").when(run).getUrl();
        doReturn(job + "#" + number).when(run).getExternalizableId();
        doReturn(new ArrayList<>()).when(run).getCauses();
        doReturn(new File("no-such-folder")).when(run).getRootDir();
        doAnswer(call -> currentBuild.result).when(run).getResult();
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
        doReturn(new PrintStream(log, true, StandardCharsets.UTF_8)).when(listener).getLogger();
        try {
            doAnswer(call -> new EnvVars(env)).when(run).getEnvironment(any());
        } catch (IOException | InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** The commits that came since the build before. */
    void commits(String... messages) {
        List<ChangeLogSet.Entry> entries = new ArrayList<>();
        for (String message : messages) {
            ChangeLogSet.Entry entry = mock(ChangeLogSet.Entry.class);
            doReturn(message).when(entry).getMsg();
            entries.add(entry);
        }
        ChangeLogSet<?> set = mock(ChangeLogSet.class);
        doAnswer(call -> entries.iterator()).when(set).iterator();
        doReturn(List.of(set)).when((RunWithSCM<?, ?>) run).getChangeSets();
    }

    String log() {
        return log.toString(StandardCharsets.UTF_8);
    }

    String currentResult() {
        return currentBuild.getCurrentResult();
    }

    /** An exception that nobody caught makes the result. */
    void failed(Throwable problem) {
        currentBuild.worsen(problem instanceof FlowInterruptedException end ? end.getResult() : Result.FAILURE);
    }

    /** The variable of that name. Serializable, as everything that a Jenkinsfile holds. */
    public static final class CurrentBuild implements java.io.Serializable {
        private static final long serialVersionUID = 1L;

        private static final List<Result> RESULTS =
                List.of(Result.SUCCESS, Result.UNSTABLE, Result.FAILURE, Result.NOT_BUILT, Result.ABORTED);

        private volatile Result result;

        public String getResult() {
            return result == null ? null : result.toString();
        }

        /** A result only ever gets worse. */
        public void setResult(String name) {
            worsen(RESULTS.stream()
                    .filter(known -> known.toString().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("No result is called " + name)));
        }

        public String getCurrentResult() {
            return result == null ? "SUCCESS" : result.toString();
        }

        void worsen(Result other) {
            result = result == null ? other : result.combine(other);
        }
    }
}
