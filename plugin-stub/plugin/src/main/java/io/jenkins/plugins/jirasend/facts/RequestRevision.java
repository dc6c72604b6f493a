package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * The head of a pull request as the plugins of Git servers tell it. There is no common class for it, and a
 * dependency on each of them for one text would be too much: so they are asked by the names of their methods.
 */
final class RequestRevision {
    private RequestRevision() {}

    /** Its commit, or null when the revision is of none of the kinds that are known. */
    @CheckForNull
    static String head(@CheckForNull Object revision) {
        if (revision == null) {
            return null;
        }
        if (ask(revision, "getPullHash") instanceof String hash) {
            return hash; // GitHub
        }
        for (String name : new String[] {"getPull", "getOrigin"}) { // Bitbucket; GitLab, Gitea
            Object origin = ask(revision, name);
            if (origin != null && ask(origin, "getHash") instanceof String hash) {
                return hash;
            }
        }
        return null;
    }

    @CheckForNull
    private static Object ask(Object object, String name) {
        try {
            Method method = object.getClass().getMethod(name);
            return method.invoke(object);
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException | RuntimeException e) {
            return null;
        }
    }
}
