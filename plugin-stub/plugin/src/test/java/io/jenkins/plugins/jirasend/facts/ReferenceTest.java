package io.jenkins.plugins.jirasend.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferenceTest {
    @ParameterizedTest
    @CsvSource({
        "https://git.example.com/app, https://git.example.com/app",
        "https://user:token@git.example.com/app, https://git.example.com/app",
        "https://token@git.example.com:8443/app?x=a@b, https://git.example.com:8443/app?x=a@b",
        "ssh://git@git.example.com/app.git, ssh://git.example.com/app.git",
        "https://us er:p@ss@git.example.com/app, https://git.example.com/app",
        "git@git.example.com:team/app.git, git@git.example.com:team/app.git",
        "/srv/git/app, /srv/git/app",
    })
    void leavesUsersAndTokensOut(String address, String expected) {
        assertEquals(expected, Reference.withoutUser(address));
    }

    @Test
    void knowsItsHalves() {
        Reference both = new Reference("c0ffee", "https://x/r", "main", "https://x/r/main");
        assertTrue(both.hasCommit() && both.hasRef());
        assertFalse(new Reference("c0ffee", " ", "main", null).hasCommit());
        assertFalse(new Reference("c0ffee", "https://x/r", "main", null).hasRef());
    }
}
