package io.jenkins.plugins.jirasend.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RequestRevisionTest {
    private static final String HEAD = "a".repeat(40);
    private static final String MERGE = "b".repeat(40);

    public static final class Github {
        public String getPullHash() {
            return HEAD;
        }
    }

    public static final class Hash {
        public String getHash() {
            return HEAD;
        }
    }

    public static final class Bitbucket {
        public Hash getPull() {
            return new Hash();
        }
    }

    public static final class Gitlab {
        public Hash getOrigin() {
            return new Hash();
        }
    }

    @Test
    void eachServerIsAskedInItsOwnWords() {
        for (Object revision : List.of(new Github(), new Bitbucket(), new Gitlab())) {
            assertEquals(HEAD, RequestRevision.head(revision));
        }
        assertNull(RequestRevision.head("something else"));
        assertNull(RequestRevision.head(null));
    }

    @Test
    void jiraSeesTheHeadAndNotTheMergeThatIsThrownAway() {
        Gathered facts = new Gathered();
        facts.addReference(new Reference(MERGE, "https://git.example.com/app", "PR-12", "https://git.example.com/app"));
        facts.setRef("PR-12", "feature/APP-1", "https://git.example.com/pull/12", HEAD + "+" + "c".repeat(40));
        facts.setHeadCommit(HEAD);
        facts.setHeadCommit("no hash");
        assertEquals(
                List.of(new Reference(HEAD, "https://git.example.com/app", "feature/APP-1", "https://git.example.com/pull/12")),
                facts.references());
        assertEquals(HEAD, facts.git().head());
        assertEquals(Map.of(), facts.origins());
    }

    @Test
    void ofSeveralRepositoriesNobodyKnowsWhoseTheChangesAre() {
        Gathered facts = new Gathered();
        facts.addReference(new Reference(MERGE, "https://git.example.com/library", null, null));
        facts.addReference(new Reference(HEAD, "https://git.example.com/app", "main", "https://git.example.com/app"));
        facts.addNews(new CommitNews(HEAD, "APP-1", null, null, 0, 0, null));
        assertEquals(List.of(), facts.git().commits());
    }
}
