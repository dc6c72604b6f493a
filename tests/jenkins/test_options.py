"""What a site can be told about keys, environments and marks: by form, as code, and in what Jira gets."""

import re

import forms
from world import (
    CONFIGURATION, Case, PACKAGE, SITE, builds, deployments, jenkins, jira, needs, pipeline, site)

SECTION = CONFIGURATION.replace(".", "-")
OPTIONS = {"anyCase": True, "projects": "APP,OPS", "notKeys": "KIP, RFC",
           "environments": [{"pattern": "*-eu", "type": "production"}, {"pattern": "lab?", "type": "testing"}],
           "sendEmails": False,
           "properties": [{"name": "team", "value": "payments"}, {"name": "area", "value": "eu"}]}
SHOWN = "true|APP,OPS|KIP, RFC|*-eu=production,lab?=testing|false|team=payments,area=eu"
CASC = """unclassified:
  jiraSend:
    wait: 15
    sites:
      - site: {site}
        clientId: sandbox
        credentialsId: jira-2lo
        cloudId: "{cloud}"
        apiUrl: "{api}"
        anyCase: true
        projects: "APP,OPS"
        notKeys: "KIP, RFC"
        environments:
          - pattern: "*-eu"
            type: production
          - pattern: "lab?"
            type: testing
        sendEmails: false
        properties:
          - name: team
            value: payments
          - name: area
            value: eu
"""


EVERYTHING = """unclassified:
  jiraSend:
    keep: 33
    outboxCredentialsId: "database"
    outboxUrl: "postgresql://jirasend@127.0.0.1:1/jirasend"
    paused: true
    relayCredentialsId: "relay-token"
    relayUrl: "https://127.0.0.1:1"
    wait: 17
    sites:
    - site: "{site}"
      clientId: "sandbox"
      credentialsId: "jira-2lo"
      cloudId: "{cloud}"
      apiUrl: "{api}"
      idPrefix: "ci-7/"
      jobs: "team/.*"
      anyCase: true
      projects: "APP,OPS"
      notKeys: "KIP, RFC"
      sendEmails: false
      developmentInformation: true
      commitUrl: "https://git.example.com/c/{{hash}}"
      branchUrl: "https://git.example.com/b/{{branch}}"
      automaticBuilds: true
      automaticBuildStages: "build.*"
      automaticDeployments: true
      deploymentStages: "to (?<envName>.*)"
      environments:
      - pattern: "*-eu"
        type: "production"
      properties:
      - name: "team"
        value: "payments"
"""
CLEARED = """unclassified:
  jiraSend:
    keep: 400
    outboxCredentialsId: ""
    outboxUrl: ""
    paused: false
    relayCredentialsId: ""
    relayUrl: ""
"""


def ours(text):
    """The part of an export that is ours."""
    return re.search(r"(?ms)^  jiraSend:\n(?:    .*?\n)+", text).group()


def options():
    return jenkins.groovy(f"""
        def site = {CONFIGURATION}.get().sites[0]
        println([site.anyCase, site.projects, site.notKeys,
            site.environments.collect {{ it.pattern + '=' + it.type }}.join(','), site.sendEmails,
            site.properties.collect {{ it.name + '=' + it.value }}.join(',')].join('|'))""")


class Options(Case):
    def submit(self, *sites):
        form = forms.tree(jenkins.must(jenkins.get("/manage/configure")).text)
        form[SECTION] = {"wait": "15", "paused": False, "sites": sites[0] if len(sites) == 1 else list(sites)}
        return jenkins.post("/manage/configSubmit", forms.body(form))

    def test_80_form(self):
        jenkins.must(self.submit({**site(), **OPTIONS}))
        self.assertEqual(options(), SHOWN)
        form = forms.tree(jenkins.must(jenkins.get("/manage/configure")).text)
        shown = form[SECTION]["sites"]
        for name, value in OPTIONS.items():
            self.assertEqual(shown[name], value, name)
        jenkins.must(jenkins.post("/manage/configSubmit", forms.body(form)))
        self.assertEqual(options(), SHOWN, "the page does not hold what is configured")
        jenkins.must(self.submit(site()))
        self.assertEqual(options(), "false||||true|")

    def test_81_refused(self):
        """The page names what was typed, says what is wrong, and nothing changes."""
        jenkins.must(self.submit({**site(), **OPTIONS}))
        for changes, words in (({"site": "http://jira.example.com"}, "http://jira.example.com"),
                               ({"site": "two words"}, "two words"),
                               ({"projects": "A-1"}, "A-1"), ({"notKeys": "no spaces, 7UP"}, "7UP"),
                               ({"environments": [{"pattern": "x", "type": "moon"}]}, "moon"),
                               ({"properties": [{"name": "", "value": "x"}]}, SITE),
                               ({"properties": [{"name": f"n{i}", "value": "x"} for i in range(5)]}, SITE)):
            with self.subTest(changes):
                answer = self.submit({**site(), **OPTIONS, **changes})
                self.assertIn(answer.status, (400, 500))
                self.assertIn(words, answer.text)
                self.assertNotIn("Jira site ?", answer.text)
                self.assertNotIn("UndeclaredThrowable", answer.text)
        self.assertEqual(options(), SHOWN)

    @needs("configuration-as-code")
    def test_82_as_code(self):
        text = CASC.format(site=SITE, cloud=jira.cloud_id, api=jira.url)
        jenkins.must(jenkins.post("/manage/configuration-as-code/apply", text, "text/plain"))
        self.assertEqual(options(), SHOWN)
        export = jenkins.must(jenkins.post("/manage/configuration-as-code/export")).text
        for words in ("anyCase: true", "projects: \"APP,OPS\"", "pattern: \"*-eu\"", "type: \"production\"",
                      "sendEmails: false", "name: \"team\"", "value: \"payments\""):
            self.assertIn(words, export)

    @needs("configuration-as-code")
    def test_82_every_field(self):
        """What is read from code comes back in the export, and a form that is saved unchanged changes none of it."""
        text = EVERYTHING.format(site=SITE, cloud=jira.cloud_id, api=jira.url)
        written = [line.strip().lstrip("- ") for line in text.splitlines()[2:] if not line.endswith(":")]
        names = set(jenkins.groovy(f"""
            import org.jenkinsci.plugins.structs.describable.DescribableModel
            import {PACKAGE}.config.*
            [JiraSite, EnvironmentPattern, SiteProperty].each {{ println DescribableModel.of(it).parameters*.name.join(' ') }}
            println JiraSendConfiguration.methods.findAll {{ it.isAnnotationPresent(org.kohsuke.stapler.DataBoundSetter) }}
                .collect {{ it.name[3].toLowerCase() + it.name.substring(4) }}.join(' ')""").split())
        told = set(re.findall(r"(?m)^[ -]+(\w+):", text.partition("jiraSend:")[2]))
        self.assertEqual(names, told, "a field that this test does not know")
        before = jenkins.must(jenkins.post("/manage/configuration-as-code/export")).text
        self.addCleanup(jenkins.post, "/manage/configuration-as-code/apply", CLEARED, "text/plain")
        jenkins.must(jenkins.post("/manage/configuration-as-code/apply", text, "text/plain"))
        self.assertNotEqual(ours(before), ours(text))
        export = ours(jenkins.must(jenkins.post("/manage/configuration-as-code/export")).text)
        self.assertEqual(sorted(line.replace('"', "") for line in written),
                         sorted(line.strip().lstrip("- ").replace('"', "") for line in export.splitlines()
                                if not line.endswith(":")))
        form = forms.tree(jenkins.must(jenkins.get("/manage/configure")).text)
        jenkins.must(jenkins.post("/manage/configSubmit", forms.body(form)))
        self.assertEqual(ours(jenkins.must(jenkins.post("/manage/configuration-as-code/export")).text), export)

    def test_83_what_jira_gets(self):
        jenkins.must(self.submit({**site(), **OPTIONS}))
        jenkins.wait_for(lambda: self.told_with_options() is not None, 120, "the options do not take effect")
        item = self.told_with_options()
        self.assertEqual(sorted(item["issueKeys"]), ["APP-12", "OPS-3"])
        pipeline("typed", "jiraSendDeploymentInfo(environmentId: 'shop-eu', environmentName: 'Shop')\n"
                          "jiraSendDeploymentInfo(environmentId: 'lab7', environmentName: 'Lab')\n",
                 BRANCH_NAME="app-12")
        self.good("typed")
        self.assertEqual({item["environment"]["id"]: item["environment"]["type"] for item in deployments("typed")},
                         {"shop-eu": "production", "lab7": "testing"})

    def told_with_options(self):
        job = "optional"
        if jenkins.get(f"/job/{job}/").status == 404:
            pipeline(job, "jiraSendBuildInfo(properties: [release: '7'], url: 'https://ci.example.com/other')\n",
                     BRANCH_NAME="feature/app-12-KIP-7-ops-3-ABC-9")
        self.good(job)
        last = [item for item in jira.items("builds") if item["pipelineId"] == job][-1]
        self.assertEqual(last["url"], "https://ci.example.com/other")
        newest = max(builds(job), key=lambda item: item["buildNumber"])
        return newest if len(newest["issueKeys"]) == 2 else None
