package hudson.security;

public final class PermissionScope {
    public static final PermissionScope JENKINS = new PermissionScope();

    private PermissionScope() {}
}
