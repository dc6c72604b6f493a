package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;

/**
 * What a text is that keys are looked for in.
 *
 * @param from as in event documents: branch, tag, title, message
 * @param commit whose message it is, where that is known
 */
public record TextOrigin(String from, @CheckForNull String commit) {}
