"""The names of a private network's hosts in the city's DNS: at their old addresses before the cutover, at the extranet's after it.

What a name held is kept in the store before anything of it is changed, so that going back needs no memory. The records are made
short-lived first, and switched when nobody can have them for longer any more. Judging is pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from network.cutover.errors import ServiceSilent
from network.cutover.plan import Cutover
from network.dns.server import NameServer, Rrset
from ops.language import _
from ops.plan import JsonObject

SHORT, USUAL, MOST = 5, 300, 600
"""Lifetimes in seconds: from a cutover's begin until it is retired; of a name that had no record; the most that a run waits for."""


def before(cut: Cutover) -> tuple[Rrset, ...]:
    """What the city's DNS is to hold as long as the network is on its own."""
    return tuple(
        rrset
        for move in cut.hosts
        for name in move.names
        for rrset in (Rrset(name, "A", (str(move.old.ip),), USUAL), Rrset(name, "AAAA", (), USUAL))
    )


def after(cut: Cutover, ttl: int = SHORT) -> tuple[Rrset, ...]:
    """The addresses under which the extranet reaches the hosts, in both families."""
    return tuple(
        Rrset(name, kind, (str(address),), ttl)
        for move in cut.hosts
        for name in move.names
        for kind, address in (("A", move.new.ip), ("AAAA", move.ipv6.ip))
    )


def held(server: NameServer, cut: Cutover) -> tuple[Rrset, ...]:
    """What the server holds now under the hosts' names; raises `Unreachable` where it doesn't answer."""
    return tuple(
        Rrset(each.name, each.kind, server.read(each.name, each.kind), server.lifetime(each.name, each.kind) or USUAL)
        for each in before(cut)
    )


def judge(cut: Cutover, found: Iterable[Rrset]) -> list[tuple[str, str, bool]]:
    """Every name that is not as the city says: name, what differs, whether it keeps a cutover from being begun. Pure."""
    wanted = {(each.name, each.kind): each.values for each in before(cut)}
    problems = []
    for each in found:
        values, own = each.values, wanted[each.name, each.kind]
        if not values and own:
            problems.append((each.name, _("it has no record; the cutover makes one"), False))
        elif values != own:
            text = _("its {kind} is {found}, the city says {wanted}")
            said = text.format(kind=each.kind, found=", ".join(values), wanted=", ".join(own) or _("none"))
            problems.append((each.name, said, True))
        elif values and each.ttl > MOST:
            text = _("it may be remembered for {seconds} s, and a cutover waits for {most} s at most: shorten its TTL a day before")
            problems.append((each.name, text.format(seconds=each.ttl, most=MOST), True))
    return problems


def longest(found: Sequence[Rrset]) -> int:
    """Seconds for which somebody may remember one of them."""
    return max((each.ttl for each in found if each.values), default=0)


def shortened(found: Iterable[Rrset]) -> tuple[Rrset, ...]:
    """The records with a short life."""
    return tuple(Rrset(each.name, each.kind, each.values, min(each.ttl, SHORT)) for each in found if each.values)


def usual(cut: Cutover, found: Iterable[Rrset]) -> tuple[Rrset, ...]:
    """The new records with the lifetime that the names had before."""
    lives = {each.name: each.ttl for each in found if each.values}
    return tuple(Rrset(each.name, each.kind, each.values, lives.get(each.name, USUAL)) for each in after(cut))


def as_rows(cut: Cutover, found: Sequence[Rrset]) -> list[JsonObject]:
    """What becomes of every name, as the plan shows it."""
    lives = {each.name: each.ttl for each in found if each.values}
    return [
        {
            "name": name,
            "host": move.name,
            "old": str(move.old.ip),
            "new": str(move.new.ip),
            "ipv6": str(move.ipv6.ip),
            "ttl": lives.get(name),
        }
        for move in cut.hosts
        for name in move.names
    ]


def raise_on_others(server: NameServer, cut: Cutover) -> None:
    """ServiceSilent with every name that doesn't lead to its new addresses."""
    wrong = [f"{each.name} {each.kind}" for each in after(cut) if server.read(each.name, each.kind) != each.values]
    if wrong:
        raise ServiceSilent(
            _("names do not lead to their new addresses: {names}").format(names=", ".join(wrong)),
            why=_("somebody else changed them, or the name server lost an update"),
            hint=f"citynode net cutover rollback {cut.network.name}",
        )
