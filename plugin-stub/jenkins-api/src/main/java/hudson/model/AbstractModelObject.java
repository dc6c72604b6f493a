package hudson.model;

import org.kohsuke.stapler.StaplerProxy;

public abstract class AbstractModelObject implements ModelObject {}
