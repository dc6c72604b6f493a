package io.jenkins.plugins.jirasend.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;

import hudson.model.Cause;
import hudson.model.Job;
import hudson.model.Run;
import io.jenkins.plugins.jirasend.event.Runs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OriginsTest {
    @Test
    void followsUpstreamRunsForFiveLevels() {
        List<Run<?, ?>> chain = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            chain.add(run("job" + i));
        }
        for (int i = 0; i < 7; i++) {
            causes(chain.get(i), chain.get(i + 1));
        }
        assertEquals(chain.subList(1, 6), Origins.of(chain.get(0)));
    }

    @Test
    void endsInCirclesAndWhereARunIsGone() {
        Run<?, ?> first = run("a");
        Run<?, ?> second = run("b");
        causes(first, second, null);
        causes(second, first);
        assertEquals(List.of(second), Origins.of(first));
    }

    private static Run<?, ?> run(String name) {
        Run<?, ?> run = mock(Run.class);
        Runs.prepare(run, Runs.job(Job.class, name), 1, null);
        return run;
    }

    private static void causes(Run<?, ?> run, Run<?, ?>... upstream) {
        List<Cause> causes = new ArrayList<>();
        causes.add(mock(Cause.class));
        for (Run<?, ?> up : upstream) {
            Cause.UpstreamCause cause = mock(Cause.UpstreamCause.class);
            doReturn(up).when(cause).getUpstreamRun();
            causes.add(cause);
        }
        doReturn(causes).when(run).getCauses();
    }
}
