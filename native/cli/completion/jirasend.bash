# bash completion for jirasend                                    -*- shell-script -*-
# The options are those that `jirasend VERB --help` lists, so that there is only one list of them.

_jirasend() {
    local current previous verb
    current=${COMP_WORDS[COMP_CWORD]}
    previous=${COMP_WORDS[COMP_CWORD - 1]}
    verb=${COMP_WORDS[1]}
    COMPREPLY=()

    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W 'build deployment send keys check gate outbox --help --version' \
            -- "$current")
        return
    fi
    case $previous in
        --state)
            local states='pending in_progress successful failed cancelled unknown'
            [[ $verb != deployment ]] || states+=' rolled_back'
            mapfile -t COMPREPLY < <(compgen -W "$states" -- "$current")
            return
            ;;
        --environment-type)
            mapfile -t COMPREPLY < <(compgen -W 'production staging testing development unmapped' \
                -- "$current")
            return
            ;;
        --secret-file | --ca-file | --keys-from)
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
        local options
        options=$("${COMP_WORDS[0]}" "$verb" --help 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    elif [[ $verb == outbox ]] && ((COMP_CWORD == 2)); then
        mapfile -t COMPREPLY < <(compgen -W 'list show retry drop flush salvage' -- "$current")
    elif [[ $verb == outbox && ${COMP_WORDS[2]} == salvage ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
    elif [[ $verb == send ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}

complete -F _jirasend jirasend
