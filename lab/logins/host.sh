# Changes the files of a router's programs for those who may not, and lets them count; runs as root for as long as the router does:
#   host.sh restore FOLDER SAVED GROUP    before the programs start: the files that were saved count, and nothing else
#   host.sh FOLDER SAVED GROUP PROGRAMS   from then on
# FOLDER holds the files that count, NAME.conf each, and SAVED those of the next start. PROGRAMS is a script: `check NAME FILE` fails and
# says what is wrong with a file, `count NAME` lets the new one count. GROUP asks by the fifo FOLDER/ask:
#   put TOKEN COUNT   and COUNT lines: `NAME` begins a file anew, `NAME LINE` adds a line to it; all files are changed, or none
#   keep TOKEN 0      saves the files for the next start
# TOKEN ends with -SECONDS of the clock: who asked long ago has given up. The answer is FOLDER/answer: TOKEN, what is wrong
# (`NAME LINE WORDS`, line 0 if it isn't known), and "done" or "refused".
set -f -u
all='chrony rsyslog snmpd sshd'
umask 027
if [ "$1" = restore ]; then
    mkdir -p "$2" && cd "$2" || exit 1
    for name in $all; do
        cat "$3/$name.conf" >"$name.conf" 2>/dev/null
        chgrp "$4" "$name.conf" && chmod 640 "$name.conf" || exit 1
    done
    exit 0
fi
folder=$1 saved=$2 group=$3 programs=$4
patience=15
mkdir -p "$folder" "$saved" "$folder/new" "$folder/old"
[ -p "$folder/ask" ] || mkfifo -m 660 "$folder/ask"
chgrp "$group" "$folder/ask" "$folder" "$saved"
chmod 755 "$folder"

known() {
    case " $all " in
        *" $1 "*) ;;
        *) return 1 ;;
    esac
}

# Read COUNT lines into FOLDER/new; the names of the files that they make. All are read, whatever is wrong with one.
gather() {
    rm -rf "$folder/new" && mkdir "$folder/new"
    names='' wrong=''
    left=$1
    while [ "$left" -gt 0 ] && IFS= read -r line <&3; do
        left=$((left - 1))
        name=${line%% *}
        if ! known "$name"; then
            wrong="$name 0 no program whose file is changed here"
        elif [ "$line" = "$name" ]; then
            : >"$folder/new/$name.conf"
            names="$names $name"
        else
            printf '%s\n' "${line#* }" >>"$folder/new/$name.conf"
        fi
    done
}

# What a program says of its file, as `NAME LINE WORDS`.
checked() {
    [ -s "$folder/new/$1.conf" ] || return 0
    said=$(/bin/sh "$programs" check "$1" "$folder/new/$1.conf" 2>&1 </dev/null 3>&-) && return 0
    said=$(printf '%s\n' "$said" | sed "s|$folder/new/||g")
    why=$(printf '%s\n' "$said" | grep -m 1 'line [0-9]' || printf '%s\n' "$said" | grep -m 1 -i error || printf '%s\n' "$said" | tail -n 1)
    echo "$1 $(printf '%s\n' "$why" | sed -n 's/.*line \([0-9][0-9]*\).*/\1/p;t;s/.*/0/p') $why"
    return 1
}

counts() {
    said=$(/bin/sh "$programs" count "$1" 2>&1 </dev/null 3>&-) && return 0
    echo "$1 0 $said"
    return 1
}

place() {
    chgrp "$group" "$1" && chmod 640 "$1" && mv "$1" "$folder/$2.conf"
}

put() {
    gather "$1"
    if [ -n "$wrong" ]; then
        echo "$wrong"
        return 1
    fi
    for name in $names; do
        checked "$name" || return 1
    done
    changed=''
    for name in $names; do
        ! cmp -s "$folder/new/$name.conf" "$folder/$name.conf" || continue
        [ -e "$folder/$name.conf" ] || : >"$folder/$name.conf"
        cp -p "$folder/$name.conf" "$folder/old/$name.conf"
        place "$folder/new/$name.conf" "$name"
        changed="$changed $name"
    done
    for name in $changed; do
        if ! counts "$name"; then
            for name in $changed; do
                place "$folder/old/$name.conf" "$name"
                counts "$name" >/dev/null
            done
            return 1
        fi
    done
}

keep() {
    for name in $all; do
        ! cmp -s "$folder/$name.conf" "$saved/$name.conf" || continue
        cp -p "$folder/$name.conf" "$saved/$name.new" && sync "$saved/$name.new" && mv "$saved/$name.new" "$saved/$name.conf" || return 1
    done
}

exec 3<>"$folder/ask"
while IFS=' ' read -r verb token count <&3; do
    if [ "$(($(date +%s) - ${token##*-}))" -gt "$patience" ]; then
        gather "$count"
        continue
    fi
    {
        echo "$token"
        case "$verb" in
            put) put "$count" ;;
            keep) keep ;;
            *) echo "host 0 put or keep" && false ;;
        esac && echo "done" || echo refused
    } >"$folder/answer.new"
    chmod 644 "$folder/answer.new" && mv "$folder/answer.new" "$folder/answer"
done
