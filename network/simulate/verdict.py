"""Before against after: which promises a change breaks, which were broken already, which it mends. Pure.

Only what the change itself breaks is held against it: the first push of an empty city breaks nothing, and a promise that
was broken before is shown and not refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from network.simulate.graph import NOTHING
from network.simulate.reach import Survival
from network.simulate.state import State, Worst
from ops.errors import PolicyRefused
from ops.language import _
from ops.plan import JsonObject

REACH, SURVIVE, ISOLATION, PARITY, LOAD = "reach", "survive", "isolation", "parity", "load"
FULL = 1.0
"""A line that is planned to carry more than it can is overloaded."""
WORSE = 0.05
"""A line that was overloaded already may carry so much more of its rate before that counts as another break."""
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Break:
    """A promise, where it is broken, and what was there before."""

    promise: str
    where: str
    before: str
    after: str

    def __str__(self) -> str:
        return _("{where} ({promise}: {before} before, {after} after)").format(
            where=self.where, promise=self.promise, before=self.before, after=self.after
        )

    def as_data(self) -> JsonObject:
        return {"promise": self.promise, "where": self.where, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Promise:
    """How far one promise is kept: shares of 0 to 1, before and after."""

    name: str
    of: Survival
    before: float
    after: float


@dataclass(frozen=True)
class Verdict:
    """What a change does to the promises."""

    before: State
    after: State

    @cached_property
    def broken(self) -> tuple[Break, ...]:
        """What the change breaks."""
        return (*self._reach(), *self._survive(), *self._sets(), *self._load())

    @cached_property
    def already(self) -> tuple[Break, ...]:
        """What was broken before and still is: not the change's fault."""
        found = []
        for old, new in self._both():
            if new.now == new.everything:
                continue  # nobody speaks this family there: nothing is promised yet
            found += [Break(REACH, f"{pair} over {new.over}", _("no way"), _("no way")) for pair in new.named(old.now & new.now)]
            found += [
                Break(SURVIVE, f"{pair} over {new.over}", _("hangs on one part"), _("hangs on one part"))
                for pair in new.named(old.single & new.single & ~new.now)
            ]
        found += [Break(ISOLATION, leak, _("leaks"), _("leaks")) for leak in sorted(self.before.leaks & self.after.leaks)]
        found += [Break(PARITY, gap, _("differs"), _("differs")) for gap in sorted(self.before.unlike & self.after.unlike)]
        found += [
            Break(LOAD, link, _percent(self.before.loads[link].use), _percent(load.use))
            for link, load in self.after.loads.items()
            if load.use > FULL and self.before.loads[link].use >= load.use
        ]
        return tuple(found)

    @property
    def promises(self) -> tuple[Promise, ...]:
        """Reach now, and reach under every single failure, in each family and in each plane that is made."""
        found = []
        for old, new in self._both():
            if new.plane and old.now == new.now == new.everything:
                continue
            found.append(Promise(REACH, new, old.share(old.now), new.share(new.now)))
            found.append(Promise(SURVIVE, new, old.share(old.single), new.share(new.single)))
        return tuple(found)

    @property
    def busiest(self) -> list[Worst]:
        """The lines, the busiest first, with their worst single failure."""
        return sorted(self.after.worst.values(), key=lambda one: (-self.after.loads[one.load.link].use, -one.load.use, one.load.link))

    def as_data(self, *, most: int = SHOWN) -> JsonObject:
        return {
            "ok": not self.broken,
            "promises": [
                {
                    "promise": one.name,
                    "plane": one.of.plane,
                    "family": one.of.family,
                    "before": round(one.before, 4),
                    "after": round(one.after, 4),
                }
                for one in self.promises
            ],
            "leaks": sorted(self.after.leaks),
            "unlike_filters": sorted(self.after.unlike),
            "overloaded": [link for link, load in self.after.loads.items() if load.use > FULL],
            "overloaded_by_one_failure": [
                {"link": link, "when": str(worst.when), "use": round(worst.load.use, 4)}
                for link, worst in self.after.worst.items()
                if worst.load.use > FULL and worst.when != NOTHING
            ],
            "busiest": [self._line(worst) for worst in self.busiest[:most]],
            "broken": [one.as_data() for one in self.broken[:most]],
            "broken_count": len(self.broken),
            "already_broken": [one.as_data() for one in self.already[:most]],
            "already_broken_count": len(self.already),
        }

    def raise_on_error(self) -> None:
        """PolicyRefused names the first promises that the change breaks, and where."""
        if not self.broken:
            return
        shown = "; ".join(str(one) for one in self.broken[:3]) + (" …" if len(self.broken) > 3 else "")
        raise PolicyRefused(
            _("this change would break {count} promise(s) of the plan").format(count=len(self.broken)),
            why=shown,
            hint=_(
                "citynode net simulate shows them all; mend the city's data, or push with --override REASON, which the audit trail keeps"
            ),
            broken=[one.as_data() for one in self.broken],
        )

    def _both(self) -> Iterator[tuple[Survival, Survival]]:
        """Reach before and after, of everything that is promised."""
        yield from ((self.before.survivals[key], new) for key, new in self.after.survivals.items())

    def _line(self, worst: Worst) -> JsonObject:
        load, old = self.after.loads[worst.load.link], self.before.loads[worst.load.link]
        return {
            "link": load.link,
            "rate_mbit": load.rate_mbit,
            "before": round(old.use, 4),
            "use": round(load.use, 4),
            "there_mbit": round(load.there, 2),
            "back_mbit": round(load.back, 2),
            "worst": round(worst.load.use, 4),
            "worst_when": str(worst.when),
        }

    def _reach(self) -> Iterator[Break]:
        for old, new in self._both():
            for pair in new.named(new.now & ~old.now):
                yield Break(REACH, f"{pair} over {new.over}", _("reached"), _("no way"))

    def _survive(self) -> Iterator[Break]:
        """A pair once, with the first failure that now takes it apart; not those that no longer reach each other at all."""
        for old, new in self._both():
            told = new.now
            for without, lost in new.lost.items():
                fresh = lost & ~old.lost[without] & ~told
                told |= fresh
                for pair in new.named(fresh):
                    yield Break(SURVIVE, f"{pair} over {new.over}", _("reached without {part}").format(part=without), _("no way"))

    def _sets(self) -> Iterator[Break]:
        for leak in sorted(self.after.leaks - self.before.leaks):
            yield Break(ISOLATION, leak, _("apart"), _("leaks"))
        for gap in sorted(self.after.unlike - self.before.unlike):
            yield Break(PARITY, gap, _("alike"), _("differs"))

    def _load(self) -> Iterator[Break]:
        """Lines that become overloaded, or clearly more so; where some demands had no way before, nothing can be compared."""
        if self.before.routed.unrouted:
            return
        for link, load in self.after.loads.items():
            old = self.before.loads[link].use
            if load.use > FULL and (old <= FULL or load.use > old + WORSE):
                yield Break(LOAD, link, _percent(old), _percent(load.use))


def _percent(share: float) -> str:
    return f"{share:.0%}"
