"""Agents that go away, and jobs that run as a user who may see little."""

import os
import signal
import time

from world import Case, PACKAGE, builds, jenkins, needs, pipeline, sent

WAIT = "input message: 'Is it gone?', id: 'Gone'\n"
SEND = "def a = jiraSendBuildInfo(wait: 30)\necho 'it is ' + a[0].status\n"


class Agent:
    """with Agent(name) as agent: ... A process on this machine, which Jenkins talks to by its streams."""

    def __init__(self, name):
        self.name = name
        self.folder = os.path.join(jenkins.folder, name)

    def __enter__(self):
        os.makedirs(self.folder)
        self.pid = int(jenkins.groovy(f"""
            def agent = new hudson.slaves.DumbSlave('{self.name}', '{self.folder}',
                new hudson.slaves.JNLPLauncher())
            agent.retentionStrategy = hudson.slaves.RetentionStrategy.NOOP
            Jenkins.get().addNode(agent)
            def java = System.getProperty('java.home') + '/bin/java'
            def library = hudson.remoting.Which.jarFile(hudson.remoting.Channel).parent + '/*'
            def process = new ProcessBuilder(java, '-cp', library, 'hudson.remoting.Launcher')
                .redirectError(ProcessBuilder.Redirect.DISCARD).start()
            agent.toComputer().setChannel(process.inputStream, process.outputStream,
                hudson.model.TaskListener.NULL, null)
            println process.pid()"""))
        jenkins.wait_for(self.online, 60, "the agent did not connect")
        return self

    def online(self):
        return jenkins.groovy(f"println Jenkins.get().getComputer('{self.name}').online") == "true"

    def lose(self):
        os.kill(self.pid, signal.SIGKILL)
        jenkins.wait_for(lambda: not self.online(), 60, "nobody noticed that the agent is gone")

    def stun(self):
        """It is connected, and does not answer."""
        os.kill(self.pid, signal.SIGSTOP)

    def __exit__(self, *_):
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # lost already
        jenkins.groovy(f"def all = Jenkins.get(); all.removeNode(all.getNode('{self.name}'))")


class Agents(Case):
    def asked(self, job):
        number = jenkins.start_build(job)
        jenkins.wait_for(lambda: "Is it gone?" in jenkins.console(job, number), 60, "it did not ask")
        return number

    def answer(self, job, number):
        jenkins.must(jenkins.post(f"/job/{job}/{number}/input/Gone/proceedEmpty"))
        return jenkins.finished(job, number)

    @needs("pipeline-input-step")
    def test_lost(self):
        """Without its agent a build cannot go on, but it can tell Jira how it ended."""
        with Agent("lost") as agent:
            pipeline("lost", f"node('lost') {{\n{WAIT}{SEND}}}\n", BRANCH_NAME="APP-70")
            number = self.asked("lost")
            agent.lose()
            result, console = self.answer("lost", number)
        self.assertEqual(result, "SUCCESS", console)
        self.assertIn("it is accepted", console)
        self.assertEqual(sent("builds", "lost"), [("successful", None)])

    @needs("pipeline-input-step", "git-client")
    def test_hanging(self):
        """Nor is it waited for until a channel notices that nobody answers."""
        with Agent("hanging") as agent:
            pipeline("hanging", f"node('hanging') {{\nwriteFile file: '.git/HEAD', text: 'none'\n{WAIT}{SEND}}}\n",
                     BRANCH_NAME="APP-71")
            number = self.asked("hanging")
            agent.stun()
            begun = time.monotonic()
            jenkins.must(jenkins.post(f"/job/hanging/{number}/input/Gone/proceedEmpty"))
            console = jenkins.wait_for(
                lambda: "it is " in jenkins.console("hanging", number) and jenkins.console("hanging", number),
                45, "the step waits for its agent")
            self.assertIn("it is accepted", console)
            self.assertGreater(time.monotonic() - begun, 8, "the agent was not asked at all")

    def test_as_a_user(self):
        """A job that runs as somebody who may not read what comes before it."""
        jenkins.create("before", "<project><builders/><publishers/><buildWrappers/></project>")
        jenkins.create("as-user", "<project><builders/><publishers/><buildWrappers/></project>")
        jenkins.groovy(f"""
            import hudson.model.*
            import {PACKAGE}.freestyle.SendBuildInfoAction
            def parameters = [new StringParameterDefinition('BRANCH_NAME', 'APP-72')]
            Jenkins.get().getItem('before').addProperty(new ParametersDefinitionProperty(parameters))
            def job = Jenkins.get().getItem('as-user')
            job.publishersList.add(new SendBuildInfoAction())
            job.save()""")
        self.good("before")
        jenkins.groovy("""
            import hudson.*
            import hudson.model.*
            import hudson.security.*
            def all = Jenkins.get()
            def open = all.authorizationStrategy
            def somebody = new org.springframework.security.authentication.UsernamePasswordAuthenticationToken(
                'somebody', '', [])
            def narrow = new AuthorizationStrategy() {
                Collection<String> getGroups() { [] }
                ACL getRootACL() {
                    new ACL() {
                        boolean hasPermission2(org.springframework.security.core.Authentication who, Permission what) {
                            who.name == 'somebody' ? what in [Jenkins.READ, Item.DISCOVER, Computer.BUILD]
                                : open.rootACL.hasPermission2(who, what)
                        }
                    }
                }
            }
            def runs = new jenkins.security.QueueItemAuthenticatorProvider() {
                List<jenkins.security.QueueItemAuthenticator> getAuthenticators() {
                    [new jenkins.security.QueueItemAuthenticator() {
                        org.springframework.security.core.Authentication authenticate2(Queue.Task task) {
                            task.name == 'as-user' ? somebody : null
                        }
                    }]
                }
            }
            def providers = ExtensionList.lookup(jenkins.security.QueueItemAuthenticatorProvider)
            def unsaved = new BulkChange(all)
            try {
                all.authorizationStrategy = narrow
                providers.add(0, runs)
                def cause = new Cause.UpstreamCause(all.getItem('before').lastBuild)
                all.getItem('as-user').scheduleBuild2(0, cause).get()
            } finally {
                providers.remove(runs)
                all.authorizationStrategy = open
                unsaved.abort()
            }""")
        _, console = jenkins.finished("as-user", 1)
        self.assertIn("accepted (APP-72)", console)
        self.assertEqual([item["issueKeys"] for item in builds("as-user")], [["APP-72"]], console)
