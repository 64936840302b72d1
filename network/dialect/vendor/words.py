"""How the three vendor dialects say the same: one record each, one field a phrase. The only place that knows who says what.

Sources: Huawei NE8000 and CE command references for VRP 8, AR and S for VRP 5, H3C S6812/S6805 and HPE MSR for Comware 7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from network.intent.filters import Icmp6

MARK: Final = "citynode"
"""Begins the description or the name of everything that could also be somebody else's; what lacks it is left alone."""

PROCESS: Final = 1
"""Number of our OSPF processes."""

ICMP6: Final = MappingProxyType(
    {
        Icmp6.NO_ROUTE: "network-unreachable",
        Icmp6.PROHIBITED: "host-admin-prohib",
        Icmp6.HOST_UNREACHABLE: "host-unreachable",
        Icmp6.PORT_UNREACHABLE: "port-unreachable",
        Icmp6.PACKET_TOO_BIG: "packet-too-big",
        Icmp6.HOP_LIMIT_EXCEEDED: "hop-limit-exceeded",
        Icmp6.FRAGMENT_TIME_EXCEEDED: "frag-time-exceeded",
        Icmp6.UNKNOWN_NEXT_HEADER: "unknown-next-hdr",
        Icmp6.UNKNOWN_OPTION: "unknown-ipv6-opt",
        Icmp6.ECHO: "echo",
        Icmp6.ECHO_REPLY: "echo-reply",
        Icmp6.ROUTER_SOLICITATION: "router-solicitation",
        Icmp6.ROUTER_ADVERTISEMENT: "router-advertisement",
        Icmp6.NEIGHBOUR_SOLICITATION: "neighbor-solicitation",
        Icmp6.NEIGHBOUR_ADVERTISEMENT: "neighbor-advertisement",
    }
)
"""Names of ICMPv6 messages in filters; both vendors have one list (NE8000 `rule (Advanced ACL6 view)`, H3C S5820X, table 13)."""


@dataclass(frozen=True, slots=True)
class Words:
    """One dialect's phrases. `{}` takes the value; a phrase that a dialect doesn't need is empty."""

    port: str
    lan: str
    tag: str
    echo: str
    enable_ipv6: str
    global_ipv6: str
    ospf_area: str
    spf_timer: str
    lsa_timers: tuple[str, ...]
    """In both families."""
    lsa_arrival6: bool
    """OSPFv3 has the last of them, too."""
    labels_on_port: tuple[str, ...]
    labels: tuple[str, ...]
    acl4: str
    acl6: str
    filter4: str
    filter6: str
    limit: tuple[str, ...]
    """On an interface: `{kbit}`, `{cbs}` and `{pbs}` are worked out by `rates`."""
    limit_policy: bool
    """The limit is a policy of its own that the interface names."""
    instance_distinguisher: bool
    """The distinguisher is the instance's, not each family's."""
    family4: str
    family6: str
    bgp_family: dict[str, str]
    bgp_instance: str
    """Family of a plane in BGP, `{plane}` and `{family}`; where it is a section of sections, split by ` / `."""
    export4: str
    export6: str
    prefixes4: str
    prefixes6: str
    dotted_routes: bool
    """Static routes are printed with a dotted mask, not with its length."""
    vrrp6: str
    ntp6: str
    ntp_on: tuple[str, ...]
    trap6: str
    user: tuple[str, ...]
    ssh: tuple[str, ...]
    ssh_acl: tuple[str, str]
    lines: str
    line: tuple[str, ...]


_VRP_FAMILIES = {
    "ipv4": "ipv4-family unicast",
    "ipv6": "ipv6-family unicast",
    "planes4": "ipv4-family vpnv4",
    "planes6": "ipv6-family vpnv6",
}
_USER = "snmp-agent usm-user v3 {user}"
_VRP_LINE = ("acl {acl} inbound", "acl ipv6 {acl} inbound", "authentication-mode aaa", "idle-timeout {idle} 0", "protocol inbound ssh")

VRP8: Final = Words(
    port="GigabitEthernet0/1/{}",
    lan="GigabitEthernet0/2/{}",
    tag="vlan-type dot1q {}",
    echo="echo",
    enable_ipv6="ipv6 enable",
    global_ipv6="",
    ospf_area="ospf enable {process} area {area}",
    spf_timer="spf-schedule-interval intelligent-timer {longest} {delay} {hold}",
    lsa_timers=("lsa-originate-interval intelligent-timer {longest} {delay} {hold}", "lsa-arrival-interval {arrival}"),
    lsa_arrival6=True,
    labels_on_port=("mpls", "mpls ldp"),
    labels=("mpls", "mpls ldp"),
    acl4="acl number {}",
    acl6="acl ipv6 number {}",
    filter4="traffic-filter acl {} inbound",
    filter6="traffic-filter acl ipv6 {} inbound",
    limit=("traffic-policy citynode-{kbit} inbound", "traffic-policy citynode-{kbit} outbound"),
    limit_policy=True,
    instance_distinguisher=False,
    family4="ipv4-family",
    family6="ipv6-family",
    bgp_family=_VRP_FAMILIES,
    bgp_instance="{family}-family vpn-instance {plane}",
    export4="ip-prefix",
    export6="ipv6-prefix",
    prefixes4="ip ip-prefix",
    prefixes6="ip ipv6-prefix",
    dotted_routes=True,
    vrrp6="vrrp6 vrid {}",
    ntp6="ntp-service unicast-server ipv6 {}",
    ntp_on=(),
    trap6="snmp-agent target-host trap ipv6 address udp-domain {}",
    user=(
        f"{_USER}",
        f"{_USER} group {{group}}",
        f"{_USER} authentication-mode sha2-256 cipher {{auth}}",
        f"{_USER} privacy-mode aes128 cipher {{privacy}}",
    ),
    ssh=("stelnet server enable", "ssh server cipher aes256_ctr aes128_ctr", "ssh server hmac sha2_512 sha2_256"),
    ssh_acl=("ssh server acl {}", "ssh ipv6 server acl {}"),
    lines="user-interface vty 0 4",
    line=_VRP_LINE,
)

VRP5: Final = replace(
    VRP8,
    port="GigabitEthernet0/0/{}",
    lan="GigabitEthernet1/0/{}",
    tag="dot1q termination vid {}",
    global_ipv6="ipv6",
    filter4="traffic-filter inbound acl {}",
    filter6="traffic-filter inbound ipv6 acl {}",
    limit=(
        "qos car inbound cir {kbit} cbs {cbs} pbs {pbs} green pass yellow pass red discard",
        "qos car outbound cir {kbit} cbs {cbs} pbs {pbs} green pass yellow pass red discard",
    ),
    limit_policy=False,
)

COMWARE7: Final = Words(
    port="GigabitEthernet1/0/{}",
    lan="GigabitEthernet2/0/{}",
    tag="vlan-type dot1q vid {}",
    echo="echo-request",
    enable_ipv6="",
    global_ipv6="",
    ospf_area="ospf {process} area {area}",
    spf_timer="spf-schedule-interval {longest_seconds} {delay} {hold}",
    lsa_timers=("lsa-generation-interval {longest_seconds} {delay} {hold}", "lsa-arrival-interval {arrival}"),
    lsa_arrival6=False,
    labels_on_port=("mpls enable", "mpls ldp enable"),
    labels=("mpls ldp",),
    acl4="acl advanced {}",
    acl6="acl ipv6 advanced {}",
    filter4="packet-filter {} inbound",
    filter6="packet-filter ipv6 {} inbound",
    limit=(
        "qos car inbound any cir {kbit} cbs {cbs} ebs 0 green pass red discard yellow pass",
        "qos car outbound any cir {kbit} cbs {cbs} ebs 0 green pass red discard yellow pass",
    ),
    limit_policy=False,
    instance_distinguisher=True,
    family4="address-family ipv4",
    family6="address-family ipv6",
    bgp_family={
        "ipv4": "address-family ipv4 unicast",
        "ipv6": "address-family ipv6 unicast",
        "planes4": "address-family vpnv4",
        "planes6": "address-family vpnv6",
    },
    bgp_instance="ip vpn-instance {plane} / address-family {family} unicast",
    export4="prefix-list",
    export6="prefix-list",
    prefixes4="ip prefix-list",
    prefixes6="ipv6 prefix-list",
    dotted_routes=False,
    vrrp6="vrrp ipv6 vrid {}",
    ntp6="ntp-service ipv6 unicast-server {}",
    ntp_on=("ntp-service enable",),
    trap6="snmp-agent target-host trap address udp-domain ipv6 {}",
    user=(f"{_USER} {{group}} cipher authentication-mode sha {{auth}} privacy-mode aes128 {{privacy}}",),
    ssh=("ssh server enable", "ssh2 algorithm cipher aes256-ctr aes128-ctr", "ssh2 algorithm mac sha2-512 sha2-256"),
    ssh_acl=("ssh server acl {}", "ssh server ipv6 acl ipv6 {}"),
    lines="line vty 0 63",
    line=("authentication-mode scheme", "idle-timeout {idle} 0", "protocol inbound ssh"),
)
