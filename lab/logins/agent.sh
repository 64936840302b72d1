# Proves a file of net-snmp's agent: agent.sh FILE fails and says what is wrong with it. For root.
# The agent has no mode for this, so one is started that reaches nobody (a network namespace of its own, state of its own, no port that
# somebody else has) and ended once it has read the file; with its starter it ends in any case.
set -u
room=$(mktemp -d -p "$(dirname "$1")") || exit 1
trap 'rm -rf "$room"' EXIT
PATH=$PATH:/usr/sbin:/sbin SNMP_PERSISTENT_DIR=$room/state MIBS='' setpriv --pdeathsig KILL unshare --net \
    snmpd -f -LE 7 -C -c "$1" udp:161 >"$room/said" 2>&1 &
agent=$!
tries=0
until grep -q '^NET-SNMP version' "$room/said" || ! kill -0 "$agent" 2>/dev/null || [ "$tries" -ge 200 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
kill -KILL "$agent" 2>/dev/null
wait "$agent" 2>/dev/null
grep -q '^NET-SNMP version' "$room/said" || echo "snmpd does not start with it" >>"$room/said"
# What it says besides is a complaint; that nobody can be told anything from here is none.
! grep -vE '^(NET-SNMP version|Created directory:|snmpd: send_trap: |$)' "$room/said"
