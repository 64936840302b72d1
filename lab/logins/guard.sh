# A router's command line, and beside it the guard of changes on trial; the forced command of the operators' account:
#   guard.sh PATHSPACE FOLDER
# Without a request in SSH_ORIGINAL_COMMAND it is vtysh. Requests, each answered with "ready" first:
#   guard arm CHANGE SECONDS COUNT [OTHER...]  reads COUNT configuration lines, which are typed here in SECONDS unless the
#       change is confirmed; "armed CHANGE SECONDS", or "busy CHANGE" where a change is on trial that is none of these
#   guard load CHANGE COUNT                    reads COUNT configuration lines and loads them as one file, while CHANGE is on trial;
#       what vtysh said, and "loaded", or "lapsed" and what became of the trial
#   guard confirm CHANGE                       "confirmed CHANGE", or "lapsed" and what became of it
#   guard status                               "armed CHANGE UNTIL", or the last word
# Needs sh, flock, setsid and vtysh; nothing of it needs the connection, or whoever armed it, to live on.
set -f -u
space=$1 folder=$2

console() {
    exec /usr/bin/vtysh -N "$space" "$@"
}

refuse() {
    echo "refused: $1"
    exit 2
}

locked() {
    exec 9>"$folder/lock"
    flock 9
}

say() {
    echo "$*" >"$folder/last.new" && mv "$folder/last.new" "$folder/last"
}

lapsed() {
    echo "lapsed $(cat "$folder/last" 2>/dev/null)"
    exit 3
}

# What is on trial: change, when it ends, who watches. Nothing: empty words.
# A trial that nobody watches is over: the router was restarted, and holds what it starts with.
read_trial() {
    change='' until='' watch=''
    [ -e "$folder/trial" ] || return 0
    read -r change until watch <"$folder/trial"
    if ! watched; then
        rm -f "$folder/trial"
        say "restarted $change"
        change='' until='' watch=''
    fi
}

watched() {
    read -r watcher <"$folder/watcher" && grep -qa -e "$watch" "/proc/$watcher/cmdline" 2>/dev/null
}

# End the watch of the trial that was just read.
unwatch() {
    [ -z "$watch" ] || kill -- "-$watcher" 2>/dev/null || true
}

# Type the lines back; daemons that are just starting are waited for. A line that has nothing to undo is no fault.
back() {
    tries=0
    while [ "$tries" -lt 60 ]; do
        /usr/bin/vtysh -N "$space" -f "$folder/back" >"$folder/said" 2>&1 </dev/null 9>&-
        grep -q 'failed to connect' "$folder/said" || break
        tries=$((tries + 1))
        sleep 1
    done
    rm -f "$folder/trial"
    say "returned $change"
}

if [ "${3-}" = --watch ]; then
    sleep "$5" 9>&-
    locked
    change='' watch=''
    [ ! -e "$folder/trial" ] || read -r change until watch <"$folder/trial"
    [ "$watch" != "$4" ] || back
    exit 0
fi

set -- ${SSH_ORIGINAL_COMMAND-}
[ "${1-}" = guard ] || console
umask 077
mkdir -p "$folder" || refuse "no folder for it"
case "$*" in
    *[!A-Za-z0-9._\ -]*) refuse "a character that no change has" ;;
esac
order=${2-}
echo ready
case "$order" in
    arm)
        new=${3-} seconds=${4-} count=${5-}
        [ $# -ge 5 ] || refuse "arm CHANGE SECONDS COUNT"
        case "$seconds$count" in
            *[!0-9]*) refuse "SECONDS and COUNT are numbers" ;;
        esac
        shift 5
        locked
        read_trial
        case " $new $* " in
            *" ${change:-$new} "*) ;;
            *)
                echo "busy $change"
                exit 3
                ;;
        esac
        cat >"$folder/back.new"
        [ "$(wc -l <"$folder/back.new")" -eq "$count" ] || refuse "not all lines came"
        unwatch
        mv "$folder/back.new" "$folder/back"
        token=$$.$(date +%s)
        echo "$new $(($(date +%s) + seconds)) $token" >"$folder/trial.new" && mv "$folder/trial.new" "$folder/trial"
        env -u SSH_ORIGINAL_COMMAND setsid /bin/sh "$0" "$space" "$folder" --watch "$token" "$seconds" </dev/null >/dev/null 2>&1 9>&- &
        echo "$!" >"$folder/watcher"
        echo "armed $new $seconds"
        ;;
    load)
        count=${4-}
        case "$count" in
            '' | *[!0-9]*) refuse "COUNT is a number" ;;
        esac
        locked
        read_trial
        [ -n "$change" ] && [ "$change" = "${3-}" ] || lapsed
        cat >"$folder/load"
        [ "$(wc -l <"$folder/load")" -eq "$count" ] || refuse "not all lines came"
        /usr/bin/vtysh -N "$space" -f "$folder/load" </dev/null 2>&1 9>&- || true
        rm -f "$folder/load"
        echo loaded
        ;;
    confirm)
        locked
        read_trial
        if [ -n "$change" ] && [ "$change" = "${3-}" ]; then
            rm -f "$folder/trial"
            say "confirmed $change"
            unwatch
        fi
        if grep -qx "confirmed ${3-}" "$folder/last" 2>/dev/null; then
            cat "$folder/last"
        else
            lapsed
        fi
        ;;
    status)
        locked
        read_trial
        if [ -n "$change" ]; then
            echo "armed $change $until"
        else
            cat "$folder/last" 2>/dev/null || true
        fi
        ;;
    *) refuse "arm, load, confirm or status" ;;
esac
