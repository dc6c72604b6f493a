package io.jenkins.plugins.jirasend.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockConstruction;
import static org.mockito.Mockito.verify;

import hudson.model.Item;
import hudson.util.ListBoxModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.MockedConstruction;
import org.mockito.Mockito;

class FormFieldsTest {
    private final FakeServices services = new FakeServices();
    private final Item item = mock(Item.class);

    @BeforeEach
    void put() {
        services.addSite("acme.atlassian.net");
        Services.replace(services);
        doReturn("app").when(item).getFullName();
    }

    @AfterEach
    void restore() {
        Services.replace(null);
    }

    @Test
    void whoMayConfigureSeesTheSites() {
        doReturn(true).when(item).hasPermission(Item.CONFIGURE);
        try (MockedConstruction<ListBoxModel> lists = mockConstruction(ListBoxModel.class)) {
            FormFields.sites(item, "old.atlassian.net", true);
            ListBoxModel list = lists.constructed().get(0);
            verify(list).add("(all sites of this job)", "");
            verify(list).add("acme.atlassian.net", "acme.atlassian.net");
            verify(list).add("old.atlassian.net", "old.atlassian.net");
        }
    }

    @Test
    void othersSeeTheCurrentValueOnly() {
        doReturn(false).when(item).hasPermission(Item.CONFIGURE);
        try (MockedConstruction<ListBoxModel> lists = mockConstruction(ListBoxModel.class)) {
            FormFields.sites(item, "old.atlassian.net", false);
            FormFields.states(item, EventKind.BUILD, "");
            FormFields.environmentTypes(item, null);
            ListBoxModel sites = lists.constructed().get(0);
            verify(sites).add("old.atlassian.net", "old.atlassian.net");
            Mockito.verifyNoMoreInteractions(sites);
            assertEquals(
                    1, Mockito.mockingDetails(lists.constructed().get(1)).getInvocations().size());
            assertEquals(
                    1, Mockito.mockingDetails(lists.constructed().get(2)).getInvocations().size());
        }
    }
}
