"""Every page, every help text, the snippet generator, the delivery page."""

import glob
import json
import os
import re
import sys

from world import (
    Case, FREESTYLE, MATRIX, PACKAGE, ROOT, add_publishers, builds, has_plugin, jenkins, jira,
    pipeline)


class Pages(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        pipeline("shown", "jiraSendBuildInfo()\n", BRANCH_NAME="APP-18")
        jenkins.build("shown")
        jenkins.create("shown-freestyle", FREESTYLE)
        add_publishers("shown-freestyle")

    def test_40_pages(self):
        pages = ["/manage/", "/manage/configure", "/manage/jira-delivery/", "/manage/jira-delivery",
                 "/manage/jira-delivery/?after=1", "/manage/jira-delivery/?state=dead",
                 "/manage/jira-delivery/history", "/manage/jira-delivery/history?key=APP-18&page=2",
                 "/manage/jira-delivery/history?job=shown&state=successful&since=2026-01-01",
                 "/manage/jira-delivery/explain", "/manage/jira-delivery/explain?key=APP-18",
                 "/manage/jira-delivery/diff", "/manage/jira-delivery/diff?from=a&to=b",
                 "/manage/jira-delivery/metrics", "/manage/jira-delivery/backfill",
                 "/job/shown/1/jira/",
                 "/manage/pluginManager/installed", "/job/shown/",
                 "/job/shown/configure", "/job/shown/pipeline-syntax/",
                 "/job/shown/pipeline-syntax/html", "/job/shown/1/", "/job/shown/1/console",
                 "/job/shown-freestyle/", "/job/shown-freestyle/configure", "/pipeline-syntax/"]
        if has_plugin("matrix-project"):
            jenkins.create("shown-matrix", MATRIX)
            add_publishers("shown-matrix")
            pages.append("/job/shown-matrix/configure")
        if has_plugin("configuration-as-code"):
            pages += ["/manage/configuration-as-code/", "/manage/configuration-as-code/reference",
                      "/manage/configuration-as-code/schema"]
        for page in pages:
            with self.subTest(page):
                answer = jenkins.get(page)
                self.assertEqual(answer.status, 200, answer.text[-1500:])
                self.assertNotIn("JellyTagException", answer.text)

    def test_41_help(self):
        """Each field of each form has a help page, and Jenkins serves it."""
        resources = os.path.join(ROOT, "plugin-stub", "plugin", "src", "main", "resources")
        files = glob.glob(os.path.join(resources, *PACKAGE.split("."), "**", "help*.html"), recursive=True)
        self.assertGreater(len(files), 20)
        for file in files:
            with self.subTest(file):
                folder = os.path.relpath(os.path.dirname(file), resources).replace(os.sep, ".")
                name = os.path.basename(file)
                field = name[len("help"):-len(".html")].lstrip("-")
                answer = jenkins.get(f"/descriptor/{folder}/help" + (f"/{field}" if field else ""))
                if answer.status == 404:  # shared by classes below it: asked for there
                    self.assertRegex(folder, r"\.Send(Run)?(Step|Action)$")
                    below = re.sub(r"\.Send(?:Run)?(Step|Action)$", r".SendBuildInfo\1", folder)
                    answer = jenkins.get(f"/descriptor/{below}/help/{field}")
                self.assertEqual(answer.status, 200)
                with open(file, encoding="utf-8") as source:
                    self.assertIn(re.sub(r"\s+", " ", source.read()).strip()[:40],
                                  re.sub(r"\s+", " ", answer.text))

    def test_42_snippets(self):
        """The snippet generator writes what the steps take."""
        for symbol, name, form in (
                ("jiraSendBuildInfo", "SendBuildInfoStep",
                 {"site": "", "branch": "x", "state": "", "wait": "", "failOnError": False}),
                ("jiraSendDeploymentInfo", "SendDeploymentInfoStep",
                 {"environmentId": "e", "environmentName": "E", "environmentType": "testing",
                  "site": "", "state": "", "wait": "7", "enableGating": False}),
                ("checkGatingStatus", "CheckGatingStatusStep", {"environmentId": "e", "site": ""}),
                ("jiraWaitForGate", "WaitForGateStep",
                 {"environmentId": "e", "site": "", "timeout": "60", "interval": "", "onPrevented": "return",
                  "onTimeout": "", "cancelOnAbort": True}),
                ("jiraSendFeatureFlagInfo", "SendFeatureFlagInfoStep",
                 {"flagId": "f", "url": "https://flags.example.com/f", "enabled": True,
                  "environments": [{"name": "Production", "enabled": True, "rollout": "25%", "type": "", "url": ""}]})):
            with self.subTest(symbol):
                kind = f"{PACKAGE}.steps.{name}"
                answer = jenkins.must(jenkins.post("/job/shown/pipeline-syntax/generateSnippet", {
                    "json": json.dumps({"stapler-class": kind, "$class": kind, **form})}))
                self.assertTrue(answer.text.startswith(symbol), answer.text)
                self.assertNotRegex(answer.text, r": (''|null|\[\])")
                print(answer.text.strip(), file=sys.stderr)
        page = jenkins.must(jenkins.get("/job/shown/pipeline-syntax/")).text
        for symbol in ("jiraSendBuildInfo", "jiraSendDeploymentInfo", "checkGatingStatus", "jiraWaitForGate",
                       "jiraSendFeatureFlagInfo"):
            self.assertIn(symbol, page)

    def dead_letter(self, job):
        """Its number, as the delivery page has it."""
        pipeline(job, "def a = jiraSendBuildInfo(wait: 20)\necho 'it is ' + a[0].status\n",
                 BRANCH_NAME="APP-19")
        jira.faults({"path": "/builds", "reject": [job], "count": 1})
        self.assertIn("it is rejected", self.good(job))
        page = jenkins.must(jenkins.get("/manage/jira-delivery/")).text
        ids = [int(number) for number in re.findall(r'data-url="[^"]*/retry\?id=(\d+)"', page)]
        self.assertTrue(ids, page[-3000:])
        self.assertRegex(page, r"(?i)dead letter")
        return max(ids)

    def test_44_retry(self):
        number = self.dead_letter("dead")
        self.assertIn("dead letter", jenkins.must(jenkins.get("/manage/")).text)
        jenkins.must(jenkins.post("/manage/jira-delivery/retry", {"id": str(number)}))
        jenkins.wait_for(lambda: builds("dead"), 30, "retry did not send it")

    def test_45_drop(self):
        number = self.dead_letter("dropped")
        page = jenkins.must(jenkins.get("/manage/jira-delivery/")).text
        link = re.search(rf'<a [^>]*data-url="[^"]*/drop\?id={number}"[^>]*>', page)
        self.assertTrue(link, "there is nothing to press")
        self.assertRegex(link[0], r'class="[^"]*\bconfirmation-link"')  # the script of Jenkins asks first
        for attribute in ('href="#"', 'data-post="true"', 'data-destructive="true"',
                          f'data-title="Drop event {number}\\?"', 'data-message="This build .* for .*"'):
            self.assertRegex(link[0], attribute)
        self.assertNotRegex(page, r'<form[^>]*action="drop')
        jenkins.must(jenkins.post(f"/manage/jira-delivery/drop?id={number}", {}))
        self.assertNotIn(f'drop?id={number}"', jenkins.must(jenkins.get("/manage/jira-delivery/")).text)
        answer = jenkins.post("/manage/jira-delivery/drop", {"id": str(number)})
        self.assertEqual(answer.status, 404)
        self.assertIn("no longer in the queue", answer.text)
        for nonsense in ({}, {"id": "0"}, {"id": "-1"}, {"id": "x"}):
            self.assertEqual(jenkins.post("/manage/jira-delivery/drop", nonsense).status, 400)
        self.assertFalse(builds("dropped"))

    def test_45_texts_are_no_markup(self):
        """Whatever a Jenkinsfile, a branch or Jira's answer holds, pages and consoles show it as text."""
        evil = "<b>x</b>\"><img src=q onerror=alert(1)>'"
        pipeline("evil", f"""
currentBuild.displayName = BAD
currentBuild.description = BAD
def bad(more) {{ jiraSendDeploymentInfo([environmentId: BAD, environmentName: BAD, environmentType: 'testing',
    label: BAD, description: BAD, wait: 20] + more) }}
bad([:])
bad([url: 'javascript:alert(1)//APP-19'])
bad([state: BAD])
bad([environmentId: 'refused'])
jiraSendFeatureFlagInfo(flagId: BAD, url: 'https://flags.example.com/f', environments: [[name: BAD, enabled: true]])
jiraSendBuildInfo(site: BAD)
""".replace("BAD", "params.BAD"), BRANCH_NAME="APP-19-<b>x", BAD=evil)
        jira.faults({"path": "/deployments", "skip": 1, "count": 1, "status": 400,
                     "body": {"errorMessages": ["no <b>x</b> here"]}})
        jenkins.must(jenkins.get("/job/evil/"))
        jenkins.groovy("Jenkins.get().getItem('evil').displayName = '<b>x</b> evil'")
        jenkins.build("evil")
        jira.clear_faults()
        for page in ("", "?state=dead", "history?job=evil", "history?key=APP-19", "explain?key=APP-19",
                     "history?environment=%3Cb%3Ex", "backfill"):
            text = jenkins.must(jenkins.get(f"/manage/jira-delivery/{page}")).text
            self.assertNotRegex(text, r"<b>x|<img src=q|javascript:alert", page)
        for page in ("/job/evil/1/jira/", "/job/evil/1/", "/job/evil/1/console", "/job/evil/", "/manage/"):
            self.assertNotRegex(jenkins.must(jenkins.get(page)).text, r"<b>x|<img src=q|href=.javascript:alert", page)
        text = jenkins.must(jenkins.get("/job/evil/1/jira/")).text
        self.assertIn("&lt;b&gt;x", text)

    def test_46_history_and_what_can_be_done(self):
        """Found, explained, sent again as cancelled, and deleted in Jira."""
        page = jenkins.must(jenkins.get("/manage/jira-delivery/history?job=shown")).text
        found = re.search(r'data-url="[^"]*/cancel\?id=(\d+)"', page)
        self.assertTrue(found, page[-3000:])
        self.assertIn("shown #1", jenkins.must(jenkins.get("/job/shown/1/jira/")).text)
        why = jenkins.must(jenkins.get("/manage/jira-delivery/explain?key=app-18")).text
        self.assertIn("found in the branch", why)
        jenkins.must(jenkins.post("/manage/jira-delivery/cancel", {"id": found[1]}))
        jenkins.wait_for(lambda: any(build["state"] == "cancelled" for build in builds("shown")), 30, "cancel")
        page = jenkins.must(jenkins.get("/manage/jira-delivery/history?job=shown&state=cancelled")).text
        newest = re.search(r'data-url="[^"]*/delete\?id=(\d+)"', page)
        self.assertTrue(newest, page[-3000:])
        jenkins.must(jenkins.post("/manage/jira-delivery/delete", {"id": newest[1]}))
        jenkins.wait_for(lambda: not builds("shown"), 60, "delete")
        for action in ("resend", "cancel", "delete"):
            self.assertEqual(jenkins.post(f"/manage/jira-delivery/{action}", {"id": "999999"}).status, 404)

    def test_47_metrics(self):
        answer = jenkins.must(jenkins.get("/manage/jira-delivery/metrics"))
        self.assertTrue(answer.text.endswith("# EOF\n"), answer.text[-300:])
