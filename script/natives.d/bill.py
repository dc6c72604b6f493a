"""The software bill of materials (SPDX 2.3, JSON) of what script/natives has built, on standard output.

    bill.py SOURCES REQUIREMENTS VERSION RESULT_FOLDER

The same files make the same text: the time is SOURCE_DATE_EPOCH.
"""

import datetime
import hashlib
import json
import os
import pathlib
import re
import sys
import urllib.parse

# What the licence fields of SPDX call them; the texts lie in the folder "licenses" beside the bill.
LICENCES = {"openssl": "Apache-2.0", "curl": "curl", "json-c": "MIT", "sqlite3": "blessing",
            "postgresql-15": "PostgreSQL"}
SUPPLIERS = {"openssl": "Organization: OpenSSL", "curl": "Organization: Debian",
             "json-c": "Organization: Debian", "sqlite3": "Organization: Debian",
             "postgresql-15": "Organization: Debian"}
LINKED = sorted(LICENCES)


def identifier(*words):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", "-".join(words))


def package(name, version, licence, supplier, **more):
    return {"SPDXID": identifier("package", name), "name": name, "versionInfo": version,
            "supplier": supplier, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": licence, "licenseDeclared": licence, "copyrightText": "NOASSERTION", **more}


def package_url(kind, name, version, qualifiers=""):
    """Versions of Debian hold "+", which such addresses write as %2B: scanners compare them as they are."""
    return f"pkg:{kind}/{name}@{urllib.parse.quote(version, safe='~:')}{qualifiers}"


def read_pins(path):
    """{package: (version, [(file, sha256), ...])}, as script/natives.d/sources has them."""
    pins = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, version, file, digest = line.split()
            pins.setdefault(name, (version, []))[1].append((file, digest))
    return pins


def upstream(version):
    """3.0.22-1~deb12u2: the version that those who made it know."""
    return version.rpartition("-")[0] or version


def linked_packages(pins):
    for name in LINKED:
        version, files = pins[name]
        patched = any(file.endswith(".dsc") for file, _ in files)
        yield package(
            name, version if patched else upstream(version), LICENCES[name], SUPPLIERS[name],
            sourceInfo="Made from " + ", ".join(f"{file} (SHA-256 {digest})" for file, digest in files) + ".",
            externalRefs=[{
                "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                "referenceLocator": package_url("deb/debian", name, version, "?arch=source&distro=bookworm")}])


def zig_version(requirements):
    return re.search(r"^ziglang==(\S+)", pathlib.Path(requirements).read_text(encoding="utf-8"),
                     re.MULTILINE).group(1)


def musl_version(folder):
    """The compiler builds musl itself, from the sources that it carries."""
    found = list(folder.glob("tools/venv/lib/python3*/site-packages/ziglang/lib/libc/musl/src/internal/version.h"))
    return re.search(r'"([\d.]+)"', found[0].read_text(encoding="utf-8")).group(1)


def compiler_packages(version, musl):
    purl = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
             "referenceLocator": package_url("pypi", "ziglang", version)}]
    yield package("zig-compiler-rt", version, "MIT", "Organization: Zig Software Foundation",
                  externalRefs=purl)
    yield package("musl", musl, "MIT", "Organization: Zig Software Foundation",
                  sourceInfo=f"As zig {version} carries it.", externalRefs=purl)


def built_files(folder):
    return sorted(path for pattern in ("natives/*/*.so", "bin/*/jirasend") for path in folder.glob(pattern))


def file_entry(folder, path):
    content = path.read_bytes()
    name = path.relative_to(folder).as_posix()
    return {"SPDXID": identifier("file", name), "fileName": "./" + name, "fileTypes": ["BINARY"],
            "checksums": [{"algorithm": "SHA1", "checksumValue": hashlib.sha1(content).hexdigest()},
                          {"algorithm": "SHA256", "checksumValue": hashlib.sha256(content).hexdigest()}],
            "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION"}


def relationships(files):
    def related(subject, kind, other):
        return {"spdxElementId": subject, "relationshipType": kind, "relatedSpdxElement": other}

    yield related("SPDXRef-DOCUMENT", "DESCRIBES", identifier("package", "jirasend"))
    for file in files:
        yield related(file["SPDXID"], "GENERATED_FROM", identifier("package", "jirasend"))
        # Only the program of the musl platforms holds its C library.
        libc = ["musl"] if file["fileName"].endswith("-musl/jirasend") else []
        for name in [*LINKED, "zig-compiler-rt", *libc]:
            yield related(file["SPDXID"], "STATIC_LINK", identifier("package", name))


def main():
    sources, requirements, version, folder = sys.argv[1:]
    folder = pathlib.Path(folder)
    files = [file_entry(folder, path) for path in built_files(folder)]
    if not files:
        sys.exit(f"bill.py: there is nothing built in {folder}.")
    time = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    bill = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"jirasend-{version}", "documentNamespace": "",
        "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": [f"Tool: jirasend-natives-{version}"]},
        "packages": [package("jirasend", version, "MIT", "NOASSERTION"),
                     *linked_packages(read_pins(sources)),
                     *compiler_packages(zig_version(requirements), musl_version(folder))],
        "files": files, "relationships": list(relationships(files))}
    digest = hashlib.sha256(json.dumps(bill, sort_keys=True).encode()).hexdigest()
    bill["documentNamespace"] = f"https://spdx.org/spdxdocs/jirasend-{version}-{digest[:32]}"
    json.dump(bill, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
