# fish completion for jirasend. Verbs and options are those that `jirasend help` lists.

function __jirasend_verbs
    jirasend help 2>/dev/null | string replace -rf '^  ([a-z][a-z-]*)  +([a-z].*)' '$1\t$2'
end

function __jirasend_options
    set -l words (commandline -opc)
    # An action of the outbox has options of its own.
    test "$words[2]" = outbox; and set -l action $words[3]
    jirasend help $words[2] $action 2>/dev/null | string replace -rf '^  (--[a-z-]+).*' '$1'
end

function __jirasend_has_verb
    test (count (commandline -opc)) -gt 1
end

# Whether the verb is the first argument; with a second one, whether that is the number of words.
function __jirasend_verb_is
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]
    and begin
        test (count $argv) -lt 2; or test (count $words) -eq $argv[2]
    end
end

function __jirasend_has_option
    contains -- $argv[1] (__jirasend_options)
end

complete -c jirasend -f
complete -c jirasend -n 'not __jirasend_has_verb' -a '(__jirasend_verbs)'
complete -c jirasend -n '__jirasend_verb_is help 2' -a '(__jirasend_verbs)'
complete -c jirasend -n '__jirasend_verb_is outbox 2' -a 'list show retry drop flush salvage move migrate'
complete -c jirasend -n '__jirasend_verb_is delete 2' -a 'build deployment flag commit branch pull-request repository all'
complete -c jirasend -n '__jirasend_verb_is show 2' -a 'build deployment flag commit branch pull-request repository'
complete -c jirasend -n '__jirasend_has_verb; and string match -q -- "-*" (commandline -ct)' -a '(__jirasend_options)'
complete -c jirasend -n '__jirasend_has_option --enabled' -l enabled -x -a 'on off'
complete -c jirasend -n '__jirasend_has_option --state; and __jirasend_verb_is pull-request' -l state -x -a 'open merged declined unknown'
complete -c jirasend -n '__jirasend_has_option --state; and not __jirasend_verb_is pull-request' -l state -x -a 'pending in_progress successful failed cancelled unknown'
complete -c jirasend -n '__jirasend_has_option --state; and __jirasend_verb_is deployment' -l state -x -a rolled_back
complete -c jirasend -n '__jirasend_has_option --environment-type' -l environment-type -x -a 'production staging testing development unmapped'
for option in secret-file ca-file keys-from settings relay-token-file outbox-password-file relay-certificate relay-key outbox
    complete -c jirasend -n "__jirasend_has_option --$option" -l $option -r -F
end
complete -c jirasend -n '__jirasend_verb_is send' -F
complete -c jirasend -n '__jirasend_verb_is run' -F
