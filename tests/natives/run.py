"""What script/natives has built: that it needs nothing it must not need, and that it runs.

    run.py CHECKOUT RESULT_FOLDER GROUP [PLATFORM]

A group is skipped when there is nothing of these sources, or nothing to run it with.
"""

import hashlib
import json
import os
import pathlib
import platform as this_machine
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

CHECKOUT, RESULT = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
sys.path[:0] = [str(CHECKOUT / "tests/jni"), str(CHECKOUT / "tests/support")]
import library  # noqa: E402

SKIPPED = 77
LIBRARY_SIZE_MAX, PROGRAM_SIZE_MAX = 4_500_000, 5_000_000
GLIBC_MAX = (2, 28)
PLATFORMS = [f"linux-{processor}-{libc}" for processor in ("x86_64", "aarch64") for libc in ("glibc", "musl")]
MACHINES = {"x86_64": "X86-64", "aarch64": "AArch64"}
# Where Debian's package libc6-arm64-cross puts the C library of the other processor.
CROSS = {"aarch64": pathlib.Path("/usr/aarch64-linux-gnu")}
LOADERS = {"linux-x86_64-glibc": "/lib64/ld-linux-x86-64.so.2", "linux-x86_64-musl": "/lib/ld-musl-x86_64.so.1",
           "linux-aarch64-glibc": "/lib/ld-linux-aarch64.so.1", "linux-aarch64-musl": "/lib/ld-musl-aarch64.so.1"}


class Skipped(Exception):
    pass


class Failed(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Failed(what)


def library_of(platform):
    return RESULT / "natives" / platform / "libjirasend_jni.so"


def program_of(platform):
    return RESULT / "bin" / platform / "jirasend"


def need(platform):
    """Skips unless what is there was made from the sources of this checkout."""
    stamp = library_of(platform).with_name("made-from")
    if not stamp.exists():
        raise Skipped(f"nothing is built for {platform}; script/natives does that")
    digest = subprocess.run([os.environ["JIRASEND_CMAKE"], f"-DROOT={CHECKOUT}", "-P",
                             str(CHECKOUT / "cmake/SourceDigest.cmake")],
                            check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    if stamp.read_text(encoding="ascii").strip() != digest:
        raise Skipped(f"what is built for {platform} is of other sources; script/natives builds it again")


def emulator(platform):
    """What a program of this platform is run by: nothing, or QEMU."""
    processor = platform.split("-")[1]
    if processor == this_machine.machine():
        return []
    qemu = shutil.which(f"qemu-{processor}-static") or shutil.which(f"qemu-{processor}")
    if qemu is None:
        raise Skipped(f"there is no QEMU for {processor} (Debian: qemu-user-static)")
    if platform.endswith("-musl"):
        return [qemu]
    if not CROSS[processor].exists():
        raise Skipped(f"there is no glibc for {processor} (Debian: libc6-arm64-cross)")
    return [qemu, "-L", str(CROSS[processor])]


def run_files(platform):
    need(platform)
    for path, most in (library_of(platform), LIBRARY_SIZE_MAX), (program_of(platform), PROGRAM_SIZE_MAX):
        header = library.readelf("--file-header", str(path))
        check(MACHINES[platform.split("-")[1]] in header, f"{path} is for another processor:\n{header}")
        check(path.stat().st_size < most, f"{path} has {path.stat().st_size} bytes, {most} or more")
        versions = {tuple(map(int, found.split("."))) for found in
                    re.findall(r"GLIBC_([\d.]+)", library.readelf("--version-info", str(path)))}
        check(not versions or max(versions) <= GLIBC_MAX, f"{path} needs a newer glibc: {max(versions, default=0)}")
        check(bool(versions) == platform.endswith("-glibc"), f"{path} is for another C library: {versions}")
        print(f"{path.name}: {path.stat().st_size} bytes, glibc {max(versions, default='none')}")
    problems = list(library.problems_of(str(library_of(platform))))
    check(not problems, "\n".join(problems))
    program = str(program_of(platform))
    check("DYN (" in library.readelf("--file-header", program), "the program always lies at the same address")
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", library.readelf("--dynamic", program))
    if platform.endswith("-musl"):
        check(not needed, f"the static program needs {needed}")
        check("INTERP" not in library.readelf("--program-headers", program), "the static program asks for a loader")
    else:
        check(needed and all(library.C_LIBRARY.fullmatch(name) for name in needed), f"the program needs {needed}")


def run_loads(platform):
    """The loader finds every library and every symbol."""
    need(platform)
    run_by = emulator(platform)
    loader = pathlib.Path(LOADERS[platform])
    if run_by:
        loader = CROSS[platform.split("-")[1]] / loader.relative_to("/")
    if not loader.exists():
        raise Skipped(f"there is no {loader} (Debian: musl)")
    # glibc's loader binds everything now when it is told so, and says what it does not find.
    done = subprocess.run([*run_by, str(loader), "--list", str(library_of(platform))],
                          env={**os.environ, "LD_BIND_NOW": "1", "LD_WARN": "1"}, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    check(done.returncode == 0 and not re.search("not found|undefined|Error", done.stdout), done.stdout)


def run_command_line(platform):
    """The tests of the command line, with this program."""
    need(platform)
    run_by = emulator(platform)
    program = str(program_of(platform))
    with tempfile.TemporaryDirectory(prefix="jirasend-natives-") as scratch:
        if run_by:
            wrapper = pathlib.Path(scratch) / "jirasend"
            wrapper.write_text("#!/bin/sh\nexec " + " ".join([*run_by, program]) + ' "$@"\n', encoding="ascii")
            wrapper.chmod(0o755)
            program = str(wrapper)
        # An emulated processor is slow; sending over TLS and with an outbox is what differs, if anything.
        names = ("send",) if run_by else ("send", "event", "outbox", "network", "usage", "history", "show", "verify")
        for name in names:
            done = subprocess.run(
                [sys.executable, "-B", str(CHECKOUT / f"tests/integration/cli_{name}_test.py")],
                env={**os.environ, "JIRASEND_CLI": program, "PYTHONPATH": str(CHECKOUT / "tests/support")},
                check=False, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            check(done.returncode == 0, f"cli_{name}_test.py:\n{done.stdout}")
            ran = re.search(r"^Ran (\d+) tests", done.stdout, re.MULTILINE)
            check(ran and int(ran.group(1)) > 0, f"cli_{name}_test.py ran nothing:\n{done.stdout}")
            print(f"cli_{name}_test.py: {ran.group(0)}")


def emulated_jdk(platform, scratch):
    """A folder whose bin/java runs the JVM of another processor, or None where that is not another."""
    if not emulator(platform):
        return None
    root = pathlib.Path(os.environ.get("JIRASEND_AARCH64_ROOT") or "/")
    java = next(iter(sorted(root.glob("usr/lib/jvm/*-arm64/bin/java"))), None)
    if java is None:
        raise Skipped("there is no JVM of Debian's arm64 (JIRASEND_AARCH64_ROOT names a folder that holds one)")
    home = pathlib.Path(scratch) / "jdk"
    (home / "bin").mkdir(parents=True)
    wrapper = home / "bin/java"
    # The quick compiler alone: emulated, the thorough one takes longer than it saves.
    wrapper.write_text(f'#!/bin/sh\nexec {emulator(platform)[0]} -L {root} {java} -XX:TieredStopAtLevel=1 "$@"\n',
                       encoding="utf-8")
    wrapper.chmod(0o755)
    return home


def run_java(platform):
    """A JVM with the library for an older glibc: this machine's own, or an emulated one."""
    if platform == f"linux-{this_machine.machine()}-glibc" and not os.path.exists(LOADERS[platform]):
        raise Skipped(f"a JVM of this machine takes no library of {platform}")
    need(platform)
    classes = os.environ["JIRASEND_JNI_CLASSES"]
    if not os.path.exists(classes):
        raise Skipped("the Java programs of tests/jni are not built")
    with tempfile.TemporaryDirectory(prefix="jirasend-natives-") as scratch:
        # This library alone, as the programs expect it.
        shutil.copytree(library_of(platform).parent, pathlib.Path(scratch) / "natives" / platform)
        jdk = emulated_jdk(platform, scratch)
        for group in ("calls", "tls", "loaders") if jdk else ("calls", "tls", "loading", "loaders"):
            done = subprocess.run(
                [sys.executable, "-B", str(CHECKOUT / "tests/jni/run.py"), group],
                env={**os.environ, "JIRASEND_PLATFORM": platform, "JIRASEND_CLASSES": f"{classes}:{scratch}",
                     **({"JIRASEND_JDK": str(jdk)} if jdk else {})},
                check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode == SKIPPED:
                raise Skipped(done.stdout.strip())
            check(done.returncode == 0, f"tests/jni/run.py {group}:\n{done.stdout}")


def run_archive(_):
    """It holds one folder with what belongs to a program, and its program runs."""
    processor = this_machine.machine()
    need(f"linux-{processor}-musl")
    archives = list(RESULT.glob(f"jirasend-*-linux-{processor}.tar.gz"))
    check(len(archives) == 1, f"there should be one archive: {archives}")
    top = archives[0].name[:-len(".tar.gz")]
    with tempfile.TemporaryDirectory(prefix="jirasend-natives-") as scratch:
        with tarfile.open(archives[0]) as archive:
            members = {member.name: member for member in archive.getmembers()}
            check(all(name == top or name.startswith(top + "/") for name in members), "more than one folder")
            check(len({member.mtime for member in members.values()}) == 1, "files have times of their own")
            check(all(member.uid == 0 and not member.uname for member in members.values()), "somebody owns it")
            archive.extractall(scratch)
        for name in ("bin/jirasend", "share/man/man1/jirasend.1", "share/bash-completion/completions/jirasend",
                     "share/zsh/site-functions/_jirasend", "share/fish/vendor_completions.d/jirasend.fish",
                     "share/doc/jirasend/README.md", "share/doc/jirasend/LICENSE",
                     "share/doc/jirasend/licenses/openssl.txt", "share/doc/jirasend/licenses/musl.txt"):
            check(f"{top}/{name}" in members, f"{name} is not in it")
        links = subprocess.run([sys.executable, "-B", CHECKOUT / "script/check-links", pathlib.Path(scratch) / top / "share/doc/jirasend"],
                               check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        check(links.returncode == 0, links.stdout)
        program = pathlib.Path(scratch) / top / "bin/jirasend"
        check(program.read_bytes() == program_of(f"linux-{processor}-musl").read_bytes(), "another program is in it")
        said = subprocess.run([str(program), "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
        check(top.startswith("jirasend-" + said.split()[1] + "-"), f"it says {said!r} in {top}")


def run_bill(_):
    """Names, checksums and references of the bill of materials are right."""
    for platform in PLATFORMS:
        if library_of(platform).exists():
            need(platform)
    path = RESULT / "natives/jirasend.spdx.json"
    if not path.exists():
        raise Skipped("nothing is built; script/natives does that")
    bill = json.loads(path.read_text(encoding="utf-8"))
    check(bill["spdxVersion"] == "SPDX-2.3" and bill["dataLicense"] == "CC0-1.0", "it is no SPDX 2.3")
    named = ["SPDXRef-DOCUMENT", *(entry["SPDXID"] for entry in [*bill["packages"], *bill["files"]])]
    check(len(named) == len(set(named)), "a name is given twice")
    for relationship in bill["relationships"]:
        for end in ("spdxElementId", "relatedSpdxElement"):
            check(relationship[end] in named, f"nothing is called {relationship[end]}")
    files = {entry["fileName"]: entry for entry in bill["files"]}
    built = [path for platform in PLATFORMS for path in (library_of(platform), program_of(platform)) if path.exists()]
    check({"./" + path.relative_to(RESULT).as_posix() for path in built} == set(files), "it lists other files")
    for path in built:
        entry = files["./" + path.relative_to(RESULT).as_posix()]
        sums = {item["algorithm"]: item["checksumValue"] for item in entry["checksums"]}
        check(sums["SHA256"] == hashlib.sha256(path.read_bytes()).hexdigest(), f"{path} has another checksum")
        linked = {item["relatedSpdxElement"] for item in bill["relationships"]
                  if item["spdxElementId"] == entry["SPDXID"] and item["relationshipType"] == "STATIC_LINK"}
        for package in ("openssl", "curl", "json-c", "sqlite3"):
            check(f"SPDXRef-package-{package}" in linked, f"{path} is said to hold no {package}")
    for entry in bill["packages"]:
        for reference in entry.get("externalRefs", ()):
            check(re.fullmatch(r"pkg:(deb/debian|pypi)/[a-z0-9-]+@[A-Za-z0-9.~:%-]+(\?[a-z0-9=&]+)?",
                               reference["referenceLocator"]), f"no package URL: {reference['referenceLocator']}")
    texts = {path.stem for path in (RESULT / "natives/licenses").iterdir()}
    check({"openssl", "curl", "json", "sqlite", "zig"} <= texts, f"of what is linked in a licence is missing: {texts}")
    # What it says of OpenSSL is what stands in the library itself.
    versions = {entry["name"]: entry["versionInfo"] for entry in bill["packages"]}
    content = built[0].read_bytes()
    check(f"OpenSSL {versions['openssl']} ".encode() in content, f"no OpenSSL {versions['openssl']} is in {built[0]}")
    check(versions["curl"].partition("-")[0].encode() in content, "another curl is in it")
    done = subprocess.run(["sha256sum", "--quiet", "--check", "SHA256SUMS"], cwd=RESULT, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    check(done.returncode == 0, done.stdout)


GROUPS = {name[4:]: function for name, function in list(globals().items()) if name.startswith("run_")}


def main():
    group, platform = sys.argv[3], (sys.argv[4:] or [None])[0]
    try:
        GROUPS[group](platform)
    except Skipped as reason:
        print(f"skipped: {reason}.")
        return SKIPPED
    except Failed as failure:
        print(f"{group} {platform or ''}: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
