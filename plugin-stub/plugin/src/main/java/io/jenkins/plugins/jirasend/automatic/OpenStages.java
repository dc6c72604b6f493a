package io.jenkins.plugins.jirasend.automatic;

import hudson.model.InvisibleAction;
import hudson.model.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The open stages of a run that are told of, kept with the run so that a restart forgets none. */
public final class OpenStages extends InvisibleAction {
    /** Replaced, never changed: the run may be written to disk at any time. */
    private volatile ArrayList<OpenStage> stages = new ArrayList<>();

    static List<OpenStage> of(Run<?, ?> run) {
        OpenStages action = run.getAction(OpenStages.class);
        return action == null || action.stages == null ? List.of() : action.stages;
    }

    static void add(Run<?, ?> run, OpenStage stage) {
        synchronized (OpenStages.class) {
            OpenStages action = run.getAction(OpenStages.class);
            if (action == null) {
                action = new OpenStages();
                run.addAction(action);
            }
            ArrayList<OpenStage> longer = new ArrayList<>(of(run));
            longer.add(stage);
            action.stages = longer;
        }
    }

    /** Takes out the stages that fit; each is handed out once. */
    static List<OpenStage> take(Run<?, ?> run, Predicate<OpenStage> which) {
        synchronized (OpenStages.class) {
            List<OpenStage> taken = of(run).stream().filter(which).toList();
            if (!taken.isEmpty()) {
                ArrayList<OpenStage> rest = new ArrayList<>(of(run));
                rest.removeAll(taken);
                run.getAction(OpenStages.class).stages = rest;
            }
            return taken;
        }
    }
}
