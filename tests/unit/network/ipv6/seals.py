"""A zone signed for real, in memory: its key and its SOA with their signatures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dns.dnssec
import dns.name
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ec

from network.dns.server import Sealed

SOA = "ns1.example. hostmaster.example. 1 60 15 86400 5"


def sealed(zone: str, *, until: datetime | None = None, forged: bool = False) -> dict[tuple[str, str], Sealed]:
    """What a name server says of the zone; `forged` changes the SOA after it was signed."""
    name, private = dns.name.from_text(zone), ec.generate_private_key(ec.SECP256R1())
    key = dns.dnssec.make_dnskey(private.public_key(), "ECDSAP256SHA256", flags=257)
    sets = {"DNSKEY": dns.rrset.from_rdata(name, 300, key), "SOA": dns.rrset.from_text(name, 300, "IN", "SOA", SOA)}
    found = {}
    for kind, rrset in sets.items():
        seal = dns.dnssec.sign(
            rrset,
            private,
            name,
            key,
            inception=datetime.now(UTC) - timedelta(days=30),
            expiration=until or datetime.now(UTC) + timedelta(days=9),
        )
        values = [str(entry).replace(" 1 60 ", " 2 60 ") if forged else str(entry) for entry in rrset]
        found[zone, kind] = Sealed(tuple(values), (str(seal),), 300)
    return found
