"""Start, form, configuration as code."""

import os
import sys

import forms
from world import (
    CONFIGURATION, Case, PACKAGE, SECRET, SITE, configured, jenkins, jira, needs, other, site)

SECTION = CONFIGURATION.replace(".", "-")  # the name of our part of the page

CASC = """jenkins:
  systemMessage: "configured as code"
unclassified:
  jiraSend:
    wait: {wait}
    paused: false
    sites:
      - site: {site}
        clientId: sandbox
        credentialsId: jira-2lo
        cloudId: "{cloud}"
        apiUrl: "{api}"
        idPrefix: ""
        jobs: ""
        automaticBuilds: false
        automaticBuildStages: ""
        automaticDeployments: true
        deploymentStages: "deploy to (?<envName>.*)"
      - site: {other}
        clientId: sandbox
        credentialsId: jira-2lo
        apiUrl: "{other}"
        idPrefix: "ci-2/"
        jobs: "both/.*"
        automaticBuilds: true
"""


class Configuration(Case):
    def test_00_plugin_is_active(self):
        print(jenkins.groovy(
            "println '' + Jenkins.get().version + ', ' + Jenkins.get().pluginManager.activePlugins.size() + ' plugins'"),
            file=sys.stderr)
        self.assertEqual(jenkins.groovy(
            "println Jenkins.get().pluginManager.failedPlugins.collect { it.name + ': ' + it.cause }"), "[]")
        self.assertEqual(jenkins.groovy(
            "println Jenkins.get().pluginManager.getPlugin('jirasend').active"), "true")

    def submit(self, wait, sites):
        """What a browser sends for the page with the system's settings, with ours changed."""
        form = forms.tree(jenkins.must(jenkins.get("/manage/configure")).text)
        form[SECTION] = {"wait": str(wait), "paused": False}
        if sites:  # one is an object, several are an array, none is no member at all
            form[SECTION]["sites"] = sites[0] if len(sites) == 1 else sites
        return jenkins.post("/manage/configSubmit", forms.body(form))

    def test_02_form(self):
        jenkins.must(self.submit(12, [site(), site(site=other.url, cloudId="",
                                                             apiUrl=other.url)]))
        one = f"{SITE}|sandbox|jira-2lo|{jira.cloud_id}|{jira.url}|||false||false|deploy to (?<envName>.*)"
        two = f"{other.url}|sandbox|jira-2lo||{other.url}|||false||false|deploy to (?<envName>.*)"
        self.assertEqual(configured(), f"12 false [{one}, {two}]")
        # A form with one site less, and one with none.
        jenkins.must(self.submit(10, [site()]))
        self.assertEqual(configured(), f"10 false [{one}]")
        jenkins.must(self.submit(10, []))
        self.assertEqual(configured(), "10 false []")
        jenkins.must(self.submit(11, [site(jobs="x/.*", idPrefix="p/", automaticBuilds=True,
                                                automaticBuildStages="build"),
                                      site(site=other.url, cloudId="", apiUrl=other.url)]))
        before = configured()
        form = forms.tree(jenkins.must(jenkins.get("/manage/configure")).text)
        self.assertEqual(len(form[SECTION]["sites"]), 2)
        jenkins.must(jenkins.post("/manage/configSubmit", forms.body(form)))
        self.assertEqual(configured(), before, "the page does not hold what is configured")
        jenkins.must(self.submit(10, [site()]))

    def test_03_form_refuses(self):
        before = configured()
        for changes in ({"site": "http://jira.example.com"}, {"apiUrl": "http://jira.example.com"},
                        {"jobs": "("}, {"deploymentStages": "deploy to (.*)"}, {"clientId": ""}):
            answer = self.submit(10, [site(**changes)])
            self.assertIn(answer.status, (400, 500), changes)
            self.assertNotIn("UndeclaredThrowable", answer.text)
        self.assertEqual(configured(), before)

    def test_04_saved_without_secret(self):
        file = os.path.join(jenkins.home, f"{CONFIGURATION}.xml")
        with open(file, encoding="utf-8") as saved:
            text = saved.read()
        self.assertIn(SITE, text)
        for folder, _, names in os.walk(jenkins.home):
            for name in names:
                if name.endswith((".jpi", ".jar")) or os.sep + "plugins" + os.sep in folder:
                    continue
                with open(os.path.join(folder, name), "rb") as some:
                    self.assertNotIn(SECRET.encode(), some.read(), os.path.join(folder, name))

    def test_05_connection(self):
        path = f"/manage/descriptorByName/{PACKAGE}.config.JiraSite/testConnection"
        good = site()
        answer = jenkins.must(jenkins.post(path, {name: str(value) for name, value in good.items()}))
        self.assertIn("class=ok", answer.text.replace('"', "").replace("'", ""))
        self.assertIn("jenkins-!-success-color", answer.text, "what is right is not green")
        bad = site(credentialsId="wrong")
        answer = jenkins.must(jenkins.post(path, {name: str(value) for name, value in bad.items()}))
        self.assertIn("class=error", answer.text.replace('"', "").replace("'", ""))
        self.assertNotIn("not it", answer.text)
        self.assertEqual(jenkins.get(path + "?site=" + SITE).status, 405)
        self.assertIn(jenkins.request("POST", path, {"site": SITE}, login=None).status, (401, 403))

    def test_06_form_checks(self):
        for field, bad, good in (("site", "http://a.example", "acme.atlassian.net"),
                                 ("apiUrl", "http://a.example", ""), ("clientId", "a b", "x"),
                                 ("clientId", "a b", ""), ("site", "a b", ""), ("credentialsId", "nobody", ""),
                                 ("jobs", "(", "a/.*"), ("automaticBuildStages", "(", "build"),
                                 ("deploymentStages", "x", "to (?<envName>.+)"),
                                 ("cloudId", "?", ""), ("credentialsId", "nobody", "jira-2lo")):
            path = (f"/manage/descriptorByName/{PACKAGE}.config.JiraSite/check"
                    f"{field[0].upper()}{field[1:]}")
            said = jenkins.must(jenkins.post(path, {"value": bad})).text
            self.assertIn("error", said, field)
            said = jenkins.must(jenkins.post(path, {"value": good})).text
            self.assertNotIn("class=error", said.replace('"', ""), field)
        fill = f"/manage/descriptorByName/{PACKAGE}.config.JiraSite/fillCredentialsIdItems"
        self.assertIn("jira-2lo", jenkins.must(jenkins.post(fill, {"credentialsId": ""})).text)

    @needs("configuration-as-code")
    def test_07_as_code(self):
        jenkins.must(jenkins.post("/manage/configuration-as-code/apply", CASC.format(
            wait=15, site=SITE, cloud=jira.cloud_id, api=jira.url, other=other.url), "text/plain"))
        one = f"{SITE}|sandbox|jira-2lo|{jira.cloud_id}|{jira.url}|||false||true|deploy to (?<envName>.*)"
        two = (f"{other.url}|sandbox|jira-2lo||{other.url}|ci-2/|both/.*|true||false"
               "|deploy to (?<envName>.*)")
        self.assertEqual(configured(), f"15 false [{one}, {two}]")
        export = jenkins.must(jenkins.post("/manage/configuration-as-code/export")).text
        self.assertIn("jiraSend:", export)
        self.assertIn(SITE, export)
        self.assertNotIn(SECRET, export)
        bad = CASC.replace("{api}", "http://jira.example.com")
        answer = jenkins.post("/manage/configuration-as-code/apply", bad.format(
            wait=15, site=SITE, cloud="", other=other.url), "text/plain")
        self.assertGreaterEqual(answer.status, 400)
        self.assertEqual(configured(), f"15 false [{one}, {two}]")
