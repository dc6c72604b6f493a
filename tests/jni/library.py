"""The native library of the Jenkins plugin needs nothing but the C library, and shows nothing.

    library.py LIBRARY HEADER JAVA_CLASS

Also: the version in the Java class is the one of the header.
"""

import os
import pathlib
import re
import subprocess
import sys

SKIPPED = 77
# The C library comes in several files, and brings its loader.
C_LIBRARY = re.compile(r"(libc|libm|libpthread|libdl|librt)\.so\.\d|libc\.so|ld-linux[-\w.]*\.so\.\d"
                       r"|(libc\.musl|ld-musl)-\w+\.so\.1")
SIZE_MAX = 8 * 1024 * 1024


def readelf(*arguments):
    return subprocess.run(["readelf", "--wide", *arguments], check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def exported(library):
    names = set()
    for line in readelf("--dyn-syms", library).splitlines():
        columns = line.split()
        if len(columns) >= 8 and columns[4] in ("GLOBAL", "WEAK") and columns[6] != "UND":
            names.add(columns[7])
    return names


def problems_of(library):
    dynamic, headers = readelf("--dynamic", library), readelf("--program-headers", library)
    sections = readelf("--section-headers", library)
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic)
    if not needed:
        yield "nothing is needed at all, not even the C library"
    for name in needed:
        if not C_LIBRARY.fullmatch(name):
            yield f"{name} is needed"
    names = exported(library)
    if names != {"JNI_OnLoad", "JNI_OnUnload"}:
        yield f"exported: {', '.join(sorted(names))}"
    if "GNU_RELRO" not in headers or not re.search(r"FLAGS_1.*\bNOW\b", dynamic):
        yield "it has no full RELRO"
    if not re.search(r"FLAGS_1.*\bNODELETE\b", dynamic):
        yield "it may be unmapped while a thread of it still runs"
    if not re.search(r"\(FLAGS\).*\bSYMBOLIC\b", dynamic):
        yield "its inner calls may be taken over by others (-Bsymbolic)"
    if re.search(r"GNU_STACK.*\bRWE\b", headers) or "GNU_STACK" not in headers:
        yield "its stack is executable"
    if re.search(r"LOAD .*\bRWE\b", headers):
        yield "it has memory that is writable and executable"
    if "TEXTREL" in dynamic:
        yield "it has text relocations"
    if re.search(r"\bSTATIC_TLS\b", dynamic):
        yield "it needs static TLS, which dlopen() may not have left"
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        yield "it carries a search path of its own"
    if ".symtab" in sections or ".debug_info" in sections:
        yield "it is not stripped"
    size = os.path.getsize(library)
    if size > SIZE_MAX:
        yield f"it has {size} bytes; more than {SIZE_MAX} means that something crept in"


def version_of(path, pattern):
    return re.search(pattern, pathlib.Path(path).read_text(encoding="utf-8")).group(1)


def main():
    missing = os.environ.get("JIRASEND_JNI_MISSING")
    library, header, java_class = sys.argv[1:]
    problems = []
    native = version_of(header, r'JIRASEND_VERSION "(.+)"')
    java = version_of(java_class, r'String VERSION = "(.+)";')
    if native != java:
        problems.append(f"the library is version {native}, its Java class version {java}")
    if not missing:
        problems += problems_of(library)
    for problem in problems:
        print(f"{library}: {problem}", file=sys.stderr)
    if problems:
        return 1
    if missing:
        print(f"skipped: there is no native library of the Jenkins plugin: {missing}.")
        return SKIPPED
    oldest = sorted({tuple(map(int, found.split("."))) for found in
                     re.findall(r"GLIBC_([\d.]+)", readelf("--version-info", library))})
    print(f"library: {os.path.getsize(library)} bytes, needs "
          + ("glibc " + ".".join(map(str, oldest[-1])) if oldest else "musl"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
