package hudson.model;

import hudson.security.AccessControlled;

public abstract class Node implements AccessControlled, Saveable {
    protected Node() {}
}
