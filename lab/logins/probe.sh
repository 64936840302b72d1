# Reachability measurements from a router, for the account that can do nothing else. Run by sshd as a forced command:
#   probe IPV4-LOOPBACK IPV6-LOOPBACK, with the request "4|6 COUNT INTERVAL_MS TARGET…" in SSH_ORIGINAL_COMMAND.
# Prints fping's lines, one per target, on standard output. Exit code: 0 all answered, 1 not all did, 2 not a request.
set -f
refuse() {
    echo "refused: $1; usage: 4|6 COUNT INTERVAL_MS TARGET..." >&2
    exit 2
}
number() {
    case "$1" in
        '' | *[!0-9]*) refuse "'$1' is not a number" ;;
    esac
    [ "${#1}" -le 6 ] && [ "$1" -ge "$2" ] && [ "$1" -le "$3" ] || refuse "$1 is not within $2 to $3"
}
ipv4=$1
ipv6=$2
case "$SSH_ORIGINAL_COMMAND" in
    *[!0-9a-fA-F.:\ ]*) refuse "a character that no address has" ;;
esac
[ "${#SSH_ORIGINAL_COMMAND}" -le 20000 ] || refuse "too long"
set -- $SSH_ORIGINAL_COMMAND
[ $# -ge 4 ] || refuse "too few words"
family=$1 count=$2 interval=$3
shift 3
number "$count" 1 1000
number "$interval" 10 10000
for target in "$@"; do
    case "$family$target" in
        4*:* | 6*[!0-9a-fA-F:.]* | 4*[!0-9.]*) refuse "$target is not an IPv$family address" ;;
    esac
done
case "$family" in
    4) source=$ipv4 ;;
    6) source=$ipv6 ;;
    *) refuse "no family $family" ;;
esac
exec /usr/bin/fping "-$family" -q -c "$count" -p "$interval" -i 1 -t 1000 -S "$source" "$@" 2>&1
