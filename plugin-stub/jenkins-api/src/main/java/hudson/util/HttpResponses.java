package hudson.util;

public abstract class HttpResponses extends org.kohsuke.stapler.HttpResponses {}
