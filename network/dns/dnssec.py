"""Whether zones are signed as policy says, proven with their own keys (RFC 4033 to 4035). Changes nothing.

A chain up to the root can't be had: the extranet's zones hang on nobody's signed parent. What is proven is that the zone
publishes keys, that its SOA is signed by one of them, and that the signature holds now; resolvers of the extranet are given the
key as a trust anchor.
"""

from __future__ import annotations

from dataclasses import dataclass

from city.model import City
from network.dns.server import NameServer
from network.ipv6.records import reverse_zone, reverse_zones4
from ops.language import _
from ops.plan import JsonObject


@dataclass(frozen=True, slots=True)
class Signature:
    """One zone, and what is wrong with its signatures; nothing where they hold."""

    zone: str
    key_tag: int | None = None
    problem: str = ""

    @property
    def is_ok(self) -> bool:
        return not self.problem

    def as_data(self) -> JsonObject:
        return {"zone": self.zone, "signed": self.is_ok, "key": self.key_tag, "problem": self.problem}


def signed_zones(city: City, server: NameServer) -> tuple[str, ...]:
    """The zones that policy wants signed, of those that the server serves."""
    if not city.address_plan.dnssec:
        return ()
    every = (city.address_plan.domain, reverse_zone(city), *reverse_zones4(city))
    return tuple(zone for zone in every if server.serves(zone))


def signature(server: NameServer, zone: str) -> Signature:
    """Whether the zone's SOA is signed by a key that the zone publishes, and the signature is good now."""
    import dns.dnssec
    import dns.exception
    import dns.name
    import dns.node
    import dns.rdataset
    import dns.rrset

    keys, soa = server.signed(zone, "DNSKEY"), server.signed(zone, "SOA")
    if keys is None or soa is None:
        return Signature(zone, problem=_("not signed"))
    try:
        name = dns.name.from_text(zone)
        anchors: dict[dns.name.Name, dns.node.Node | dns.rdataset.Rdataset] = {
            name: dns.rrset.from_text_list(name, 0, "IN", "DNSKEY", list(keys.values))
        }
        for found, kind in ((keys, "DNSKEY"), (soa, "SOA")):
            have = dns.rrset.from_text_list(name, found.ttl, "IN", kind, list(found.values))
            seals = dns.rrset.from_text_list(name, found.ttl, "IN", "RRSIG", list(found.seals))
            dns.dnssec.validate(have, seals, anchors)
        return Signature(
            zone,
            key_tag=max(
                dns.dnssec.key_id(key) for key in dns.rrset.from_text_list(name, 0, "IN", "DNSKEY", list(keys.values)) if key.flags & 1
            ),
        )
    except (dns.exception.DNSException, ValueError) as bad:
        return Signature(zone, problem=str(bad) or type(bad).__name__)
