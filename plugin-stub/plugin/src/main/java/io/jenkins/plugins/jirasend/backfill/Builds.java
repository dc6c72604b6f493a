package io.jenkins.plugins.jirasend.backfill;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.model.Job;
import hudson.model.Run;
import hudson.model.RunMap;
import hudson.model.TopLevelItem;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jenkins.model.Jenkins;
import jenkins.model.lazy.LazyBuildMixIn;

/**
 * The builds that a controller has, from their folders: to count them none is loaded, to tell of them one at a
 * time. Jenkins keeps a build that it has loaded until memory is short; so those that are over are loaded
 * beside its own, and forgotten. Used by one thread.
 */
class Builds {
    private static final Pattern TIME = Pattern.compile("<(?:startTime|timestamp)>([0-9]{10,16})<");

    /** Of one job, and without what Jenkins itself has loaded of it; null: none yet. */
    @CheckForNull
    private RunMap<?> own;

    @CheckForNull
    private Job<?, ?> jobOfOwn;

    /** Names of all jobs whose builds count, in an order that stays. */
    List<String> jobs() {
        return Jenkins.get().getAllItems(Job.class).stream()
                .filter(job -> job instanceof TopLevelItem)
                .map(job -> ((Job<?, ?>) job).getFullName())
                .sorted()
                .toList();
    }

    /** Numbers of the builds of a job, oldest first. */
    int[] numbers(String job) {
        Job<?, ?> found = job(job);
        String[] names = found == null ? null : found.getBuildDir().list();
        return names == null
                ? new int[0]
                : Arrays.stream(names)
                        .filter(name -> name.matches("[1-9][0-9]{0,8}"))
                        .mapToInt(Integer::parseInt)
                        .sorted()
                        .toArray();
    }

    /** When a build began (milliseconds since 1970), read from its file; 0: that cannot be told. */
    long startedAt(String job, int number) {
        Job<?, ?> found = job(job);
        if (found == null) {
            return 0;
        }
        File file = new File(found.getBuildDir(), number + "/build.xml");
        try (BufferedReader reader = Files.newBufferedReader(file.toPath(), StandardCharsets.UTF_8);
                Stream<String> lines = reader.lines()) {
            return lines.map(TIME::matcher)
                    .filter(Matcher::find)
                    .map(matcher -> Long.parseLong(matcher.group(1)))
                    .findFirst()
                    .orElse(0L);
        } catch (IOException | RuntimeException e) {
            return 0; // deleted meanwhile, or in a coding of its own
        }
    }

    @CheckForNull
    Run<?, ?> build(String job, int number) {
        Job<?, ?> found = job(job);
        if (found instanceof LazyBuildMixIn.LazyLoadingJob<?, ?> lazy
                && !lazy.getLazyBuildMixIn().getRunMap().getLoadedBuilds().containsKey(number)
                && isOver(new File(found.getBuildDir(), number + "/build.xml"))) {
            return loaded(found, lazy.getLazyBuildMixIn(), number);
        }
        return found == null ? null : found.getBuildByNumber(number);
    }

    @SuppressWarnings({"rawtypes", "unchecked"}) // its parameters are those of the job, whatever they are
    @CheckForNull
    private Run<?, ?> loaded(Job<?, ?> job, LazyBuildMixIn<?, ?> mixIn, int number) {
        if (job != jobOfOwn) {
            own = new RunMap(job, mixIn::loadBuild);
            jobOfOwn = job;
        }
        return (Run<?, ?>) own.getByNumber(number);
    }

    /** Nothing of the build is needed any more. One that Jenkins had loaded stays with it. */
    @SuppressWarnings({"rawtypes", "unchecked"})
    void forget(Run<?, ?> run) {
        if (own != null && own.getLoadedBuilds().get(run.getNumber()) == run) {
            ((RunMap) own).remove(run);
        }
    }

    /** Nothing at all is. */
    void forgetAll() {
        own = null;
        jobOfOwn = null;
    }

    /**
     * Whether its file says that it came to its end. One that did not, Jenkins itself has to load, as only one of
     * it may go on after a restart.
     */
    static boolean isOver(File file) {
        try (BufferedReader reader = Files.newBufferedReader(file.toPath(), StandardCharsets.UTF_8)) {
            boolean ended = false;
            boolean completed = false;
            boolean pipeline = false;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                pipeline |= line.startsWith("<flow-build");
                ended |= line.contains("<result>");
                completed |= line.contains("<completed>true<");
                if (line.contains("<completed>false<")) {
                    return false;
                }
            }
            return ended && (completed || !pipeline);
        } catch (IOException e) {
            return false;
        }
    }

    @CheckForNull
    private static Job<?, ?> job(String fullName) {
        return Jenkins.get().getItemByFullName(fullName, Job.class);
    }
}
