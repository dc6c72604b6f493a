package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.util.List;

/**
 * What is known about a run.
 *
 * @param keyText texts to look for issue keys in: branch, tag, title, commit messages
 * @param references commits and branches, for builds
 * @param tests null when no tests were recorded
 */
public record RunFacts(
        List<String> keyText, List<Reference> references, @CheckForNull TestCounts tests) {
    public RunFacts {
        keyText = List.copyOf(keyText);
        references = List.copyOf(references);
    }
}
