# shellcheck shell=bash
# For script/static-curl, -libpq and -sqlite, and script/natives: asks apt for source packages, without touching the
# settings and lists of the system.
#
#   . script/apt-sources.sh
#   apt_sources FOLDER && apt-get -c FOLDER/apt.conf update

# The distribution's own sources, asked for as source packages. Others (a browser's, a cloud's) have
# no curl; if nothing looks like the distribution's, all are asked.
write_sources() {
    local work=$1 pattern=$2 file stanzas lines
    rm -rf "$work/parts"
    mkdir -p "$work/parts"
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -r "$file" ] || continue
        stanzas=$(awk -v pattern="$pattern" '
            BEGIN { RS = ""; ORS = "\n\n" }
            {
                uris = $0
                sub(/^(.*\n)?URIs:/, "", uris)
                sub(/\n.*/, "", uris)
                if (uris ~ pattern) {
                    sub(/(^|\n)Types:[^\n]*/, "\nTypes: deb-src")
                    sub(/^\n/, "")
                    print
                }
            }' "$file")
        [ -z "$stanzas" ] || printf '%s\n' "$stanzas" >"$work/parts/$(basename "$file")"
    done
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -r "$file" ] || continue
        lines=$(sed -n 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$file" | grep -E "$pattern" || true)
        [ -z "$lines" ] || printf '%s\n' "$lines" >"$work/parts/$(basename "$file" .list).list"
    done
    [ -n "$(ls "$work/parts")" ]
}

# Hooks of the system's configuration tidy up places that are not ours.
write_apt_configuration() {
    local work=$1
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    cat >"$work/apt.conf" <<TEXT
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$work/parts";
Dir::State::Lists "$work/lists";
Dir::Cache "$work/cache";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::Languages "none";
TEXT
    if [ "$(id -u)" -eq 0 ]; then
        printf 'APT::Sandbox::User "root";\n' >>"$work/apt.conf"
    fi
}

apt_sources() {
    write_sources "$1" 'debian|ubuntu' || write_sources "$1" . || return 1
    write_apt_configuration "$1"
}
