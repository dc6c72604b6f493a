package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.util.List;
import java.util.Map;

/**
 * What is known about a run.
 *
 * @param keyText texts to look for issue keys in: branch, tag, title, commit messages
 * @param references commits and branches, for builds
 * @param tests null when no tests were recorded
 * @param origins what the texts are, of those of which it is known
 * @param git for development information
 */
public record RunFacts(
        List<String> keyText,
        List<Reference> references,
        @CheckForNull TestCounts tests,
        Map<String, TextOrigin> origins,
        GitNews git) {
    public RunFacts {
        origins = Map.copyOf(origins);
        keyText = List.copyOf(keyText);
        references = List.copyOf(references);
    }
}
