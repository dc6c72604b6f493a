"""Jenkinses with nothing but what the plugin cannot do without: upload, upgrade, switched off."""

import os
import unittest

from controller import Jenkins, dependencies, manifest, plugin_files, with_dependencies
from world import (
    FREESTYLE, PACKAGE, SECRET, SITE, add_publishers, configure, configured, jenkins, secret,
    site)

HPI = os.environ["JIRASEND_HPI"]
PLUGINS = os.environ["JENKINS_PLUGINS_DIR"]


class Install(unittest.TestCase):
    """No Pipeline, no Git, no JUnit: only the mandatory dependencies and theirs."""

    @classmethod
    def setUpClass(cls):
        jenkins.stop()
        cls.jenkins = Jenkins(os.environ["JENKINS_WAR_DIR"],
                              with_dependencies(PLUGINS, dependencies(HPI)))
        cls.addClassCleanup(cls.jenkins.close)
        cls.jenkins.start()

    def build(self, status):
        result, console = self.jenkins.build("plain")
        self.assertEqual(result, "SUCCESS", console)
        lines = [line for line in console.splitlines() if "[jirasend]" in line]
        self.assertEqual(len(lines), 2, console)
        for line in lines:
            self.assertIn(status, line)
        return console

    def test_0_versions(self):
        """No plugin that is there is older than what the manifest asks for."""
        files = plugin_files(PLUGINS)
        for name, least in {**dependencies(HPI), **dependencies(HPI, optional=True)}.items():
            if name in files:
                have = manifest(files[name])["Plugin-Version"]
                self.assertEqual(self.jenkins.groovy(
                    f"println !new hudson.util.VersionNumber('{have}').isOlderThan("
                    f"new hudson.util.VersionNumber('{least}'))"), "true", f"{name} {have}, {least}")

    def test_1_upload(self):
        """By the page of the plugin manager, without a restart."""
        self.jenkins.upload(HPI)
        self.jenkins.wait_for(lambda: self.jenkins.groovy(
            "def p = Jenkins.get().pluginManager.getPlugin('jirasend'); println p != null && p.active")
            == "true", 60, "it was not loaded")
        secret("jira-2lo", SECRET, self.jenkins)
        configure(site(), where=self.jenkins)
        self.jenkins.create("plain", FREESTYLE)
        add_publishers("plain", self.jenkins)
        self.jenkins.wait_for(lambda: "accepted" in self.jenkins.build("plain")[1], 60, "nothing was sent")
        self.build("accepted")
        for page in ("/manage/", "/manage/configure", "/manage/jira-delivery/", "/job/plain/configure",
                     "/manage/pluginManager/installed"):
            self.jenkins.must(self.jenkins.get(page))

    def test_2_upgrade(self):
        """A newer file waits for the restart, and what runs goes on."""
        self.jenkins.upload(HPI)
        self.jenkins.wait_for(lambda: self.jenkins.groovy(
            "println Jenkins.get().updateCenter.restartRequiredForCompletion") == "true", 60,
            "Jenkins does not speak of a restart")
        self.build("accepted")
        self.jenkins.stop()
        self.jenkins.start()
        self.assertIn(SITE, configured(self.jenkins))
        self.build("accepted")

    def test_3_switched_off(self):
        self.jenkins.stop()
        self.jenkins.properties = [f"-D{PACKAGE}.disabled=true"]
        self.jenkins.start()
        console = self.build("error")
        self.assertIn("switched off", console)
        self.assertNotIn("libjirasend_jni", open(f"/proc/{self.jenkins.process.pid}/maps",
                                                 encoding="utf-8", errors="replace").read())
        self.assertIn("switched off", self.jenkins.must(self.jenkins.get("/manage/jira-delivery/")).text)

    def test_4_log(self):
        bad = self.jenkins.mistakes()
        self.assertFalse(bad, "\n".join(bad)[:6000])

    def test_5_uninstall(self):
        """Nothing of it stays: no thread, no class; the job keeps what it was told, for who wants it back."""
        self.jenkins.must(self.jenkins.post("/manage/pluginManager/plugin/jirasend/doUninstall"))
        self.jenkins.stop()
        self.jenkins.properties = []
        self.jenkins.start()
        self.assertEqual(self.jenkins.groovy(
            "println Jenkins.get().pluginManager.getPlugin('jirasend')"), "null")
        self.assertEqual(self.jenkins.groovy(
            "println Thread.allStackTraces.keySet()*.name.findAll { it.contains('jirasend') }"), "[]")
        self.assertNotIn("libjirasend_jni", open(f"/proc/{self.jenkins.process.pid}/maps",
                                                 encoding="utf-8", errors="replace").read())
        self.assertEqual(self.jenkins.build("plain")[0], "SUCCESS")
        for page in ("/manage/", "/manage/configure", "/job/plain/configure", "/job/plain/1/"):
            self.jenkins.must(self.jenkins.get(page))
        self.assertIn(PACKAGE, self.jenkins.must(
            self.jenkins.get("/manage/administrativeMonitor/OldData/manage")).text)
