"""A real Jenkins for a test: a fresh home, started on loopback, killed and started again."""

import glob
import http.client
import http.cookiejar
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile

USER = "admin"
PASSWORD = "admin of this test"

# Every time limit is so many times as long: for a machine that has much else to do.
PATIENCE = float(os.environ.get("JIRASEND_PATIENCE", "1"))

# Everybody who is logged in may do all; others may read.
SECURITY = f"""
import hudson.security.FullControlOnceLoggedInAuthorizationStrategy
import hudson.security.HudsonPrivateSecurityRealm
import jenkins.model.Jenkins
import jenkins.model.JenkinsLocationConfiguration
def jenkins = Jenkins.get()
if (!(jenkins.securityRealm instanceof HudsonPrivateSecurityRealm)) {{
    def realm = new HudsonPrivateSecurityRealm(false, false, null)
    realm.createAccount('{USER}', '{PASSWORD}')
    jenkins.securityRealm = realm
    def strategy = new FullControlOnceLoggedInAuthorizationStrategy()
    strategy.allowAnonymousRead = true
    jenkins.authorizationStrategy = strategy
    jenkins.numExecutors = 4
    jenkins.save()
}}
if (System.getProperty('test.rootUrl')) {{
    JenkinsLocationConfiguration.get().url = System.getProperty('test.rootUrl')
}}
"""

OPENS = ["java.base/java.lang", "java.base/java.io", "java.base/java.util",
         "java.base/java.util.concurrent", "java.base/java.text"]
FLAGS = ["-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true",
         "-Djenkins.install.runSetupWizard=false", "-Dhudson.model.UsageStatistics.disabled=true",
         "-Dhudson.model.UpdateCenter.never=true", "-Dhudson.model.DownloadService.never=true",
         "-Dhudson.plugins.git.GitSCM.ALLOW_LOCAL_CHECKOUT=true",
         "-Djenkins.model.Jenkins.SHOW_STACK_TRACE=true"]


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body
        self.text = body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.text)


def manifest(file):
    """The main attributes of a plugin."""
    with zipfile.ZipFile(file) as plugin:
        text = plugin.read("META-INF/MANIFEST.MF").decode()
    lines = re.sub(r"\r?\n ", "", text).splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def dependencies(file, optional=False):
    """{name: least version} of the plugins that a plugin cannot do without, or can."""
    found = {}
    for entry in filter(None, manifest(file).get("Plugin-Dependencies", "").split(",")):
        name, version, *rest = re.split("[:;]", entry)
        if ("resolution:=optional" in entry) == optional:
            found[name] = version
    return found


def plugin_files(folder):
    return {manifest(file)["Short-Name"]: file
            for file in sorted(glob.glob(os.path.join(folder, "*.[hj]pi")))}


def with_dependencies(folder, names):
    """The files of these plugins and of all that they cannot do without."""
    files, found, left = plugin_files(folder), {}, list(names)
    while left:
        name = left.pop()
        if name not in found:
            found[name] = files[name]
            left += dependencies(files[name])
    return sorted(found.values())


class Jenkins:
    """with Jenkins(war, plugins) as jenkins: ... PLUGINS: a folder, or a list of files"""

    def __init__(self, war, plugins, properties=()):
        self.war = os.path.abspath(war)
        self.folder = tempfile.mkdtemp(prefix="jirasend-jenkins-")
        self.home = os.path.join(self.folder, "home")
        self.log_file = os.path.join(self.folder, "jenkins.log")
        self.properties = list(properties)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.closed = False
        self._clients = {}
        os.makedirs(os.path.join(self.home, "plugins"))
        os.makedirs(os.path.join(self.home, "init.groovy.d"))
        with open(os.path.join(self.home, "init.groovy.d", "security.groovy"), "w",
                  encoding="utf-8") as file:
            file.write(SECURITY)
        files = glob.glob(os.path.join(plugins, "*.[hj]pi")) if isinstance(plugins, str) else plugins
        for file in sorted(files):
            self.install(file)

    def install(self, file):
        """Before the start."""
        name = manifest(file)["Short-Name"] + ".jpi"
        shutil.copyfile(file, os.path.join(self.home, "plugins", name))

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    # Life

    def start(self, seconds=300):
        if os.path.isdir(self.war):
            program = [os.path.join(self.war, "executable", "winstone.jar"), f"--webroot={self.war}"]
        else:
            program = [self.war, "--webroot=" + os.path.join(self.folder, "war")]
        command = [os.environ.get("JAVA", "java"), *FLAGS, f"-Dtest.rootUrl={self.url}/"]
        for package in OPENS:
            command += ["--add-opens", f"{package}=ALL-UNNAMED"]
        command += [*self.properties, "-jar", *program, "--httpListenAddress=127.0.0.1",
                    f"--httpPort={self.port}"]
        offset = os.path.getsize(self.log_file) if os.path.exists(self.log_file) else 0
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("JENKINS_", "JIRASEND_"))
                       and name.lower() not in ("http_proxy", "https_proxy", "no_proxy")}
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                cwd=self.home, env={**environment, "JENKINS_HOME": self.home})
        self._clients = {}
        self.wait_for(lambda: "Jenkins is fully up and running" in self.log()[offset:], seconds,
                      "Jenkins did not start")

    def wait_for(self, condition, seconds=120, what="it did not happen"):
        """The value of the condition as soon as it is true."""
        end = time.monotonic() + seconds * PATIENCE
        while True:
            value = condition()
            if value:
                return value
            if self.process.poll() is not None:
                raise AssertionError(f"{what}: Jenkins ended. Its log: {self.log()[-4000:]}")
            if time.monotonic() > end:
                raise AssertionError(f"{what} within {seconds} s. The log: {self.log()[-1500:]}")
            time.sleep(0.3)

    def kill(self):
        """As if the power had gone."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """As a service manager does it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(90 * PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("Jenkins did not end within 90 s of SIGTERM") from None

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if os.environ.get("JIRASEND_KEEP"):
            if not self.closed:
                print(f"the home of Jenkins is kept in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.closed = True

    def log(self):
        if not os.path.exists(self.log_file):
            return ""
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def mistakes(self, *known):
        """Records of the log that speak of a mistake, but for KNOWN patterns and what is not ours."""
        records = re.split(r"\n(?=\d{4}-\d\d-\d\d \d\d:)", self.log())
        ours = re.compile(r"\ti\.j\.p\.jirasend|\tat .*jirasend|Caused.*jirasend|jirasend.*(Exception|Error)")
        return [record for record in records
                if (re.search(r"\tSEVERE\t", record) or ours.search(record)
                    and re.search(r"\tWARNING\t|\tat ", record))
                and not any(re.search(pattern, record) for pattern in known)]

    # HTTP

    def _open(self, request, client):
        for attempt in range(3):
            try:
                with client.open(request, timeout=120 * PATIENCE) as answer:
                    return Answer(answer.status, answer.headers, answer.read())
            except urllib.error.HTTPError as error:
                with error:
                    return Answer(error.code, error.headers, error.read())
            except (http.client.HTTPException, ConnectionError):
                if attempt == 2:
                    raise
                time.sleep(1)
        raise AssertionError("not reached")

    def _login(self, user, password):
        """A session like a browser's, with its crumb."""
        jar = http.cookiejar.CookieJar()
        client = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
        self._open(urllib.request.Request(self.url + "/login"), client)
        form = urllib.parse.urlencode({"j_username": user, "j_password": password, "from": "/"})
        self._open(urllib.request.Request(self.url + "/j_spring_security_check", form.encode()),
                   client)
        answer = self._open(urllib.request.Request(self.url + "/crumbIssuer/api/json"), client)
        crumb = self.must(answer).json()
        client.addheaders = [(crumb["crumbRequestField"], crumb["crumb"])]
        return client

    def request(self, method, path, body=None, content_type=None, login=USER, headers=None):
        """LOGIN: a user, whose password is the name, or None for nobody."""
        if login:
            if login not in self._clients:
                self._clients[login] = self._login(login, PASSWORD if login == USER else login)
            client = self._clients[login]
        else:
            client = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        if isinstance(body, dict):
            body = urllib.parse.urlencode(body)
            content_type = "application/x-www-form-urlencoded"
        request = urllib.request.Request(
            self.url + path, body.encode() if isinstance(body, str) else body, method=method)
        if content_type:
            request.add_header("Content-Type", content_type)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        return self._open(request, client)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body="", content_type="application/x-www-form-urlencoded", **options):
        return self.request("POST", path, body, content_type, **options)

    def upload(self, hpi):
        """As the page "Advanced settings" of the plugin manager does it."""
        boundary = "----jirasend-test"
        with open(hpi, "rb") as file:
            content = file.read()
        head = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"name\"; "
                f"filename=\"{os.path.basename(hpi)}\"\r\n"
                "Content-Type: application/octet-stream\r\n\r\n")
        rest = (f"\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"pluginUrl\"\r\n\r\n\r\n"
                f"--{boundary}--\r\n")
        self.must(self.post("/manage/pluginManager/uploadPlugin",
                            head.encode() + content + rest.encode(),
                            f"multipart/form-data; boundary={boundary}"))

    def must(self, answer, status=200):
        if answer.status != status:
            said = re.search(r"<pre[^>]*>(.*?)</pre>", answer.text, re.DOTALL)
            said = said.group(1) if said else re.sub(r"(?s)<(script|svg|style).*?</\1>|<[^>]+>", "",
                                                     answer.text)
            raise AssertionError(f"{answer.status} instead of {status}: {said[:3000]}")
        return answer

    def groovy(self, script):
        """What a script prints, run by Jenkins itself."""
        text = self.must(self.post("/scriptText", {"script": script})).text
        if re.search(r"^\S*(Exception|Error)\b.*", text, re.MULTILINE):
            raise AssertionError(text)
        return text.strip()

    # Jobs

    def path(self, job):
        return "".join("/job/" + urllib.parse.quote(part, safe="") for part in job.split("/"))

    def create(self, job, xml):
        folder, _, name = job.rpartition("/")
        where = self.path(folder) if folder else ""
        self.must(self.post(f"{where}/createItem?name={urllib.parse.quote(name)}", xml,
                            "application/xml"))

    def next_number(self, job):
        return self.get(f"{self.path(job)}/api/json?tree=nextBuildNumber").json()["nextBuildNumber"]

    def start_build(self, job, **parameters):
        """Its number; it may not have begun."""
        number = self.next_number(job)
        about = self.get(f"{self.path(job)}/api/json?tree=property[parameterDefinitions[name]]").json()
        asks = any(part.get("parameterDefinitions") for part in about.get("property", []))
        self.must(self.post(f"{self.path(job)}/build{'WithParameters' if asks else ''}?delay=0sec",
                            parameters), 201)
        return number

    def finished(self, job, number, seconds=180):
        """(result, console) of a build when it has ended."""
        path = f"{self.path(job)}/{number}"

        def ended():
            answer = self.get(path + "/api/json?tree=building,result")
            state = answer.json() if answer.status == 200 else {}
            return state if state.get("building") is False and state.get("result") else None

        try:
            state = self.wait_for(ended, seconds, f"{job} #{number} did not end")
        except AssertionError as error:
            raise AssertionError(f"{error}\nIts console: {self.console(job, number)}") from None
        return state["result"], self.console(job, number)

    def console(self, job, number):
        return self.get(f"{self.path(job)}/{number}/consoleText").text

    def build(self, job, seconds=180, **parameters):
        return self.finished(job, self.start_build(job, **parameters), seconds)
