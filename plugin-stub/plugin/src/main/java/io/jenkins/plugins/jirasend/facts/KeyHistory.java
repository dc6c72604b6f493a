package io.jenkins.plugins.jirasend.facts;

import hudson.XmlFile;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The issue keys of one job's builds that were not deployed yet, for each environment, in one file
 * beside the job's configuration. So a deployment names everything that it brings, although most of
 * it was built earlier, and no old build has to be loaded for that.
 *
 * <p>A deployment brings what its build and the builds before it brought. What of that is known when it is
 * told waits no more. An older build that was still running then, and was not deployed itself, waits when
 * it ends for the next deployment: later than the truth, but not never.
 *
 * <p>The file holds plain collections only, so it can be read without this plugin.
 */
public final class KeyHistory {
    /** As many as Jira takes for one deployment. */
    static final int LIMIT = 500;

    /** Environments with made-up names (a preview of each branch) must not let the file grow. */
    static final int MAX_ENVIRONMENTS = 100;

    /** More builds of one job than run at the same time. */
    static final int MAX_DEPLOYED = 50;

    private static final Logger LOGGER = Logger.getLogger(KeyHistory.class.getName());

    private static final String FILE = "jirasend-keys.xml";
    private static final String WAITING = "waiting";
    private static final String LAST_KEYS = "lastKeys";
    private static final String LAST_NUMBER = "lastNumber";
    /** The numbers of the builds that were deployed, in that order, and not rolled back. */
    private static final String DEPLOYED = "deployed";

    private final Store file;

    public KeyHistory(Store file) {
        this.file = file;
    }

    public static KeyHistory in(File jobFolder) {
        XmlFile file = new XmlFile(new File(jobFolder, FILE));
        return new KeyHistory(new Store() {
            @Override
            public boolean exists() {
                return file.exists();
            }

            @Override
            public Object read() throws IOException {
                return file.read();
            }

            @Override
            public void write(Object content) throws IOException {
                if (jobFolder.isDirectory()) { // a job that is deleted meanwhile stays deleted
                    file.write(content);
                }
            }

            @Override
            public String toString() {
                return file.toString();
            }
        });
    }

    /** The file, or what tests put in its place. */
    public interface Store {
        boolean exists();

        Object read() throws IOException;

        void write(Object content) throws IOException;
    }

    /** Keys of earlier builds, each with the number of the build that brought it. */
    public interface Seed {
        Map<String, Integer> read() throws InterruptedException;
    }

    /**
     * What is waiting for a deployment of build {@code number} to an environment.
     *
     * @param waiting keys of builds up to this one that were not deployed there yet
     * @param last keys of the last successful deployment there
     * @param lastNumber its build, 0 when there was none
     */
    public record Pending(List<String> waiting, List<String> last, int lastNumber) {}

    /**
     * Reads what is waiting. The first question about an environment reads earlier builds.
     *
     * @param seed called when the environment is new
     */
    public Pending pending(String environment, int number, Seed seed) throws InterruptedException {
        synchronized (KeyHistory.class) {
            Map<String, Map<String, Object>> all = load();
            Map<String, Object> entry = all.get(environment);
            if (entry != null) {
                return pending(entry, number);
            }
        }
        Map<String, Integer> seeded = seed.read(); // reads builds: not under the lock
        synchronized (KeyHistory.class) {
            Map<String, Map<String, Object>> all = load();
            Map<String, Object> entry = all.computeIfAbsent(environment, unused -> newEntry());
            seeded.forEach((key, build) -> waiting(entry).putIfAbsent(key, build));
            trim(waiting(entry));
            save(all);
            return pending(entry, number);
        }
    }

    /** A build is finished: its keys now wait for every environment that this job is deployed to. */
    public void built(int number, Collection<String> keys) {
        synchronized (KeyHistory.class) {
            if (keys.isEmpty() || !file.exists()) {
                return;
            }
            Map<String, Map<String, Object>> all = load();
            for (Map<String, Object> entry : all.values()) {
                if (!deployed(entry).contains(number)) {
                    addWaiting(entry, number, keys);
                }
            }
            save(all);
        }
    }

    private static void addWaiting(Map<String, Object> entry, int number, Collection<String> keys) {
        boolean overtaken = number < lastNumber(entry);
        for (String key : keys) {
            if (!overtaken || !lastKeys(entry).contains(key)) { // else the newer build has named it
                waiting(entry).putIfAbsent(key, number);
            }
        }
        trim(waiting(entry));
    }

    /** A build was deployed with success: what it and the builds before it brought waits no more. */
    public void deployed(String environment, int number, Collection<String> keys) {
        synchronized (KeyHistory.class) {
            Map<String, Map<String, Object>> all = load();
            Map<String, Object> entry = all.remove(environment);
            if (entry == null) {
                entry = newEntry();
            }
            all.put(environment, entry); // the environments used last are kept
            waiting(entry).values().removeIf(build -> build <= number);
            List<String> last = new ArrayList<>(new LinkedHashSet<>(keys));
            entry.put(LAST_KEYS, new ArrayList<>(last.subList(0, Math.min(LIMIT, last.size()))));
            entry.put(LAST_NUMBER, number);
            remember(deployed(entry), number);
            save(all);
        }
    }

    /** Newer builds are rolled back by this, so they count no more as deployed. */
    private static void remember(List<Integer> deployed, int number) {
        deployed.removeIf(build -> build >= number);
        deployed.add(number);
        if (deployed.size() > MAX_DEPLOYED) {
            deployed.remove(0);
        }
    }

    public boolean exists() {
        return file.exists();
    }

    private static Pending pending(Map<String, Object> entry, int number) {
        Set<String> keys = new LinkedHashSet<>();
        waiting(entry).forEach((key, build) -> {
            if (build <= number) {
                keys.add(key);
            }
        });
        return new Pending(List.copyOf(keys), List.copyOf(lastKeys(entry)), lastNumber(entry));
    }

    private static Map<String, Object> newEntry() {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put(WAITING, new LinkedHashMap<String, Integer>());
        entry.put(LAST_KEYS, new ArrayList<String>());
        entry.put(LAST_NUMBER, 0);
        entry.put(DEPLOYED, new ArrayList<Integer>());
        return entry;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Integer> waiting(Map<String, Object> entry) {
        return (Map<String, Integer>) entry.get(WAITING);
    }

    @SuppressWarnings("unchecked")
    private static List<String> lastKeys(Map<String, Object> entry) {
        return (List<String>) entry.get(LAST_KEYS);
    }

    @SuppressWarnings("unchecked")
    private static List<Integer> deployed(Map<String, Object> entry) {
        return (List<Integer>) entry.get(DEPLOYED);
    }

    private static int lastNumber(Map<String, Object> entry) {
        return (Integer) entry.get(LAST_NUMBER);
    }

    /** Beyond the limit the oldest give way: they are the likeliest to be elsewhere in Jira already. */
    private static void trim(Map<String, ?> map) {
        trim(map, LIMIT);
    }

    private static void trim(Map<String, ?> map, int limit) {
        Iterator<String> oldest = map.keySet().iterator();
        for (int surplus = map.size() - limit; surplus > 0; surplus--) {
            oldest.next();
            oldest.remove();
        }
    }

    /** A file that cannot be read is no reason to lose an event: the history starts again. */
    private Map<String, Map<String, Object>> load() {
        Map<String, Map<String, Object>> result = new LinkedHashMap<>();
        if (!file.exists()) {
            return result;
        }
        try {
            if (file.read() instanceof Map<?, ?> read) {
                read.forEach((environment, entry) -> {
                    if (environment instanceof String name && entry instanceof Map<?, ?> map) {
                        result.put(name, checked(map));
                    }
                });
            }
        } catch (IOException | RuntimeException e) {
            LOGGER.log(Level.WARNING, "Cannot read " + file + "; the keys of earlier builds start again.", e);
        }
        return result;
    }

    private static Map<String, Object> checked(Map<?, ?> map) {
        Map<String, Object> entry = newEntry();
        if (map.get(WAITING) instanceof Map<?, ?> read) {
            read.forEach((key, build) -> {
                if (key instanceof String text && build instanceof Integer number) {
                    waiting(entry).put(text, number);
                }
            });
        }
        if (map.get(LAST_KEYS) instanceof List<?> read) {
            read.forEach(key -> lastKeys(entry).add(String.valueOf(key)));
        }
        if (map.get(LAST_NUMBER) instanceof Integer number) {
            entry.put(LAST_NUMBER, number);
        }
        if (map.get(DEPLOYED) instanceof List<?> read) {
            read.forEach(build -> {
                if (build instanceof Integer number) {
                    deployed(entry).add(number);
                }
            });
        }
        return entry;
    }

    private void save(Map<String, Map<String, Object>> all) {
        trim(all, MAX_ENVIRONMENTS);
        try {
            file.write(all);
        } catch (IOException e) {
            LOGGER.log(Level.WARNING, "Cannot write " + file + ".", e);
        }
    }
}
