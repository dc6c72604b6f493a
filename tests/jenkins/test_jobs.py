"""Freestyle and matrix jobs."""

import re

import forms
from world import (
    Case, FREESTYLE, MATRIX, PACKAGE, add_publishers, builds, deployments, jenkins, jira, needs, sent)


class Jobs(Case):
    def test_20_freestyle(self):
        jenkins.create("freestyle", FREESTYLE)
        add_publishers("freestyle")
        console = self.good("freestyle")
        self.assertEqual(sent("builds", "freestyle"), [("successful", None)], console)
        item, = deployments("freestyle")
        self.assertEqual((item["environment"]["id"], item["environment"]["type"], item["issueKeys"]),
                         ("qa", "testing", ["APP-10", "APP-11"]))

    def test_21_freestyle_form(self):
        """What the page of the job shows is what it takes back."""
        page = jenkins.must(jenkins.get("/job/freestyle/configure")).text
        for field in ("branch", "state", "issueKeys", "description", "label", "failOnError", "wait",
                      "environmentId", "environmentName", "environmentType", "serviceIds"):
            self.assertRegex(page, rf'name="_\.{field}"', field)

        def publishers():
            xml = jenkins.must(jenkins.get("/job/freestyle/config.xml")).text
            return re.search(r"(?s)<publishers>.*</publishers>", xml).group()

        before = publishers()
        # Of the rest of the page only what a job cannot do without: it is not ours.
        none = "hudson.scm.NullSCM"
        form = {"enable": True, "description": "", "properties": {"stapler-class-bag": "true"},
                "scm": {"value": "0", "stapler-class": none, "$class": none}, "core:apply": "",
                "publisher": forms.tree(page)["publisher"]}
        build, deployment = form["publisher"]
        self.assertEqual((deployment["environmentId"], deployment["issueKeys"]), ("qa", "APP-10, APP-11"))
        jenkins.must(jenkins.post("/job/freestyle/configSubmit", forms.body(form)))
        self.assertEqual(publishers(), before)
        build.update(branch="APP-12", description="by form", failOnError=True, wait="5")
        form["publisher"] = build
        jenkins.must(jenkins.post("/job/freestyle/configSubmit", forms.body(form)))
        xml = jenkins.must(jenkins.get("/job/freestyle/config.xml")).text
        self.assertIn("APP-12", xml)
        self.assertIn("by form", xml)
        self.good("freestyle")
        self.assertEqual({item["buildNumber"]: item["issueKeys"] for item in builds("freestyle")},
                         {1: ["APP-10"], 2: ["APP-12"]})

    def test_21_names_for_generators(self):
        """Job DSL and the like find the actions by their symbols and give them their parameters by name."""
        answer = jenkins.groovy(f"""
            import hudson.model.TaskListener
            import hudson.tasks.Publisher
            import org.jenkinsci.plugins.structs.SymbolLookup
            import org.jenkinsci.plugins.structs.describable.DescribableModel
            [jiraSendBuildInfoAction: [branch: 'APP-1', wait: 5, issueKeys: ['APP-1', 'APP-2'], failOnError: true, site: 'a.example',
                 state: 'failed', description: 'd', label: 'l', url: 'https://example.com/'],
             jiraSendDeploymentInfoAction: [environmentId: 'qa', environmentName: 'QA', environmentType: 'testing',
                 serviceIds: ['b:YXJp'], enableGating: true, label: 'l']].each {{ symbol, given ->
                def model = DescribableModel.of(SymbolLookup.get().findDescriptor(Publisher, symbol).clazz)
                def made = model.instantiate(given, TaskListener.NULL)
                println model.uninstantiate2(made).arguments.findAll {{ given.containsKey(it.key) }} == given
                println model.parameters*.name - ['site', 'branch', 'state', 'issueKeys', 'description', 'label', 'url',
                    'failOnError', 'wait', 'environmentId', 'environmentName', 'environmentType', 'serviceIds', 'enableGating']
            }}""")
        self.assertEqual(answer.split("\n")[:4], ["true", "[]", "true", "[]"])

    @needs("matrix-project")
    def test_21_freestyle_written_by_hand(self):
        """A generator writes the elements it needs, or none."""
        name = f"{PACKAGE}.freestyle.Send"
        jenkins.create("by-hand", FREESTYLE.replace("<publishers/>", f"""<publishers>
            <{name}BuildInfoAction/>
            <{name}BuildInfoAction><branch>APP-12</branch><wait>30</wait></{name}BuildInfoAction>
            <{name}DeploymentInfoAction/>
            <{name}DeploymentInfoAction><environmentId>qa</environmentId>
            <environmentName>QA</environmentName><issueKeys><string>APP-12, APP-13</string></issueKeys>
            </{name}DeploymentInfoAction></publishers>"""))
        console = self.good("by-hand")
        self.assertEqual(len(re.findall(r"^\[jirasend\] ", console, re.MULTILINE)), 4, console)
        self.assertEqual([item["issueKeys"] for item in builds("by-hand")], [["APP-12"]], console)
        self.assertEqual([item["issueKeys"] for item in deployments("by-hand")],
                         [["APP-12", "APP-13"]], console)

    def test_22_matrix(self):
        jenkins.create("matrix", MATRIX)
        add_publishers("matrix")
        self.good("matrix")
        self.assertEqual(sent("builds", "matrix"), [("successful", None)])
        self.assertEqual(sent("deployments", "matrix"), [("successful", "qa")])
        self.assertFalse([item for item in jira.state()["builds"] if "COLOUR" in item["pipelineId"]])
