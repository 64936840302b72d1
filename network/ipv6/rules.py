"""The rules that the IPv6 addresses follow, and where each is written. `city.addressing` carries them out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a short name, what it asks, and its source."""

    name: str
    asks: str
    source: str


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("hierarchy", "every field of the prefix ends on a nibble; one /44 summarises a county", "RFC 5375"),
        Rule("loopback", "a /128 whose host part is the router's IPv4 loopback", "RFC 5375, B.2"),
        Rule("link", "a /127 out of a /64 that is set aside for the link", "RFC 6164"),
        Rule("lan", "a /64 for every network with hosts", "RFC 4291, section 2.5.1; RFC 7421"),
        Rule("advertise", "the gateway advertises the prefix to hosts behind it", "RFC 4861"),
        Rule("routing", "OSPFv3 runs on every link that OSPFv2 runs on, at the same cost", "RFC 5340"),
        Rule("name", "AAAA and PTR only for names that answer over IPv6", "RFC 3596"),
    )
}


def rule_of(interface: str) -> str:
    """The name of the rule that an interface's address follows."""
    return "loopback" if interface == "lo" else "lan" if interface.startswith("lan") else "link"
