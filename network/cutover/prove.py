"""Proof by packets: who is to reach a service reaches it, and nothing passes between the planes, in both families.

A shot is one question from one place to one address: an echo or a connection to a service, which may speak whatever it likes. Judging
shots is pure. What can't be asked (a host that is down) is an error and never counted as silence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address

from city.addressing import addressing
from city.model import SiteKind
from network.cutover.errors import IsolationBroken, ServiceSilent
from network.cutover.plan import Cutover, Inside
from network.desk import Desk
from network.devices.shells import Shells, side_by_side
from network.errors import NoVantage
from network.push.outside import observers
from ops.language import _
from ops.plan import JsonObject

Address = IPv4Address | IPv6Address
ECHO = 0
"""The port that stands for ICMP echo."""
PATIENCE, SILENCE = 40.0, 1.2
"""Seconds that something may take to answer (a new route first, then the answer); seconds of silence that count as none."""
INSIDE, USER, STRANGER, ACROSS = "inside", "user", "stranger", "across"
"""Kinds: within the private network; from an enclave that may; from one that may not; between the planes."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A question, what is to come of it, and what came."""

    kind: str
    source: str
    target: Address
    port: int
    service: str = ""
    """What the service that answers has to call itself, if it says a name."""
    answered: bool = False

    @property
    def is_wanted(self) -> bool:
        return self.kind in (INSIDE, USER)

    @property
    def is_right(self) -> bool:
        return self.answered is self.is_wanted

    def __str__(self) -> str:
        how = _("echo") if self.port == ECHO else f"tcp {self.port}"
        return f"{self.source} -> {self.target} ({how})"


@dataclass(frozen=True, slots=True)
class Proof:
    """All shots of one look."""

    shots: tuple[Shot, ...]

    @property
    def wrong(self) -> tuple[Shot, ...]:
        return tuple(shot for shot in self.shots if not shot.is_right)

    @property
    def leaks(self) -> tuple[Shot, ...]:
        return tuple(shot for shot in self.wrong if not shot.is_wanted)

    def as_data(self) -> JsonObject:
        return {
            "ok": not self.wrong,
            **{kind: self._count(kind) for kind in (INSIDE, USER, STRANGER, ACROSS)},
            "wrong": [str(shot) for shot in self.wrong],
        }

    def raise_on_wrong(self) -> None:
        """IsolationBroken for what passed and may not; ServiceSilent for what did not pass and has to."""
        if self.leaks:
            raise IsolationBroken(
                _("{count} packets passed that may not: {shots}").format(count=len(self.leaks), shots=", ".join(map(str, self.leaks[:4]))),
                why=_("somewhere a host or a router joins what is to be apart"),
                hint=_("look for a host with a leg in both planes, a route target too many, or a rule at the border"),
            )
        if self.wrong:
            raise ServiceSilent(
                _("{count} questions had no answer: {shots}").format(count=len(self.wrong), shots=", ".join(map(str, self.wrong[:4]))),
                why=_("asked for {seconds:g} s").format(seconds=PATIENCE),
                hint=_("citynode net cutover status shows how far the cutover is; citynode lab status shows what is down"),
            )

    def _count(self, kind: str) -> JsonObject:
        found: JsonObject = {}
        for version in (4, 6):
            shots = [shot for shot in self.shots if shot.kind == kind and shot.target.version == version]
            found[f"ipv{version}"] = {"asked": len(shots), "answered": sum(shot.answered for shot in shots)}
        return found


def inside_shots(cut: Cutover, *, old: bool) -> list[Shot]:
    """Every host asks every other: by its old address, or by what its own network knows it by in the end, and IPv6."""
    found = []
    for source in cut.hosts:
        for move in cut.hosts:
            if move is not source:
                found.append(Shot(INSIDE, source.name, move.old.ip if old else move.inside, move.port, move.name))
                if not old:
                    found.append(Shot(INSIDE, source.name, move.ipv6.ip, move.port, move.name))
    return found


def user_shots(cut: Cutover, users: Iterable[Inside], kind: str = USER) -> list[Shot]:
    """Enclaves ask every service by its new addresses in both families."""
    return [
        Shot(kind, user.enclave.name, address, move.port, move.name)
        for user in users
        for move in cut.hosts
        for address in (move.new.ip, move.ipv6.ip)
    ]


def across_shots(cut: Cutover, sites: Sequence[str]) -> list[Shot]:
    """From the common plane into this one and back: echoes and requests, both families."""
    into = [(address, port) for move in cut.hosts for address in (move.new.ip, move.ipv6.ip) for port in (ECHO, move.port)]
    into += [(address, ECHO) for found in cut.enclaves for address in (found.ipv4.ip, found.ipv6.ip)]
    out = [address for address in _common(cut, sites) if not any(address in network for network in cut.old_ranges if address.version == 4)]
    found = [Shot(ACROSS, site, address, port) for site in sites for address, port in into]
    found += [Shot(ACROSS, host.name, address, ECHO) for host in cut.hosts for address in out]
    return found + [Shot(ACROSS, user.enclave.name, address, ECHO) for user in cut.enclaves for address in out]


def common_sites(cut: Cutover, known: Iterable[str]) -> tuple[str, ...]:
    """Hosts of the common plane that can be asked: the centres, and one room, the province and the internet."""
    there = set(known)
    sites = [site for site in cut.city.sites if site.name in there]
    chosen = [site.name for site in sites if site.kind is SiteKind.CENTRE]
    for kind in (SiteKind.ROOM, SiteKind.PROVINCE, SiteKind.INTERNET):
        chosen += [site.name for site in sites if site.kind is kind][:1]
    return tuple(chosen)


def shoot(shells: Shells, shots: Sequence[Shot], say: Callable[[str], None] = lambda _text: None) -> Proof:
    """Ask everything, each source all of its questions at once; sources side by side."""
    say(_("{count} questions from {places} places").format(count=len(shots), places=len({shot.source for shot in shots})))
    jobs: dict[tuple[str, bool], list[Shot]] = {}
    for shot in shots:
        jobs.setdefault((shot.source, shot.is_wanted), []).append(shot)
    answers = side_by_side(lambda job: _ask(shells, job[0][0], job[1], wanted=job[0][1]), jobs.items())
    return judge([each for found in answers for each in found])


def judge(heard: Sequence[tuple[Shot, JsonObject]]) -> Proof:
    """What came of every shot. Who calls itself something else is somebody else, and no answer where one is wanted.

    A service need not say a name; but one that said it to anybody has to say it to all.
    """
    named = {shot.service for shot, answer in heard if answer["answers"] and answer["service"] == shot.service != ""}

    def is_answer(shot: Shot, answer: JsonObject) -> bool:
        is_own = answer["service"] == shot.service or (not answer["service"] and shot.service not in named)
        return bool(answer["answers"]) and (is_own or not shot.is_wanted or not shot.service)

    return Proof(tuple(replace(shot, answered=is_answer(shot, answer)) for shot, answer in heard))


def routers_shots(desk: Desk, cut: Cutover, most: int = 3) -> list[Shot]:
    """The extranet's own routers try to reach the plane: answered or not; those that can't measure in a family are left out."""
    targets: list[Address] = [address for move in cut.hosts for address in (move.new.ip, move.ipv6.ip)]
    targets += [address for inside in cut.enclaves for address in (inside.ipv4.ip, inside.ipv6.ip)]

    def ask(job: tuple[str, int]) -> list[Shot]:
        router, version = job
        family = [address for address in targets if address.version == version]
        try:
            counts = desk.prober.probe(router, family, count=2, interval_ms=100)
        except NoVantage:
            return []
        return [Shot(ACROSS, router, address, ECHO, "", counts[address].is_reached) for address in family]

    jobs = [(router, version) for router in observers(cut.city)[:most] for version in (4, 6)]
    return [shot for shots in side_by_side(ask, jobs) for shot in shots]


def _ask(shells: Shells, source: str, shots: Sequence[Shot], *, wanted: bool) -> list[tuple[Shot, JsonObject]]:
    patience = PATIENCE if wanted else SILENCE
    targets = json.dumps([[str(shot.target), shot.port] for shot in shots])
    said = json.loads(shells.python(source, "reach.py", targets, str(patience), timeout=patience * 3 + 30))
    heard: Mapping[tuple[Address, int], JsonObject] = {(ip_address(each["address"]), int(each["port"])): each for each in said}
    return [(shot, heard[shot.target, shot.port]) for shot in shots]


def _common(cut: Cutover, sites: Sequence[str]) -> list[Address]:
    plan = addressing(cut.city)
    found: list[Address] = []
    for name in observers(cut.city)[:2]:
        found += [plan.loopback(name).ipv4, plan.loopback(name).ipv6]
    for site in sites:
        lan = plan.lan(site)
        found += [lan.ipv4.ip, lan.ipv6.ip] if lan else []
    return found
