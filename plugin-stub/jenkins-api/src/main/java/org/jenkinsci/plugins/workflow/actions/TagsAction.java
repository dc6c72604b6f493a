package org.jenkinsci.plugins.workflow.actions;

public class TagsAction implements PersistentAction {
    public TagsAction() {}

    public String getTagValue(String tag) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getIconFileName() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getDisplayName() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getUrlName() {
        throw new UnsupportedOperationException();
    }
}
