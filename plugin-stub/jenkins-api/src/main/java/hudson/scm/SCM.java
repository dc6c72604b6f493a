package hudson.scm;

public abstract class SCM {
    public String getKey() {
        throw new UnsupportedOperationException();
    }
}
