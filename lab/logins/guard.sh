# A router's command line, and beside it the guard of changes on trial; the forced command of the operators' account:
#   guard.sh PATHSPACE FOLDER NFT
# Without a request in SSH_ORIGINAL_COMMAND it is vtysh. Lines are vtysh's, or begin with "nft": those go to NFT, an nft(8) that the
# account may change the kernel's rules with, as one transaction. Requests, each answered with "ready" first:
#   guard arm CHANGE SECONDS COUNT [OTHER...]  reads COUNT lines, which are typed here in SECONDS unless the
#       change is confirmed; "armed CHANGE SECONDS", or "busy CHANGE" where a change is on trial that is none of these
#   guard load CHANGE COUNT                    reads COUNT lines and loads them as one file, while CHANGE is on trial ("-": in any case);
#       what was said to them, and "loaded", or "lapsed" and what became of the trial
#   guard confirm CHANGE                       "confirmed CHANGE", or "lapsed" and what became of it
#   guard status                               "armed CHANGE UNTIL", or the last word
#   guard nft                                  the kernel's table of rules, if there is one, and "listed"
#   guard keep                                 saves that table beside what vtysh saves: "kept"
# Needs sh, flock, setsid, vtysh and nft; nothing of it needs the connection, or whoever armed it, to live on.
set -f -u
space=$1 folder=$2 nft=$3
table='inet citynode' saved=/etc/frr/$space/citynode.nft

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

# The kernel's part of the lines in a file, all or nothing; false if it was refused.
rules() {
    sed -n 's/^nft //p' "$1" >"$1.nft"
    if grep -qvE "^(add|delete) (table|chain|rule) $table( |\$)" "$1.nft"; then
        echo "not of the table $table"
        return 1
    fi
    [ -s "$1.nft" ] || return 0
    said=$("$nft" -f "$1.nft" 2>&1 </dev/null 9>&-) && return 0
    printf '%s\n' "$said" | sed -n "s|^$1.nft:|line |p"
    return 1
}

# vtysh's part of the lines in a file.
lines() {
    grep -v '^nft ' "$1" >"$1.lines"
    [ ! -s "$1.lines" ] || /usr/bin/vtysh -N "$space" -f "$1.lines" 2>&1 </dev/null 9>&-
}

# The table of rules as it stands; nothing if there is none.
list() {
    all=$("$nft" list tables inet 2>&1) || refuse "$all"
    ! printf '%s\n' "$all" | grep -qxF "table $table" || "$nft" --stateless --numeric-protocol list table $table
}

# Type the lines back; daemons that are just starting are waited for. A line that has nothing to undo is no fault.
back() {
    rules "$folder/back" >"$folder/said.nft"
    tries=0
    while [ "$tries" -lt 60 ]; do
        lines "$folder/back" >"$folder/said"
        grep -q 'failed to connect' "$folder/said" || break
        tries=$((tries + 1))
        sleep 1
    done
    rm -f "$folder/trial"
    say "returned $change"
}

if [ "${4-}" = --watch ]; then
    sleep "$6" 9>&-
    locked
    change='' watch=''
    [ ! -e "$folder/trial" ] || read -r change until watch <"$folder/trial"
    [ "$watch" != "$5" ] || back
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
        env -u SSH_ORIGINAL_COMMAND setsid /bin/sh "$0" "$space" "$folder" "$nft" --watch "$token" "$seconds" </dev/null >/dev/null 2>&1 9>&- &
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
        [ "${3-}" = - ] || [ "${change:--}" = "${3-}" ] || lapsed
        cat >"$folder/load"
        [ "$(wc -l <"$folder/load")" -eq "$count" ] || refuse "not all lines came"
        rules "$folder/load" && lines "$folder/load"
        rm -f "$folder/load" "$folder/load.nft" "$folder/load.lines"
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
    nft)
        list
        echo listed
        ;;
    keep)
        list >"$saved.new" && mv "$saved.new" "$saved"
        echo kept
        ;;
    *) refuse "arm, load, confirm, status, nft or keep" ;;
esac
