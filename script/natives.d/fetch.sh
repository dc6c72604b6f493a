# shellcheck shell=bash
# For script/natives: the sources that natives.d/sources names, and the compiler.
# Uses: give_up, say, pins, source_folder, tools, scratch.

# shellcheck source=../apt-sources.sh
. script/apt-sources.sh

# pinned [PACKAGE]: the lines of the list, without its comments
pinned() {
    grep -v '^#' "$pins" | awk -v package="${1:-}" 'package == "" || $1 == package'
}

version_of() {
    pinned "$1" | awk 'NR == 1 { print $2 }'
}

is_as_pinned() { # FILE SHA256
    [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$2" ]
}

ask_apt() {
    if [ -s "$scratch/apt.conf" ]; then
        return 0
    fi
    command -v apt-get >/dev/null ||
        give_up "this system has no apt-get; put the files of $pins into $source_folder by hand."
    apt_sources "$scratch" || give_up 'the system names no package sources in /etc/apt.'
    say 'reading the lists of source packages'
    apt-get -q -c "$scratch/apt.conf" update >"$scratch/log" 2>&1 || true # one of several may be down
}

# addresses PACKAGE VERSION: what apt would download, as 'URI' FILE SIZE SHA256:SUM
addresses() {
    mkdir -p "$scratch/empty"
    (cd "$scratch/empty" &&
        apt-get -q -c "$scratch/apt.conf" source --print-uris --download-only "$1=$2" 2>>"$scratch/log") |
        grep "^'"
}

fetch_sources() {
    local package version file sum address
    mkdir -p "$source_folder"
    while read -r package version file sum; do
        if is_as_pinned "$source_folder/$file" "$sum"; then
            continue
        fi
        ask_apt
        address=$(addresses "$package" "$version" | awk -v file="$file" '$2 == file { print $1 }' | tr -d "'")
        [ -n "$address" ] || give_up "no package source offers $file of $package $version (any more)." \
            "script/natives --pin takes the newest versions; or put that file into $source_folder."
        say "downloading $file"
        if ! /usr/lib/apt/apt-helper -q -c "$scratch/apt.conf" download-file "$address" \
            "$source_folder/$file" "SHA256:$sum" >"$scratch/log" 2>&1; then
            cat "$scratch/log" >&2
            give_up "$file could not be downloaded as it is pinned; what apt said stands above."
        fi
        is_as_pinned "$source_folder/$file" "$sum" || give_up "$file has another SHA-256 than in $pins."
    done < <(pinned)
}

# The newest versions that apt's signed lists offer. Of OpenSSL the release alone: Debian takes its
# security fixes as whole releases, and its other changes are not about a TLS client.
write_pins() {
    local package version new
    ask_apt
    new=$(sed -n '/^#/p' "$pins")
    for package in openssl curl json-c sqlite3 postgresql-15; do
        version=$(apt-cache -c "$scratch/apt.conf" showsrc --only-source "$package" |
            sed -n 's/^Version: *//p' | sort -V -r | head -n 1)
        [ -n "$version" ] || give_up "no package source offers $package."
        new+=$'\n'$(addresses "$package" "$version" | tr -d "'" | sort -k 2 |
            awk -v package="$package" -v version="$version" '
                $2 ~ /\.orig\.tar\.[a-z0-9]+$/ || package != "openssl" {
                    sub("SHA256:", "", $4)
                    print package, version, $2, $4
                }')
    done
    printf '%s\n' "$new" >"$pins"
    say "$pins has the newest versions; look at what changed, build, and test."
}

# unpack PACKAGE FOLDER
unpack() {
    local file
    file=$(pinned "$1" | awk '$3 ~ /\.dsc$/ { print $3 }')
    if [ -n "$file" ]; then # with the distribution's patches, the security fixes among them
        quietly dpkg-source --no-check -x "$source_folder/$file" "$2"
    else
        mkdir -p "$2"
        quietly tar -x --strip-components=1 --no-same-owner -C "$2" \
            -f "$source_folder/$(pinned "$1" | awk 'NR == 1 { print $3 }')"
    fi
}

# The compiler is a Python package, installed by its checksum into a folder of its own.
fetch_compiler() {
    zig=$(compgen -G "$tools/venv/lib/python3*/site-packages/ziglang/zig" || true)
    if [ -n "$zig" ] && cmp -s script/natives.d/requirements.txt "$tools/venv/made-for"; then
        return 0
    fi
    say 'installing the compiler'
    quietly python3 -m venv --clear "$tools/venv"
    quietly "$tools/venv/bin/python" -m pip --disable-pip-version-check install --no-deps \
        --only-binary :all: --require-hashes -r script/natives.d/requirements.txt
    cp script/natives.d/requirements.txt "$tools/venv/made-for"
    zig=$(compgen -G "$tools/venv/lib/python3*/site-packages/ziglang/zig")
}
