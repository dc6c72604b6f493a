package hudson.util;

import java.net.URL;

public abstract class HttpResponses extends org.kohsuke.stapler.HttpResponses {}
