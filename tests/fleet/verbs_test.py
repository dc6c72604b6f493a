"""Every verb does over a database what it does over a folder: the cases of folders, with a database in their place."""

import unittest

from fleet_support import FleetTest, skipping_main

# Of tests/integration, to which fleet_support leads.
import cli_barrier_test
import cli_delete_test
import cli_git_test
import cli_outbox_test
import cli_outboxes_test
import cli_run_test
import cli_until_allowed_test
import cli_verify_test

try:
    import metrics_test
except ImportError:  # the parser of OpenMetrics is not here
    metrics_test = None


class OnDatabase(FleetTest):
    """Where a case names a folder for an outbox, it gets the address of a database."""

    def setUp(self):
        self.addresses = {}
        super().setUp()

    def make_outbox(self):
        self.box = self.path("outbox")
        return self.box

    def path(self, name, content=None, mode=0o600):
        if content is not None or not name.startswith("outbox"):
            return super().path(name, content, mode)
        if name not in self.addresses:
            database = f"{type(self).__name__.lower()}{self.made}_{len(self.addresses)}"
            self.copy_outbox(database)
            self.addresses[name] = (database, self.server.url(database, "runtime"))
        return self.addresses[name][1]

    def sql(self, text, database=None):
        return super().sql(f"SET search_path = jirasend; {text}",
                           database or self.addresses["outbox"][0])


class AsOption(OnDatabase):
    """For cases that have the option with the outbox in hand."""

    def setUp(self):
        super().setUp()
        self.outbox = ("--outbox", self.path("outbox"))


class Ages(AsOption):
    def age(self):
        self.sql("UPDATE receipt SET settled_at = settled_at - interval '120 s', created_ms = created_ms - 120000;"
                 "UPDATE told SET settled_ms = settled_ms - 120000")

    def change(self, text):
        self.sql(text)


class Compare(Ages, cli_verify_test.Compare):
    test_usage = None  # of folders


class Repair(Ages, cli_verify_test.Repair):
    pass


class Pace(Ages, cli_verify_test.Pace):
    pass


class Show(Ages, cli_verify_test.Show):
    pass


class Deleting(OnDatabase, cli_delete_test.Deleting):
    pass


class AsFunction(OnDatabase):
    def setUp(self):
        super().setUp()
        self.outbox = lambda: self.path("outbox")

    send = cli_barrier_test.Barriers.send


class BarriersOfEveryKind(AsFunction, cli_barrier_test.EveryKind):
    pass


class Order(AsFunction, cli_barrier_test.Order):
    test_the_wait_is_stored = None  # the lane of whoever is killed belongs to it until its lease is over


class Repositories(AsFunction, cli_barrier_test.Repositories):
    pass


class History(AsFunction, cli_barrier_test.History):
    pass


if metrics_test:
    class Metrics(AsOption, metrics_test.Metrics):
        send = metrics_test.Metrics.send

        def test_of_an_empty_outbox(self):
            self.assertEqual(set(self.families()), set(metrics_test.FAMILIES))


class Outbox(OnDatabase, cli_outbox_test.Outbox):
    def setUp(self):
        super().setUp()
        del self.outbox  # the case's own, a method

    listed = cli_outbox_test.Outbox.listed
    outbox = cli_outbox_test.Outbox.outbox

    # Of folders.
    test_accepted = test_folder_by_variable = test_a_folder_that_is_not_there = test_a_file_in_the_way = None
    test_a_folder_for_everybody = test_a_linked_folder_is_fine = test_a_database_that_is_none = None
    test_a_damage_that_shows_while_sending = test_a_disk_that_is_full_while_sending = None
    test_another_process_that_sends_is_named = None  # here it may run on any host, and has no number


class Outboxes(OnDatabase, cli_outboxes_test.Outboxes):
    # Of folders; what a database may be instead is in migrate_test.py.
    test_a_folder_with_nothing_in_it = test_damaged = test_of_a_newer_version = None
    test_of_a_newer_version_that_can_be_read = test_no_folder = test_of_version_0_1_0 = test_read_only = None


class UntilAllowed(OnDatabase, cli_until_allowed_test.UntilAllowed):
    pass


class Run(OnDatabase, cli_run_test.Run):
    test_a_busy_outbox_does_not_keep_the_build = None  # of a folder
    test_the_command_cannot_read_the_secret_from_us_either = None  # locks the file of a folder


class Git(OnDatabase, cli_git_test.Told):
    pass


if __name__ == "__main__":
    skipping_main(unittest.main)
