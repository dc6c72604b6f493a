"""What all themes share: one Jenkins, two sandboxes that play Jira sites, and what is asked of them."""

import atexit
import base64
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from xml.sax.saxutils import escape

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", "support")]

from controller import PASSWORD, Jenkins  # noqa: E402, F401
from sandbox import Sandbox  # noqa: E402

PACKAGE = "io.jenkins.plugins.jirasend"
CONFIGURATION = f"{PACKAGE}.config.JiraSendConfiguration"
SITE = "example.atlassian.net"
SECRET = "a-secret-that-must-not-leak"
EXAMPLES = os.path.join(ROOT, "examples", "jenkins")
DEPLOYMENT_STAGES = "deploy to (?<envName>.*)"

PIPELINE = """<flow-definition><keepDependencies>false</keepDependencies><properties>{properties}</properties>
<definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition">
<script>{script}</script><sandbox>true</sandbox></definition></flow-definition>"""
PARAMETERS = """<hudson.model.ParametersDefinitionProperty><parameterDefinitions>{definitions}
</parameterDefinitions></hudson.model.ParametersDefinitionProperty>"""
PARAMETER = """<hudson.model.StringParameterDefinition><name>{name}</name><defaultValue>{value}</defaultValue>
</hudson.model.StringParameterDefinition>"""
FOLDER = "<com.cloudbees.hudson.plugins.folder.Folder/>"
FREESTYLE = "<project><builders/><publishers/><buildWrappers/></project>"
MATRIX = """<matrix-project><axes><hudson.matrix.TextAxis><name>COLOUR</name><values>
<string>red</string><string>blue</string></values></hudson.matrix.TextAxis></axes>
<builders/><publishers/><buildWrappers/></matrix-project>"""

# The sandboxes play two Jira sites: one that has a name, one that has an address.
CLIENT = f"sandbox:{SECRET}"
jira = Sandbox("--client", CLIENT, "--site", "example", "--known-keys", "APP-*,OPS-*")
atexit.register(jira.stop)
other = Sandbox("--client", CLIENT, "--site", "other")
atexit.register(other.stop)
_trust = tempfile.TemporaryDirectory(prefix="jirasend-trust-")
TRUST_STORE = os.path.join(_trust.name, "trust.p12")


def keytool(*arguments):
    subprocess.run(["keytool", *arguments, "-keystore", TRUST_STORE, "-storepass", "changeit",
                    "-storetype", "PKCS12", "-noprompt"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.STDOUT)


keytool("-genkeypair", "-alias", "somebody", "-dname", "CN=somebody", "-keyalg", "EC")
jenkins = Jenkins(os.environ["JENKINS_WAR_DIR"], os.environ["JENKINS_PLUGINS_DIR"],
                  [f"-Djavax.net.ssl.trustStore={TRUST_STORE}",
                   "-Djavax.net.ssl.trustStorePassword=changeit"])
jenkins.install(os.environ["JIRASEND_HPI"])
atexit.register(jenkins.close)


def site(**changes):
    return {"site": SITE, "clientId": "sandbox", "credentialsId": "jira-2lo",
            "cloudId": jira.cloud_id, "apiUrl": jira.url, "idPrefix": "", "jobs": "",
            "automaticBuilds": False, "automaticBuildStages": "",
            "automaticDeployments": False, "deploymentStages": DEPLOYMENT_STAGES, **changes}


def _base64(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


def configure(*sites, wait=15, paused=False, where=None):
    """Without a form: what is not about the form begins with this."""
    (where or jenkins).groovy(f"""
        import {PACKAGE}.config.*
        def all = JiraSendConfiguration.get()
        all.sites = new groovy.json.JsonSlurper().parseText(
            new String('{_base64(sites)}'.decodeBase64(), 'UTF-8')).collect {{ given ->
            def site = new JiraSite(given.remove('site'), given.remove('clientId'),
                given.remove('credentialsId'))
            given.each {{ name, value -> site."$name" = value }}
            site
        }}
        all.wait = {wait}
        all.paused = {str(paused).lower()}""")


def configured(where=None):
    return (where or jenkins).groovy(f"""
        def all = {CONFIGURATION}.get()
        println all.wait + ' ' + all.paused + ' ' + all.sites.collect {{
            [it.site, it.clientId, it.credentialsId, it.cloudId, it.apiUrl, it.idPrefix, it.jobs,
             it.automaticBuilds, it.automaticBuildStages, it.automaticDeployments,
             it.deploymentStages].join('|') }}""")


def secret(name, value, where=None):
    """A Secret text of the controller, made or changed."""
    (where or jenkins).groovy(f"""
        import com.cloudbees.plugins.credentials.*
        import com.cloudbees.plugins.credentials.domains.Domain
        import org.jenkinsci.plugins.plaincredentials.impl.StringCredentialsImpl
        def store = SystemCredentialsProvider.instance.store
        def old = SystemCredentialsProvider.instance.credentials.find {{ it.id == '{name}' }}
        def made = new StringCredentialsImpl(CredentialsScope.SYSTEM, '{name}', '',
            hudson.util.Secret.fromString('{value}'))
        if (old == null) store.addCredentials(Domain.global(), made)
        else store.updateCredentials(Domain.global(), old, made)""")


def has_plugin(name):
    return bool(glob.glob(os.path.join(jenkins.home, "plugins", name + ".jpi")))


def needs(*plugins):
    """Skips a test where a plugin that it is about is not there."""
    def wrap(test):
        def run(self):
            absent = [name for name in plugins if not has_plugin(name)]
            if absent:
                self.skipTest("not among the plugins: " + ", ".join(absent))
            test(self)
        run.__doc__ = test.__doc__
        return run
    return wrap


def workspace(job):
    """A workspace as a checkout would leave it, for examples that call scripts."""
    folder = os.path.join(jenkins.home, "workspace", job)
    os.makedirs(folder, exist_ok=True)
    for name in ("build.sh", "deploy.sh", "check.sh"):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\necho "$0 $*"\n')
        os.chmod(path, 0o755)
    return folder


def pipeline(job, script, **parameters):
    definitions = "".join(PARAMETER.format(name=name, value=escape(value))
                          for name, value in parameters.items())
    properties = PARAMETERS.format(definitions=definitions) if definitions else ""
    jenkins.create(job, PIPELINE.format(script=escape(script), properties=properties))
    workspace(job)


def example(name):
    with open(os.path.join(EXAMPLES, name + ".Jenkinsfile"), encoding="utf-8") as file:
        return file.read()


def wire(identity):
    """An id as Jira sees it: what has a meaning in addresses is escaped."""
    return "".join(chr(byte) if re.match(rb"[A-Za-z0-9._-]", bytes([byte])) else f"~{byte:02X}"
                   for byte in identity.encode())


def builds(pipeline_id, sandbox=None):
    return [build for build in (sandbox or jira).state()["builds"]
            if build["pipelineId"] == wire(pipeline_id)]


def deployments(pipeline_id, sandbox=None):
    return [item for item in (sandbox or jira).state()["deployments"]
            if item["pipeline"]["id"] == wire(pipeline_id)]


def sent(kind, pipeline_id, sandbox=None):
    """Every item that was sent and accepted, oldest first: (state, environment's id or None)."""
    found = []
    for entry in (sandbox or jira).log(f"/{kind}/"):
        if entry["method"] == "POST" and entry["status"] == 202:
            body = entry["body"] if isinstance(entry["body"], dict) else json.loads(entry["body"])
            for item in body[kind]:
                identity = item.get("pipelineId") or item["pipeline"]["id"]
                if identity == wire(pipeline_id):
                    found.append((item["state"], item.get("environment", {}).get("id")))
    return found


def posted(job, number):
    """The lines of ours in a console."""
    return [line for line in jenkins.console(job, number).splitlines() if "[jirasend]" in line]


def add_publishers(job, where=None):
    """Both post-build actions: issue APP-10 for the build, and APP-11, too, for the deployment."""
    (where or jenkins).groovy(f"""
        import {PACKAGE}.freestyle.*
        def job = Jenkins.get().getItemByFullName('{job}')
        def build = new SendBuildInfoAction()
        build.branch = 'feature/APP-10'
        job.publishersList.add(build)
        def deployment = new SendDeploymentInfoAction('qa', 'QA')
        deployment.issueKeys = ['APP-10, APP-11']
        job.publishersList.add(deployment)
        job.save()""")


def begin():
    jenkins.start()
    secret("jira-2lo", SECRET)
    secret("wrong", "not it")


def end():
    jenkins.close()
    jira.stop()
    other.stop()
    _trust.cleanup()


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        configure(site())

    def good(self, job, **parameters):
        result, console = jenkins.build(job, **parameters)
        self.assertEqual(result, "SUCCESS", console)
        return console
