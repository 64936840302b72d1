# A router's command line, and beside it the guard of changes on trial; the forced command of the operators' account:
#   guard.sh PATHSPACE FOLDER NFT HOST
# Without a request in SSH_ORIGINAL_COMMAND it is vtysh. Lines are vtysh's, or begin with "nft": those go to NFT, an nft(8) that the
# account may change the kernel's rules with, as one transaction; or with "host": those go to whoever answers in the folder HOST (host.sh),
# who changes the files of the router's programs. Requests, each answered with "ready" first:
#   guard arm CHANGE SECONDS COUNT [OTHER...]  reads COUNT lines, which are typed here in SECONDS unless the
#       change is confirmed; "armed CHANGE SECONDS", or "busy CHANGE" where a change is on trial that is none of these
#   guard load CHANGE COUNT                    reads COUNT lines and loads them as one file, while CHANGE is on trial ("-": in any case);
#       what was said to them, and "loaded", or "lapsed" and what became of the trial
#   guard confirm CHANGE                       "confirmed CHANGE", or "lapsed" and what became of it
#   guard abandon CHANGE                       types its lines at once if CHANGE is on trial; the last word, and "abandoned"
#   guard status                               "armed CHANGE UNTIL", or the last word
#   guard beside                               the programs' files and the kernel's table of rules, without secrets, and "listed"
#   guard keep                                 saves these beside what vtysh saves: "kept"
# What becomes of a change is told to the router's syslog. Needs sh, flock, setsid, vtysh, nft and logger; nothing of it needs the
# connection, or whoever armed it, to live on.
set -f -u
space=$1 folder=$2 nft=$3 host=${4-}
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
    log "$*"
}

log() {
    set -- -t citynode -p local4.notice -- "$*"
    [ ! -S "$host/log" ] || set -- -u "$host/log" "$@"
    logger "$@" 2>/dev/null 9>&- || true
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

# The programs' part of the lines in a file, all or nothing; false if it was refused.
programs() {
    sed -n 's/^host //p' "$1" >"$1.host"
    [ -s "$1.host" ] || return 0
    told=$(ask put "$1.host") && return 0
    printf '%s\n' "$told" | while read -r name row words; do
        at=$(awk -v name="$name" -v row="$row" '$1 == "host" && $2 == name && n++ == row { print NR }' "$1" | head -n 1)
        echo "line ${at:-1}: $name: $words"
    done
    return 1
}

# Ask whoever changes the programs' files: VERB, a file of lines. What is wrong; false unless all is well.
ask() {
    if [ ! -p "$host/ask" ]; then
        echo "nobody 0 changes the files of programs on this router"
        return 1
    fi
    token=$$-$(date +%s) tries=0 first=''
    exec 8<>"$host/ask"
    { echo "$1 $token $(wc -l <"$2")" && cat "$2"; } >&8
    until { read -r first <"$host/answer"; } 2>/dev/null && [ "$first" = "$token" ]; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ]; then
            echo "host 0 whoever changes the files of programs doesn't answer"
            return 1
        fi
        sleep 0.05
    done
    exec 8>&-
    sed '1d;$d' "$host/answer"
    [ "$(tail -n 1 "$host/answer")" = "done" ]
}

# vtysh's part of the lines in a file.
lines() {
    grep -vE '^(nft|host) ' "$1" >"$1.lines"
    [ ! -s "$1.lines" ] || /usr/bin/vtysh -N "$space" -f "$1.lines" 2>&1 </dev/null 9>&-
}

# The table of rules as it stands; nothing if there is none.
list() {
    all=$("$nft" list tables inet 2>&1) || refuse "$all"
    ! printf '%s\n' "$all" | grep -qxF "table $table" || "$nft" --stateless --numeric-protocol list table $table
}

# The programs' files that say something, as sections, without secrets.
files() {
    for name in chrony rsyslog snmpd sshd; do
        if [ -s "$host/$name.conf" ]; then
            echo "host $name"
            sed -E -e '/^createUser/ s/ (MD5|SHA[-0-9]*|DES|AES[-0-9]*) [^ ]+/ \1 ***/g' -e '/^trapsess/ s/ (-A|-X) [^ ]+/ \1 ***/g' \
                -e 's/^((ro|rw)community6?) [^ ]+/\1 ***/' -e 's/^/ /' "$host/$name.conf"
            echo exit
        fi
    done
}

# Type the lines back; daemons that are just starting are waited for. A line that has nothing to undo is no fault.
back() {
    rules "$folder/back" >"$folder/said.nft"
    programs "$folder/back" >"$folder/said.host"
    tries=0
    while [ "$tries" -lt 60 ]; do
        lines "$folder/back" >"$folder/said"
        grep -q 'failed to connect' "$folder/said" || break
        tries=$((tries + 1))
        sleep 1
    done
    rm -f "$folder/trial"
    forget back
    say "returned $change"
}

# Lines that are needed no more may hold secrets: NAME, and its parts.
forget() {
    rm -f "$folder/$1" "$folder/$1.nft" "$folder/$1.host" "$folder/$1.lines"
}

if [ "${5-}" = --watch ]; then
    echo "$$" >"$folder/watcher.new" && mv "$folder/watcher.new" "$folder/watcher"
    sleep "$7" 9>&-
    locked
    change='' watch=''
    [ ! -e "$folder/trial" ] || read -r change until watch <"$folder/trial"
    [ "$watch" != "$6" ] || back
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
        rm -f "$folder/watcher"
        env -u SSH_ORIGINAL_COMMAND setsid /bin/sh "$0" "$space" "$folder" "$nft" "$host" --watch "$token" "$seconds" </dev/null >/dev/null 2>&1 9>&- &
        tries=0
        until [ -s "$folder/watcher" ]; do
            tries=$((tries + 1))
            [ "$tries" -le 500 ] || refuse "nobody watches"
            sleep 0.02
        done
        log "armed $new $seconds"
        echo "armed $new $seconds"
        ;;
    load)
        count=${4-}
        case "$count" in
            '' | *[!0-9]*) refuse "COUNT is a number" ;;
        esac
        locked
        read_trial
        [ "${3-}" = - ] || [ "$change" = "${3-}" ] || lapsed
        cat >"$folder/load"
        [ "$(wc -l <"$folder/load")" -eq "$count" ] || refuse "not all lines came"
        rules "$folder/load" && programs "$folder/load" && lines "$folder/load"
        forget load
        echo loaded
        ;;
    confirm)
        locked
        read_trial
        if [ -n "$change" ] && [ "$change" = "${3-}" ]; then
            rm -f "$folder/trial"
            forget back
            say "confirmed $change"
            unwatch
        fi
        if grep -qx "confirmed ${3-}" "$folder/last" 2>/dev/null; then
            cat "$folder/last"
        else
            lapsed
        fi
        ;;
    abandon)
        locked
        read_trial
        if [ -n "$change" ] && [ "$change" = "${3-}" ]; then
            back
            unwatch
        fi
        cat "$folder/last" 2>/dev/null || true
        echo abandoned
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
    beside)
        files
        list
        echo listed
        ;;
    keep)
        locked
        [ ! -p "$host/ask" ] || wrong=$(ask keep /dev/null) || refuse "$wrong"
        list >"$saved.new" && mv "$saved.new" "$saved" || refuse "the kernel's table of rules can't be written to the disk"
        echo kept
        ;;
    *) refuse "arm, load, confirm, abandon, status, beside or keep" ;;
esac
