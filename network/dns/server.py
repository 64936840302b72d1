"""The name server as the network changes it: read record sets, replace them by signed dynamic update.

One update is one message, so a zone takes all of it or nothing (RFC 2136); every message is signed (RFC 8945) and
the answer's signature is checked. Refuses to guess: a server that does not answer or does not know our key is an error.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from network.errors import LoginRefused
from ops.access import Dns
from ops.errors import CitynodeError, Unreachable, UsageProblem
from ops.language import _
from ops.secrets import resolve

if TYPE_CHECKING:
    from dns.message import Message
    from dns.rrset import RRset
    from dns.tsig import Key

SECONDS = 3.0


@dataclass(frozen=True, slots=True, order=True)
class Rrset:
    """What the zone holds under one name for one type: absolute names without the last dot, values in the zone file's form."""

    name: str
    kind: str
    values: tuple[str, ...] = ()
    ttl: int = 300


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record set with its signatures (RRSIG), as text."""

    values: tuple[str, ...]
    seals: tuple[str, ...]
    ttl: int


class NameServer(Protocol):
    """The primary server of our zones."""

    def check(self, zone: str) -> None:
        """Return if the server answers for the zone and takes our key."""

    def serves(self, zone: str) -> bool:
        """Whether the server is primary for the zone."""

    def read(self, name: str, kind: str) -> tuple[str, ...]:
        """The values now under the name, sorted; none if there are none."""

    def lifetime(self, name: str, kind: str) -> int | None:
        """The seconds for which the values may be remembered; None if there are none."""

    def signed(self, name: str, kind: str) -> Sealed | None:
        """The values under the name with their signatures; None where it isn't signed."""

    def update(self, zone: str, sets: Iterable[Rrset]) -> None:
        """Replace these sets by the ones given, all or none; a set without values goes."""


class DnsUpdates:
    """The real server, over the management network."""

    def __init__(self, access: Dns) -> None:
        self._access = access
        self._key = _key(access)

    def check(self, zone: str) -> None:
        import dns.message
        import dns.rcode

        answer = self._ask(dns.message.make_query(f"{zone}.", "SOA"), signed=True)
        if answer.rcode() != dns.rcode.NOERROR or not answer.answer:
            raise Unreachable(
                _("the name server at {address} doesn't serve {zone}").format(address=self._access.address, zone=zone),
                why=dns.rcode.to_text(answer.rcode()),
                hint=_("check `dns.address` in the access file and `domain` in the city's address plan"),
            )

    def serves(self, zone: str) -> bool:
        import dns.message

        answer = self._ask(dns.message.make_query(f"{zone}.", "SOA"))
        return any(str(rrset.name).rstrip(".").lower() == zone.lower() for rrset in answer.answer)

    def read(self, name: str, kind: str) -> tuple[str, ...]:
        return tuple(sorted(str(entry) for rrset in self._sets(name, kind) for entry in rrset))

    def lifetime(self, name: str, kind: str) -> int | None:
        return next((rrset.ttl for rrset in self._sets(name, kind)), None)

    def signed(self, name: str, kind: str) -> Sealed | None:
        import dns.message
        import dns.rdatatype

        answer = self._ask(dns.message.make_query(f"{name}.", kind, want_dnssec=True))
        wanted, seal = dns.rdatatype.from_text(kind), dns.rdatatype.RRSIG
        found = next((rrset for rrset in answer.answer if rrset.rdtype == wanted), None)
        seals = [str(entry) for rrset in answer.answer if rrset.rdtype == seal and rrset.covers == wanted for entry in rrset]
        return Sealed(tuple(str(entry) for entry in found), tuple(seals), found.ttl) if found is not None and seals else None

    def update(self, zone: str, sets: Iterable[Rrset]) -> None:
        import dns.rcode
        import dns.update

        message = dns.update.UpdateMessage(f"{zone}.")
        for rrset in sets:
            name = f"{rrset.name}."
            message.delete(name, rrset.kind)
            if rrset.values:
                message.add(name, rrset.ttl, rrset.kind, *rrset.values)
        answer = self._ask(message, signed=True)
        if answer.rcode() != dns.rcode.NOERROR:
            raise LoginRefused(
                _("the name server at {address} refused the update of {zone}").format(address=self._access.address, zone=zone),
                why=dns.rcode.to_text(answer.rcode()),
                hint=_("its `allow-update` must name the key {key}").format(key=self._access.key_name),
            )

    def _sets(self, name: str, kind: str) -> list[RRset]:
        """What the server answers under the name for the type, names that it stands for included."""
        import dns.message
        import dns.rdatatype

        wanted = dns.rdatatype.from_text(kind)
        return [rrset for rrset in self._ask(dns.message.make_query(f"{name}.", kind)).answer if rrset.rdtype == wanted]

    def _ask(self, message: Message, *, signed: bool = False) -> Message:
        """The server's answer; UDP for questions, TCP for what is signed."""
        import dns.exception
        import dns.query
        import dns.tsig

        where, port = str(self._access.address), self._access.port
        if signed:
            message.use_tsig(self._key)
        try:
            if signed:
                return dns.query.tcp(message, where, port=port, timeout=SECONDS)
            return dns.query.udp_with_fallback(message, where, port=port, timeout=SECONDS)[0]
        except (dns.tsig.PeerError, dns.tsig.BadSignature, dns.tsig.BadKey, dns.tsig.BadTime) as refused:
            raise LoginRefused(
                _("the name server at {address} doesn't accept the key {key}").format(address=where, key=self._access.key_name),
                why=_reason(refused),
                hint=_("check `dns.key_name` and `dns.key` in the access file, and the clocks of both machines"),
            ) from refused
        except (OSError, EOFError, dns.exception.DNSException) as silent:
            raise Unreachable(
                _("the name server at {address} does not answer").format(address=where),
                why=_reason(silent),
                hint=_("citynode lab status, or `dns.address` in the access file; then run the same command again"),
            ) from silent


@dataclass
class MemoryNames:
    """A name server in memory, for tests and rehearsals."""

    zones: set[str]
    sets: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    fault: Callable[[str], CitynodeError | None] = lambda _verb: None
    """What goes wrong at `check`, `read` or `update`."""
    seals: dict[tuple[str, str], Sealed] = field(default_factory=dict)
    """Signed sets by name and kind."""
    lifetimes: dict[tuple[str, str], int] = field(default_factory=dict)
    """Of sets that were updated; the others live as long as `Rrset` says by itself."""

    def check(self, zone: str) -> None:
        self._fail("check")
        if zone not in self.zones:
            raise Unreachable(_("the name server in memory doesn't serve {zone}").format(zone=zone))

    def serves(self, zone: str) -> bool:
        return zone in self.zones

    def read(self, name: str, kind: str) -> tuple[str, ...]:
        self._fail("read")
        return self.sets.get((name, kind), ())

    def lifetime(self, name: str, kind: str) -> int | None:
        return self.lifetimes.get((name, kind), Rrset(name, kind).ttl) if self.read(name, kind) else None

    def signed(self, name: str, kind: str) -> Sealed | None:
        return self.seals.get((name, kind))

    def update(self, zone: str, sets: Iterable[Rrset]) -> None:
        self._fail("update")
        wanted = tuple(sets)
        if zone not in self.zones or any(not _within(rrset.name, zone) for rrset in wanted):
            raise LoginRefused(_("the name server in memory refused the update of {zone}").format(zone=zone), why="NOTZONE")
        for rrset in wanted:
            self.sets.pop((rrset.name, rrset.kind), None)
            if rrset.values:
                self.sets[rrset.name, rrset.kind] = tuple(sorted(rrset.values))
                self.lifetimes[rrset.name, rrset.kind] = rrset.ttl

    def _fail(self, verb: str) -> None:
        problem = self.fault(verb)
        if problem is not None:
            raise problem


def differing(server: NameServer, wanted: Iterable[Rrset]) -> tuple[Rrset, ...]:
    """The sets of these that the server holds otherwise, or for another time."""
    return tuple(rrset for rrset in wanted if not _holds(server, rrset))


def snapshot(server: NameServer, sets: Iterable[Rrset]) -> tuple[Rrset, ...]:
    """What the server holds now under the names and types of these sets: what going back means."""
    return tuple(
        Rrset(each.name, each.kind, server.read(each.name, each.kind), server.lifetime(each.name, each.kind) or each.ttl) for each in sets
    )


def in_zone_form(kind: str, values: Iterable[str], zone: str) -> tuple[str, ...]:
    """The values as the zone's server gives them; a name without its last dot is one of the zone."""
    import dns.exception
    import dns.name
    import dns.rdata

    found = set()
    for value in values:
        try:
            found.add(dns.rdata.from_text("IN", kind, value, dns.name.from_text(f"{zone}."), relativize=False).to_text())
        except dns.exception.DNSException as wrong:
            raise UsageProblem(_("'{value}' is no value of a {kind} record").format(value=value, kind=kind), why=_reason(wrong)) from wrong
    return tuple(sorted(found))


def as_data(rrset: Rrset) -> dict[str, Any]:
    return {"name": rrset.name, "kind": rrset.kind, "values": list(rrset.values), "ttl": rrset.ttl}


def from_data(data: Mapping[str, Any]) -> Rrset:
    return Rrset(data["name"], data["kind"], tuple(data["values"]), data["ttl"])


def _holds(server: NameServer, rrset: Rrset) -> bool:
    if server.read(rrset.name, rrset.kind) != tuple(sorted(rrset.values)):
        return False
    return not rrset.values or server.lifetime(rrset.name, rrset.kind) == rrset.ttl


def _within(name: str, zone: str) -> bool:
    return name == zone or name.endswith(f".{zone}")


def _reason(problem: Exception) -> str:
    return str(problem).strip().rstrip(".") or type(problem).__name__


def _key(access: Dns) -> Key:
    import dns.exception
    import dns.tsig

    try:
        return dns.tsig.Key(access.key_name, resolve(access.key))
    except (binascii.Error, ValueError, dns.exception.DNSException) as broken:
        raise UsageProblem(
            _("the key {key} of the name server is not base64").format(key=access.key_name),
            why=str(broken),
            hint=_("`dns.key` names the secret as it stands in the server's key file"),
        ) from broken
