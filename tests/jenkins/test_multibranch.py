"""A multibranch project on a Git repository: branches, a tag, a pull request."""

import os
import shutil
import subprocess
import tempfile
from xml.sax.saxutils import escape

from world import Case, EXAMPLES, ROOT, builds, deployments, jenkins, needs, sent

MULTIBRANCH = """<org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject>
<sources class="jenkins.branch.MultiBranchProject$BranchSourceList"><data><jenkins.branch.BranchSource>
<source class="jenkins.plugins.git.GitSCMSource"><id>local</id><remote>{remote}</remote><traits>
<jenkins.plugins.git.traits.BranchDiscoveryTrait/><jenkins.plugins.git.traits.TagDiscoveryTrait/>
</traits></source></jenkins.branch.BranchSource></data></sources>
<factory class="org.jenkinsci.plugins.workflow.multibranch.WorkflowBranchProjectFactory">
<scriptPath>Jenkinsfile</scriptPath></factory>
</org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject>"""


# Sources that know pull requests are not to be had on a local repository: the branch of a job
# becomes one, for the time of a build. Jenkins makes CHANGE_ID and the like of it.
PULL_REQUEST = """
import jenkins.branch.*
import org.jenkinsci.plugins.workflow.multibranch.BranchJobProperty
import jenkins.scm.api.*
import jenkins.scm.api.metadata.*
import jenkins.scm.api.mixin.*
class Request extends SCMHead implements ChangeRequestSCMHead2 {{
    SCMHead target
    Request(String name, SCMHead target) {{ super(name); this.target = target }}
    String getId() {{ '12' }}
    SCMHead getTarget() {{ target }}
    ChangeRequestCheckoutStrategy getCheckoutStrategy() {{ ChangeRequestCheckoutStrategy.HEAD }}
    String getOriginName() {{ 'feature/APP-22-fix' }}
}}
def job = Jenkins.get().getItemByFullName('{job}')
def property = job.getProperty(BranchJobProperty)
def old = property.branch
def about = new ObjectMetadataAction('APP-23 please take this', '', 'https://example.com/pull/12')
property.branch = new Branch(old.sourceId, new Request('PR-12', old.head), old.scm, [])
job.addOrReplaceAction(about)
"""


# What the scripts of this project leave behind, in no time.
CTEST = """#!/bin/sh
cat > build/dev/ctest.xml <<'END'
<testsuite name="all" tests="3"><testcase name="a" classname="a"/><testcase name="b" classname="b"><skipped/></testcase>
<testcase name="c" classname="c"/></testsuite>
END
"""


class Multibranch(Case):
    @needs("git", "workflow-multibranch", "junit")
    def test_24_our_own(self):
        """The Jenkinsfile of this project, with scripts that do nothing: it tells of itself, and of a tag it packs."""
        folder = tempfile.mkdtemp(prefix="jirasend-own-")
        self.addCleanup(shutil.rmtree, folder, True)
        remote = os.path.join(folder, "own")
        os.makedirs(os.path.join(remote, "script"))
        os.makedirs(os.path.join(folder, "bin"))
        shutil.copyfile(os.path.join(ROOT, "Jenkinsfile"), os.path.join(remote, "Jenkinsfile"))
        for path, text in (("own/script/bootstrap", "#!/bin/sh\n"), ("own/script/build", "#!/bin/sh\nmkdir -p build/dev\n"),
                           ("own/script/package", "#!/bin/sh\necho packed\n"), ("bin/ctest", CTEST)):
            with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(os.path.join(folder, path), 0o755)

        def git(*arguments):
            subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false",
                            *arguments], cwd=remote, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull})

        git("init", "-q", "-b", "main")
        git("add", ".")
        git("commit", "-q", "-m", "APP-15 begin")
        git("tag", "v1.0")
        jenkins.groovy(f"""
            import hudson.slaves.EnvironmentVariablesNodeProperty
            Jenkins.get().labelString = 'linux'
            Jenkins.get().globalNodeProperties.add(new EnvironmentVariablesNodeProperty(
                new EnvironmentVariablesNodeProperty.Entry('PATH+CTEST', '{folder}/bin')))""")
        self.addCleanup(jenkins.groovy, "Jenkins.get().labelString = ''; Jenkins.get().globalNodeProperties.clear()")
        jenkins.create("own", MULTIBRANCH.format(remote=escape(remote)))
        jenkins.must(jenkins.post("/job/own/build?delay=0"))
        jenkins.wait_for(lambda: jenkins.get("/job/own/job/main/1/api/json").status == 200, 120, "it was not built")
        result, console = jenkins.finished("own/main", 1)
        self.assertEqual(result, "SUCCESS", console)
        self.assertEqual([state for state, _ in sent("builds", "own/main")], ["in_progress", "successful"], console)
        item, = builds("own/main")
        self.assertEqual(item["issueKeys"], ["APP-15"])
        self.assertEqual({name: item["testInfo"][name] for name in ("totalNumber", "numberPassed", "numberFailed")},
                         {"totalNumber": 3, "numberPassed": 2, "numberFailed": 0})
        self.assertNotIn("packed", console)
        self.assertIn("packed", self.good("own/v1.0"))
        with open(os.path.join(folder, "bin", "ctest"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 8\n")
        self.assertEqual(jenkins.build("own/main")[0], "FAILURE")
        self.assertEqual([state for state, _ in sent("builds", "own/main")][-1], "failed")
        jenkins.must(jenkins.post("/job/own/doDelete"))

    @needs("git", "workflow-multibranch")
    def test_23_multibranch(self):
        remote = tempfile.mkdtemp(prefix="jirasend-repository-")
        self.addCleanup(shutil.rmtree, remote, True)

        def git(*arguments):
            subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com",
                            "-c", "commit.gpgsign=false", *arguments], cwd=remote, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull})

        git("init", "-q", "-b", "main")
        for name in ("build.sh", "deploy.sh"):
            with open(os.path.join(remote, name), "w", encoding="utf-8") as file:
                file.write('#!/bin/sh\necho "$0 $*"\n')
            os.chmod(os.path.join(remote, name), 0o755)
        shutil.copyfile(os.path.join(EXAMPLES, "multibranch.Jenkinsfile"),
                        os.path.join(remote, "Jenkinsfile"))
        git("add", ".")
        git("commit", "-q", "-m", "APP-13 begin\n\nand OPS-1 with it")
        git("checkout", "-q", "-b", "feature/APP-14-search")
        git("commit", "-q", "--allow-empty", "-m", "look further")
        git("checkout", "-q", "main")
        git("tag", "v1.0")
        jenkins.create("multi", MULTIBRANCH.format(remote=escape(remote)))
        jenkins.must(jenkins.post("/job/multi/build?delay=0"))
        feature = "multi/feature%2FAPP-14-search"
        jenkins.wait_for(lambda: builds("multi/main") and builds(feature), 120, "branches were not built")
        item, = builds(feature)
        self.assertIn("APP-14", item["issueKeys"])
        self.assertEqual(item["displayName"].split(" #")[0], "multi » feature/APP-14-search")
        # The first build of a branch has no list of changes: the head's message counts.
        self.assertIn("APP-13", builds("multi/main")[0]["issueKeys"])
        self.assertIn("OPS-1", builds("multi/main")[0]["issueKeys"])
        self.assertEqual([(item["environment"]["id"], item["state"]) for item in deployments("multi/main")],
                         [("staging", "successful")])
        self.assertFalse(deployments(feature))
        # Jenkins does not build a tag by itself. It tells of what was built since the last deployment.
        self.good("multi/v1.0")
        item, = deployments("multi/v1.0")
        self.assertEqual((item["environment"]["id"], item["label"]), ("production", "v1.0"))
        self.assertIn("APP-13", item["issueKeys"])
        jenkins.groovy(PULL_REQUEST.format(job="multi/feature%2FAPP-14-search"))
        number = jenkins.start_build("multi/feature%2FAPP-14-search")
        result, console = jenkins.finished("multi/feature%2FAPP-14-search", number)
        self.assertEqual(result, "SUCCESS", console)
        item, = [item for item in builds(feature) if item["buildNumber"] == number]
        self.assertEqual(set(item["issueKeys"]) & {"APP-22", "APP-23", "PR-12"}, {"APP-22", "APP-23"})
        jenkins.must(jenkins.post("/job/multi/doDelete"))
