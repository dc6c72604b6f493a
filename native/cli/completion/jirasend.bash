# bash completion for jirasend                                    -*- shell-script -*-
# Verbs and options are those that `jirasend help` lists, so that there is only one list of them.

_jirasend() {
    local current previous verb action words
    current=${COMP_WORDS[COMP_CWORD]}
    previous=${COMP_WORDS[COMP_CWORD - 1]}
    verb=${COMP_WORDS[1]}
    action=
    COMPREPLY=()
    # bash takes "--state=su" apart at the =.
    if [[ $current == '=' ]]; then
        current=
    elif [[ $previous == '=' ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi

    if ((COMP_CWORD == 1)) || [[ $verb == help && COMP_CWORD -eq 2 ]]; then
        words=$("${COMP_WORDS[0]}" help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)   *[a-z].*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        return
    fi
    case $previous in
        --state)
            words='pending in_progress successful failed cancelled unknown'
            [[ $verb != deployment ]] || words+=' rolled_back'
            [[ $verb != pull-request ]] || words='open merged declined unknown'
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            return
            ;;
        --enabled)
            mapfile -t COMPREPLY < <(compgen -W 'on off' -- "$current")
            return
            ;;
        --environment-type)
            mapfile -t COMPREPLY < <(compgen -W 'production staging testing development unmapped' \
                -- "$current")
            return
            ;;
        --secret-file | --ca-file | --keys-from | --settings | --relay-token-file | --outbox-password-file | --relay-certificate | --relay-key)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
            ;;
        --outbox)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            return
            ;;
    esac
    if [[ $current == -* ]]; then
        # An action of the outbox has options of its own.
        [[ $verb != outbox || $COMP_CWORD -le 2 ]] || action=${COMP_WORDS[2]}
        words=$("${COMP_WORDS[0]}" help "$verb" ${action:+"$action"} 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    elif [[ $verb == outbox && COMP_CWORD -eq 2 ]] ||
        [[ $verb == help && ${COMP_WORDS[2]} == outbox && COMP_CWORD -eq 3 ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'list show retry drop flush salvage move migrate' -- "$current")
    elif [[ ($verb == delete || $verb == show) && COMP_CWORD -eq 2 ]]; then
        words='build deployment flag commit branch pull-request repository'
        [[ $verb != delete ]] || words+=' all'
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    elif [[ $verb == outbox && ${COMP_WORDS[2]} == salvage ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
    elif [[ $verb == run && $previous == -- ]]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$current")
    elif [[ $verb == send || $verb == run ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}

complete -F _jirasend jirasend
