"""Runs the Java programs of this folder, on every JDK that can be had, against a real sandbox.

    run.py GROUP

Under -Xcheck:jni the JVM prints what a native library does wrong. The programs print nothing, so a
single word on their streams is a failure. JIRASEND_JNI_MISSING says why there is no library; then
the test is skipped.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from sandbox import Sandbox  # noqa: E402

SKIPPED = 77
PACKAGE = "io.jenkins.plugins.jirasend.nativecore."
SMALL_HEAP = ["-Xmx16m", "-XX:+UseSerialGC"]
# Interpreted: a compiler at work would itself ask for memory while there is none, and end the JVM.
LARGE_HEAP = ["-Xms192m", "-Xmx192m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-Xint"]
FIXED_HEAP = ["-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"]

# Mounts a file system that nothing may be executed from, in a world of its own, then runs the rest.
NOEXEC = ["unshare", "-Urm", "sh", "-c", 'mount -t tmpfs -o noexec,size=32m tmpfs "$0" && exec "$@"']


class Failed(Exception):
    pass


def jdk_version(home):
    try:
        said = subprocess.run([str(home / "bin/java"), "-version"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False).stdout
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found.group(1)) if found else 0


def jdks():
    """One JDK or JRE of each version from 17 on: {17: its folder, ...}; or the one that JIRASEND_JDK names."""
    if os.environ.get("JIRASEND_JDK"):
        home = pathlib.Path(os.environ["JIRASEND_JDK"])
        return {jdk_version(home): home}
    places = [pathlib.Path(os.environ[name]) for name in ("JAVA_HOME",) if os.environ.get(name)]
    places += [pathlib.Path(folder).resolve().parent for folder in os.environ["PATH"].split(":")
               if os.access(os.path.join(folder, "java"), os.X_OK)]
    for parent in ("/usr/lib/jvm", "/opt"):
        places += sorted(pathlib.Path(parent).glob("*"))
    javac = os.environ.get("JIRASEND_JAVAC")
    if javac:
        places.append(pathlib.Path(javac).resolve().parents[1])
    found = {}
    for home in {place.resolve(): None for place in places if os.access(place / "bin/java", os.X_OK)}:
        version = jdk_version(home)
        if version >= 17:
            found.setdefault(version, home)
    return dict(sorted(found.items()))


def said_by_the_jvm(line, flag):
    """Since JDK 24 the JVM itself warns, when native code is not allowed by name."""
    return not flag and (line.startswith("WARNING: ") or not line)


class Run:
    """One JVM, from start to end."""

    def __init__(self, home, scratch, sandbox=None):
        self.home = home
        self.scratch = pathlib.Path(scratch)
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        self.prefix = []
        self.properties = {"scratch": str(self.scratch), "platform": os.environ["JIRASEND_PLATFORM"],
                           "neighbour": os.environ.get("JIRASEND_NEIGHBOUR", "")}
        if sandbox is not None:
            self.properties.update(url=sandbox.url, clientId=sandbox.settings["clientId"],
                                   secret=sandbox.settings["clientSecret"],
                                   caFile=sandbox.ca_file or "")

    def cases(self, *classes, options=(), flag=True, checked=True):
        result = self.scratch / "result"
        command = [*self.prefix, str(self.home / "bin/java"), "-cp", os.environ["JIRASEND_CLASSES"],
                   *(["--enable-native-access=ALL-UNNAMED"] if flag else []),
                   *(["-Xcheck:jni"] if checked else []),
                   *options, *(f"-Dtest.{name}={value}" for name, value in self.properties.items()),
                   PACKAGE + "Main", str(result), *classes]
        done = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              cwd=self.scratch, timeout=600, check=False)
        report = result.read_text(encoding="utf-8") if result.exists() else "no result\n"
        print(report, end="")
        if done.returncode != 0:
            raise Failed(f"the JVM ended with {done.returncode}; it said:\n{done.stdout}")
        words = [line for line in done.stdout.splitlines() if not said_by_the_jvm(line, flag)]
        if words:
            raise Failed("something was printed:\n" + "\n".join(words))
        if "ok " not in report:
            raise Failed("no case was run")


def run_calls(home, scratch, _):
    with Sandbox() as sandbox:
        Run(home, scratch, sandbox).cases("Arguments", "RealWay")


def run_tls(home, scratch, _):
    """Opening the pipe would wait for ever: so nothing has read OpenSSL's configuration."""
    with Sandbox("--tls") as sandbox:
        run = Run(home, scratch, sandbox)
        pipe, keys = run.scratch / "openssl.cnf", run.scratch / "keys.log"
        os.mkfifo(pipe)
        run.environment.update(OPENSSL_CONF=str(pipe), SSLKEYLOGFILE=str(keys))
        run.cases("RealWay")
        if keys.exists() and keys.read_bytes():
            raise Failed("the keys of TLS sessions were written to SSLKEYLOGFILE")


def run_plain(home, scratch, _):
    """As Jenkins runs it: no checks, and nobody allowed native code by name."""
    with Sandbox() as sandbox:
        Run(home, scratch, sandbox).cases("RealWay", flag=False, checked=False)


def run_threads(home, scratch, _):
    with Sandbox() as sandbox:
        Run(home, scratch, sandbox).cases("Threads")


def run_loaders(home, scratch, _):
    with Sandbox() as sandbox:
        Run(home, scratch, sandbox).cases("ClassLoaders")


def run_loading(home, scratch, _):
    run = Run(home, scratch)
    run.properties["load"] = "false"
    folder = run.scratch / "noexec"
    folder.mkdir()
    mount = [*NOEXEC, str(folder)]
    try:
        subprocess.run([*mount, "true"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        run.prefix = mount
        run.properties["noexec"] = str(folder)
    except (OSError, subprocess.CalledProcessError):
        print("left out: the case of a noexec folder, as nothing can be mounted here")
    run.cases("Loading")


def run_heap(home, scratch, _):
    with Sandbox() as sandbox:
        Run(home, scratch, sandbox).cases("SmallHeap", options=SMALL_HEAP)
        if shutil.which("prlimit") is None:
            print("left out: the case of short memory outside the heap, as there is no prlimit")
            return
        Run(home, scratch, sandbox).cases("NativeMemory", options=LARGE_HEAP)


def run_many(home, scratch, first):
    if not first:
        print("left out: the first JDK has made the million calls")
        return
    with Sandbox() as sandbox:
        Run(home, scratch, sandbox).cases("ManyCalls", options=FIXED_HEAP)


def run_neighbour(home, scratch, _):
    with Sandbox("--tls") as sandbox:
        Run(home, scratch, sandbox).cases("Neighbour")


def run_exit(home, scratch, _):
    with Sandbox() as sandbox:
        for number in range(5):
            folder = pathlib.Path(scratch) / str(number)
            folder.mkdir()
            Run(home, folder, sandbox).cases("Exit")


GROUPS = {name[4:]: function for name, function in list(globals().items())
          if name.startswith("run_")}


def main():
    missing = os.environ.get("JIRASEND_JNI_MISSING")
    if missing:
        print(f"skipped: there is no native library of the Jenkins plugin: {missing}.")
        return SKIPPED
    group = GROUPS[sys.argv[1]]
    found = jdks()
    if not found:
        print("skipped: there is no Java of version 17 or newer.")
        return SKIPPED
    if len(found) == 1:
        print(f"Only Java {next(iter(found))} is here; no newer one could be tried.")
    for index, (version, home) in enumerate(found.items()):
        print(f"Java {version} in {home}", flush=True)
        with tempfile.TemporaryDirectory(prefix="jirasend-jni-") as scratch:
            try:
                group(home, scratch, index == 0)
            except Failed as failure:
                print(f"{sys.argv[1]}, Java {version}: {failure}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
