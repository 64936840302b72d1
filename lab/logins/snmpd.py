"""A router's SNMP agent: version 3 only, authPriv, on the management address.

A veth says 10 Gbit/s of itself whatever it is shaped to, and the agent can't be told better (net-snmp 5.9 ignores its
`interface` setting here): a link's rate is to be taken from the city, not from ifHighSpeed.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from lab.box import Box
from lab.logins.again import again, boots
from network.intent.services import SNMP_HASH

PROGRAM = "/usr/sbin/snmpd"
USER = "citynode"
HASH_WORDS = {"SHA-1": "SHA", "SHA-256": "SHA-256"}
"""What net-snmp calls them (snmpd.conf(5), createUser)."""
MODULES = (
    "system_mib,sysORTable,snmpEngine,usmConf,vacm_conf,ifTable,ifXTable,usmUser,usmStats,vacm_vars,iquery,"
    "mteScalars,mteTrigger,mteTriggerTable,mteTriggerDeltaTable,mteTriggerExistenceTable,mteTriggerBooleanTable,mteTriggerThresholdTable,"
    "mteTriggerConf,mteEvent,mteEventTable,mteEventSetTable,mteEventNotificationTable,mteEventConf,mteObjects,mteObjectsTable,"
    "mteObjectsConf"
)
"""Who it is, its accounts, its interfaces, and what watches them for traps (DISMAN-EVENT-MIB, RFC 2981)."""


def engine_id(box: Box, node: str) -> str:
    """The agent's name towards those who prove what it sends: of net-snmp's form for an IPv4 address (RFC 3411, SnmpEngineID)."""
    return f"0x80001f8801{int(box.management_address(node)):08x}"


@lru_cache(maxsize=8)
def master(passphrase: str, hashed: str) -> str:
    """The key that a passphrase stands for (RFC 3414, A.2) as createUser takes it: one for all agents, who each take longer to make it of
    the passphrase than for all else at their start.
    """
    from gufo.snmp import Sha1Key, Sha256Key

    kinds = {"SHA-1": Sha1Key, "SHA-256": Sha256Key}
    return f"0x{kinds[hashed].get_master_key(passphrase.encode()).hex()}"


def agent_config(box: Box, node: str, auth: str, privacy: str) -> str:
    """The agent's configuration.

    It takes the number of its starts for 1 unless it is told that its name is the old one (snmpd.conf(5), oldEngineID); who has heard
    a trap of its would then refuse, as repeated, what it sends after its next start (RFC 3414, 3.2 7b).
    """
    router = box.city.router_by_name[node]
    place = box.city.place_by_name[router.place]
    hashed = SNMP_HASH[router.dialect]
    return "\n".join(
        [
            f"agentAddress udp:{box.management_address(node)}:161",
            f"exactEngineID {engine_id(box, node)}",
            f"oldEngineID {engine_id(box, node)}",
            f"createUser {USER} {HASH_WORDS[hashed]} -m {master(auth, hashed)} AES -m {master(privacy, hashed)}",
            f"rouser {USER} priv",
            f"sysName {node}",
            f"sysLocation {place.title.en}",
            "sysContact network-duty",
            "",
        ]
    )


def start_agent(box: Box, node: str, *, more: Path) -> None:
    """Start the router's agent unless it runs; `more` is a file that it includes, read at its start."""
    if box.alive(node, "snmpd"):
        return
    auth, privacy = (box.secret(f"snmp-{name}").read_text() for name in ("auth", "privacy"))
    folder = box.dir(node, "snmp")  # the agent keeps a snmpd.conf of its own there
    path = box.dir(node) / "agent.conf"
    path.touch(mode=0o600)
    path.write_text(f"{agent_config(box, node, auth, privacy)}includeFile {more}\n")
    files = f"{path},{boots(box, node, 'snmpd')}"
    argv = (PROGRAM, "-f", "-C", "-c", files, "-LO", "w", "-I", MODULES)
    again(box, node, "snmpd", argv, env={"SNMP_PERSISTENT_DIR": str(folder), "MIBS": ""})
