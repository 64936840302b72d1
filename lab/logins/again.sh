# Starts a program again whenever it ends, as a router's init does:
#   again.sh FOLDER NAME PROGRAM [ARGUMENT...]
# FOLDER/NAME.pid has its pid, FOLDER/NAME.boots how often it was started, as snmpd reads it: that number may not go back (RFC 3414, 2.2.2).
set -f -u
folder=$1 name=$2
shift 2
child=''
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit 0' TERM INT
while :; do
    boots=$(sed -n 's/^engineBoots //p' "$folder/$name.boots" 2>/dev/null)
    echo "engineBoots $((${boots:-0} + 1))" >"$folder/$name.boots"
    began=$(date +%s)
    "$@" &
    child=$!
    echo "$child" >"$folder/$name.pid"
    wait "$child"
    [ "$(date +%s)" -gt "$((began + 1))" ] || sleep 1
done
