package io.jenkins.plugins.jirasend.outbox;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.config.JiraSendConfiguration;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.event.State;
import io.jenkins.plugins.jirasend.nativecore.Delivery;
import io.jenkins.plugins.jirasend.nativecore.History;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** What is looked for in the history, and which part of it is shown. Public, because pages call its methods. */
public final class HistorySearch {
    private static final Set<String> STATUSES =
            Set.of("accepted", "queued", "held", "rejected", "skipped", "superseded");
    /** As pages write it. */
    private static final Map<String, String> OTHER_STATUSES = Map.of("waiting", "queued", "dead", "rejected");
    /** Skipping costs more, the farther it goes; nobody turns that many pages by number. */
    private static final int MAX_SKIPPED = 20_000;
    /** Without a key or a job all events have to be looked at, while others wait for the outbox. */
    private static final int DAYS_OF_ALL_JOBS = 30;

    private final String key;
    private final String job;
    private final String environment;
    private final String state;
    private final String since;
    private final String until;
    private final int page;
    private final Trail trail;

    /** @param parameter a parameter of the address, or null */
    HistorySearch(UnaryOperator<String> parameter) {
        key = text(parameter.apply("key"));
        job = text(parameter.apply("job"));
        environment = text(parameter.apply("environment"));
        state = text(parameter.apply("state"));
        since = text(parameter.apply("since"));
        until = text(parameter.apply("until"));
        String number = text(parameter.apply("page"));
        page = number.matches("[1-9][0-9]{0,5}") ? Integer.parseInt(number) : 1;
        trail = Trail.read(parameter.apply("trail"));
    }

    private static String text(@CheckForNull String value) {
        return value == null ? "" : value.strip();
    }

    public String getKey() {
        return key;
    }

    public String getJob() {
        return job;
    }

    public String getEnvironment() {
        return environment;
    }

    public String getState() {
        return state;
    }

    public String getSince() {
        return since;
    }

    public String getUntil() {
        return until;
    }

    public int getPage() {
        return page;
    }

    /** What the page shows, or why that is not possible. */
    EventTable find(History history, Delivery delivery) {
        try {
            History.Filter filter = filter();
            long before = start(history, filter);
            if (before < 0) {
                return EventTable.problem(Messages.HistorySearch_NoPage(page));
            }
            History.Page found = history.page(filter, before, EventTable.PAGE);
            return new EventTable(
                    EventTable.known(found.receipts(), delivery),
                    page > 1 ? address(page - 1, trail.back()) : null,
                    found.more() ? address(page + 1, trail.forth(found.last())) : null,
                    null);
        } catch (JiraSendException | IllegalStateException e) {
            return EventTable.problem(e.getMessage());
        } catch (DateTimeException | ArithmeticException e) { // no day, or one of another age
            return EventTable.problem(Messages.HistorySearch_BadDate(
                    e instanceof DateTimeParseException unread ? unread.getParsedString() : since + " - " + until));
        }
    }

    /** Where the page begins: from where somebody came, or counted from the newest. Negative: there is no such page. */
    private long start(History history, History.Filter filter) throws JiraSendException {
        if (page == 1 || !trail.isStart()) {
            return page == 1 ? 0 : trail.here();
        }
        int left = (page - 1) * EventTable.PAGE;
        long before = 0;
        while (left > 0 && left <= MAX_SKIPPED) {
            History.Page skipped = history.page(filter, before, Math.min(left, 1000));
            if (!skipped.more()) {
                return -1;
            }
            left -= skipped.receipts().size();
            before = skipped.last();
        }
        return left == 0 ? before : -1;
    }

    /** Whether it goes back some days only, although nobody has said how far. */
    public boolean isNarrowed() {
        boolean everything = environment.isEmpty() && state.isEmpty();
        return since.isEmpty() && key.isEmpty() && job.isEmpty() && !everything;
    }

    /** How many days that are. */
    public int getDays() {
        return DAYS_OF_ALL_JOBS;
    }

    /** The same search, as far back as the history goes. */
    public String getWholeUrl() {
        int keep = JiraSendConfiguration.get().getKeep();
        return address(1, Trail.read(null), LocalDate.now().minusDays(keep).toString());
    }

    private LocalDate firstDay() {
        LocalDate last = until.isEmpty() ? LocalDate.now() : LocalDate.parse(until);
        return isNarrowed() ? last.minusDays(DAYS_OF_ALL_JOBS) : LocalDate.parse(since);
    }

    History.Filter filter() {
        String word = state.toLowerCase(Locale.ROOT);
        String status = OTHER_STATUSES.getOrDefault(word, STATUSES.contains(word) ? word : "");
        String told = status.isEmpty() && !state.isEmpty() ? State.read(state) : "";
        return new History.Filter(
                key,
                job.isEmpty() ? List.of() : pipelines(job),
                0,
                environment,
                status,
                told,
                since.isEmpty() && !isNarrowed() ? 0 : startOf(firstDay()),
                until.isEmpty() ? 0 : startOf(LocalDate.parse(until).plusDays(1)));
    }

    private static long startOf(LocalDate day) {
        return day.atStartOfDay(ZoneId.systemDefault()).toInstant().toEpochMilli();
    }

    /** As the sites name the pipeline of a job; each may have a prefix of its own. */
    static List<String> pipelines(String job) {
        List<JiraSite> sites = JiraSendConfiguration.get().getSites();
        List<String> names = sites.stream()
                .map(site -> site.pipelineId(job))
                .distinct()
                .toList();
        return names.isEmpty() ? List.of(job) : names;
    }

    private String address(int number, Trail way) {
        return address(number, way, since);
    }

    private String address(int number, Trail way, String first) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("key", key);
        parameters.put("job", job);
        parameters.put("environment", environment);
        parameters.put("state", state);
        parameters.put("since", first);
        parameters.put("until", until);
        parameters.put("page", Integer.toString(number));
        parameters.put("trail", way.toString());
        return "?" + parameters.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }
}
