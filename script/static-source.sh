# shellcheck shell=bash
# For script/static-curl, script/static-libpq and script/static-sqlite: a library from the source package of this system's
# distribution, built once. Before it is sourced:
#
#   tool      name of the script            library   what it builds: curl
#   source    name of the source package    headers   the -dev package of the same library
#   without   what cannot be built without it
#   folder    where everything is put       wanted    what the result is made for, as one word
#   archive   what the result must hold

say() {
    printf '%s: %s\n' "$tool" "$*" >&2
}

give_up() {
    say "$*"
    say "Without it everything can be built but $without."
    exit 1
}

is_done() {
    [ -s "$folder/$library/lib/$archive" ] && [ "$(cat "$folder/$library/made-for" 2>/dev/null)" = "$wanted" ]
}

# Ends the script when another run has done it already. Sets work.
begin() {
    if is_done; then
        exit 0
    fi
    if command -v flock >/dev/null; then
        exec 9>"$folder/lock"
        flock 9
        if is_done; then # by the one we waited for
            exit 0
        fi
    fi
    work=$(mktemp -d "$folder/$library-work-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    # shellcheck source=apt-sources.sh
    . script/apt-sources.sh
}

download() {
    command -v apt-get >/dev/null ||
        give_up "this system has no apt-get, so the source of $library must be put in place by hand (--help)."
    apt_sources "$work" || give_up 'the system names no package sources in /etc/apt.'
    say "downloading the source package of $library"
    local log=$work/download.log version newest=''
    apt-get -q -c "$work/apt.conf" update >"$log" 2>&1 || true # one source of several may be down
    mkdir -p "$work/source"
    # First the version whose headers are installed, then from the newest on: the lists of a mirror
    # may name files that it does not have (any more).
    for version in $(dpkg-query -W -f '${source:Version}' "$headers" 2>/dev/null || true) \
        $(apt-cache -c "$work/apt.conf" showsrc --only-source "$source" 2>>"$log" |
            sed -n 's/^Version: *//p' | sort -V -r -u); do
        newest=$(printf '%s\n' "$newest" "$version" | sort -V | tail -n 1)
        rm -rf "$work/source/"*
        if (cd "$work/source" && apt-get -q -c "$work/apt.conf" source --download-only \
            "$source=$version" >>"$log" 2>&1); then
            [ "$version" = "$newest" ] ||
                say "the source of $library $newest is not to be had, so $version is taken," \
                    'which lacks the security fixes since'
            return 0
        fi
    done
    cat "$log" >&2
    give_up "the source package of $library could not be downloaded; what apt-get said stands above."
}

# build_quietly COMMAND...: its output is shown only when it fails.
build_quietly() {
    if ! "$@" >"$work/build.log" 2>&1; then
        tail -n 40 "$work/build.log" >&2
        give_up "$library could not be built; the last words of '$1' stand above."
    fi
}

# unpack PROGRAM...: the source into work/LIBRARY; the programs are needed from then on. Sets version.
unpack() {
    local program description source_folder=$folder/source
    for program in dpkg-source "$@"; do
        command -v "$program" >/dev/null ||
            give_up "$program is missing. Run script/bootstrap, which installs it."
    done
    if [ -z "$(compgen -G "$source_folder/${source}_*.dsc" || true)" ]; then
        download
        source_folder=$work/source
    fi
    description=$(compgen -G "$source_folder/${source}_*.dsc" | sort -V | tail -n 1)
    version=$(sed -n 's/^Version: *//p' "$description" | head -n 1)
    say "building $library $version"
    # apt has compared the description with the signed lists; this compares the rest with the description.
    build_quietly dpkg-source -x "$description" "$work/$library"
}

# Puts work/installed in place.
finish() {
    [ -s "$work/installed/lib/$archive" ] || give_up "$library was built, but there is no $archive."
    printf '%s\n' "$version" >"$work/installed/version"
    printf '%s\n' "$wanted" >"$work/installed/made-for"
    rm -rf "${folder:?}/$library"
    mv "$work/installed" "$folder/$library"
    say "done: $folder/$library"
}
