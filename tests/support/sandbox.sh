# For shell tests, sourced: a scratch folder, and a sandbox in it that ends with the test.
# shellcheck shell=bash
scratch=$(mktemp -d)
sandbox_pid=''
sandbox_url=''

sandbox_stop() {
    if [ -n "$sandbox_pid" ]; then
        kill "$sandbox_pid" 2>/dev/null || true
        wait "$sandbox_pid" 2>/dev/null || true
        sandbox_pid=''
    fi
}

sandbox_cleanup() {
    sandbox_stop
    rm -rf "$scratch"
}
trap sandbox_cleanup EXIT

# sandbox_start PROGRAM [ARGUMENT...]: on a free port; sets what jirasend reads from the environment.
sandbox_start() {
    sandbox_stop
    rm -f "$scratch/ready"
    # What a sandbox takes when it is told nothing else.
    export JIRASEND_CLIENT_ID=sandbox JIRASEND_CLIENT_SECRET=sandbox-secret
    "$@" --port 0 --ready-file "$scratch/ready" </dev/null >"$scratch/sandbox.log" 2>&1 &
    sandbox_pid=$!
    local _
    for _ in $(seq 200); do
        [ ! -s "$scratch/ready" ] || break
        kill -0 "$sandbox_pid" 2>/dev/null || break
        sleep 0.05
    done
    if [ ! -s "$scratch/ready" ]; then
        cat "$scratch/sandbox.log" >&2
        printf 'the sandbox did not start\n' >&2
        return 1
    fi
    sandbox_url=$(sed -n 's/.*"url" *: *"\([^"]*\)".*/\1/p' "$scratch/ready" | head -n 1)
    if [ -z "$sandbox_url" ]; then
        printf 'the ready file of the sandbox names no url: %s\n' "$(cat "$scratch/ready")" >&2
        return 1
    fi
    export JIRASEND_SITE=$sandbox_url JIRASEND_API_URL=$sandbox_url
    export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
    unset JIRASEND_OUTBOX JIRASEND_CLIENT_SECRET_FILE
}

sandbox_get() {
    curl -sf --noproxy '*' --max-time 10 "$sandbox_url$1"
}
