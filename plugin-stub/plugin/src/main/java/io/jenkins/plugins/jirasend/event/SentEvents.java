package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.model.InvisibleAction;
import hudson.model.Run;
import io.jenkins.plugins.jirasend.config.JiraSite;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Remembers on a run which builds and deployments were ended explicitly, by a step or an action: the
 * automatic event would only repeat it, or contradict it. And what can be asked for later, or not
 * found out any more.
 */
public final class SentEvents extends InvisibleAction {
    private static final Logger LOGGER = Logger.getLogger(SentEvents.class.getName());

    /** Replaced, never changed: the run may be written to disk at any time. */
    private volatile ArrayList<String> ended = new ArrayList<>();

    /** Ids in the outbox, by site and environment. Replaced as well. */
    private volatile LinkedHashMap<String, Long> deployments = new LinkedHashMap<>();

    /** How to tell that a gated deployment is cancelled, by site and environment. Replaced as well. */
    private volatile LinkedHashMap<String, SendOptions> gated = new LinkedHashMap<>();

    /** The gates among them that somebody waits for, who would tell Jira if that ended. Replaced as well. */
    private volatile ArrayList<String> awaited = new ArrayList<>();

    /** What Jira knows the job by since this run's first event, by site. Replaced as well. */
    private volatile LinkedHashMap<String, String> pipelines = new LinkedHashMap<>();

    /** Issue keys that were found with the help of the workspace. Replaced as well. */
    private volatile ArrayList<String> headKeys = new ArrayList<>();

    /** For development information, when the workspace is gone. */
    private volatile String headMessage;

    /** Remembers keys for later deployments. Written with the run, which is saved at its end at the latest. */
    static void markHeadKeys(Run<?, ?> run, Set<String> keys) {
        synchronized (SentEvents.class) {
            if (keys.isEmpty() || headKeys(run).containsAll(keys)) {
                return;
            }
            Set<String> all = new LinkedHashSet<>(headKeys(run));
            all.addAll(keys);
            of(run).headKeys = new ArrayList<>(all);
        }
    }

    static List<String> headKeys(Run<?, ?> run) {
        SentEvents sent = run.getAction(SentEvents.class);
        return sent == null || sent.headKeys == null ? List.of() : sent.headKeys;
    }

    /** The message of the commit that was built, as the workspace had it; null when nobody has looked. */
    @CheckForNull
    public static String headMessage(Run<?, ?> run) {
        SentEvents sent = run.getAction(SentEvents.class);
        return sent == null ? null : sent.headMessage;
    }

    static void markHeadMessage(Run<?, ?> run, String message) {
        synchronized (SentEvents.class) {
            if (!message.equals(headMessage(run))) {
                of(run).headMessage = message;
            }
        }
    }

    /** Remembers where the last explicit deployment to an environment can be asked for. */
    static void markDeployment(Run<?, ?> run, PreparedEvent event, long id) {
        synchronized (SentEvents.class) {
            SentEvents sent = of(run);
            LinkedHashMap<String, Long> more = new LinkedHashMap<>(sent.ids());
            more.put(key(event.kind(), event.site(), event.environmentId()), id);
            sent.deployments = more;
        }
        save(run);
    }

    /** The id in the outbox of the last deployment that a step sent; 0 when there was none. */
    public static long deploymentId(Run<?, ?> run, String site, String environmentId) {
        SentEvents sent = run.getAction(SentEvents.class);
        return sent == null ? 0 : sent.ids().getOrDefault(key(EventKind.DEPLOYMENT, site, environmentId), 0L);
    }

    /** A deployment that asks for a gate was submitted. */
    static void markGated(Run<?, ?> run, PreparedEvent event) {
        synchronized (SentEvents.class) {
            SentEvents sent = of(run);
            LinkedHashMap<String, SendOptions> more = new LinkedHashMap<>(sent.gates());
            more.put(key(event.kind(), event.site(), event.environmentId()), event.gated());
            sent.gated = more;
        }
        save(run);
    }

    /** How to tell that this run's gated deployment to an environment is cancelled; null when it sent none. */
    @CheckForNull
    public static SendOptions gated(Run<?, ?> run, String site, String environmentId) {
        SentEvents sent = run.getAction(SentEvents.class);
        return sent == null ? null : sent.gates().get(key(EventKind.DEPLOYMENT, site, environmentId));
    }

    /** Whoever gives a site another prefix, or moves the job, while a run goes on makes no two builds of it. */
    public static String pipelineId(Run<?, ?> run, JiraSite site) {
        SentEvents sent = run.getAction(SentEvents.class);
        String told = sent == null ? null : sent.names().get(site.canonicalSite());
        return told == null ? site.pipelineId(run.getParent().getFullName()) : told;
    }

    /** An event was submitted; the first one names the pipeline of those to come. */
    static void markPipeline(Run<?, ?> run, PreparedEvent event) {
        synchronized (SentEvents.class) {
            SentEvents sent = of(run);
            if (event.pipelineId() == null || sent.names().containsKey(event.site())) {
                return;
            }
            LinkedHashMap<String, String> more = new LinkedHashMap<>(sent.names());
            more.put(event.site(), event.pipelineId());
            sent.pipelines = more;
        }
        save(run);
    }

    /** Somebody begins or ends to wait for a gate, and would tell Jira that the deployment is cancelled. */
    public static void markAwaited(Run<?, ?> run, String site, String environmentId, boolean awaited) {
        synchronized (SentEvents.class) {
            SentEvents sent = of(run);
            String key = key(EventKind.DEPLOYMENT, site, environmentId);
            Set<String> changed = new LinkedHashSet<>(sent.waits());
            if (!(awaited ? changed.add(key) : changed.remove(key))) {
                return;
            }
            sent.awaited = new ArrayList<>(changed);
        }
        save(run);
    }

    public static boolean isAwaited(Run<?, ?> run) {
        SentEvents sent = run.getAction(SentEvents.class);
        return sent != null && !sent.waits().isEmpty();
    }

    /** What to tell Jira when a run ends while somebody still waits for gates, as after a hard kill. */
    public static List<SendOptions> takeAwaited(Run<?, ?> run) {
        synchronized (SentEvents.class) {
            SentEvents sent = run.getAction(SentEvents.class);
            if (sent == null || sent.waits().isEmpty()) {
                return List.of();
            }
            Map<String, SendOptions> gates = sent.gates();
            List<SendOptions> cancelled = sent.waits().stream()
                    .map(gates::get)
                    .filter(Objects::nonNull)
                    .toList();
            sent.awaited = new ArrayList<>();
            return cancelled;
        }
    }

    /** An event with an end state was submitted. */
    public static void markEnded(Run<?, ?> run, PreparedEvent event) {
        synchronized (SentEvents.class) {
            SentEvents sent = of(run);
            String key = key(event.kind(), event.site(), event.environmentId());
            if (sent.keys().contains(key)) {
                return;
            }
            ArrayList<String> longer = new ArrayList<>(sent.keys());
            longer.add(key);
            sent.ended = longer;
        }
        save(run);
    }

    public static boolean isEnded(Run<?, ?> run, PreparedEvent event) {
        SentEvents sent = run.getAction(SentEvents.class);
        return sent != null && sent.keys().contains(key(event.kind(), event.site(), event.environmentId()));
    }

    /** Writes a run; what is lost when that fails is only the memory of it. */
    public static void save(Run<?, ?> run) {
        try {
            if (!run.getRootDir().isDirectory()) {
                return; // deleted meanwhile: saving would bring it back
            }
            run.save();
        } catch (IOException | RuntimeException e) {
            LOGGER.log(Level.WARNING, "Cannot save " + run + ".", e);
        }
    }

    private static SentEvents of(Run<?, ?> run) {
        SentEvents sent = run.getAction(SentEvents.class);
        if (sent == null) {
            sent = new SentEvents();
            run.addAction(sent);
        }
        return sent;
    }

    private Map<String, SendOptions> gates() {
        return gated == null ? Map.of() : gated; // null: written by an older plugin
    }

    private Map<String, String> names() {
        return pipelines == null ? Map.of() : pipelines;
    }

    private List<String> waits() {
        return awaited == null ? List.of() : awaited;
    }

    private Map<String, Long> ids() {
        return deployments == null ? Map.of() : deployments;
    }

    private List<String> keys() {
        return ended == null ? List.of() : ended;
    }

    private static String key(EventKind kind, String site, String environmentId) {
        return kind == EventKind.BUILD ? kind.word() + " " + site : kind.word() + " " + site + " " + environmentId;
    }
}
