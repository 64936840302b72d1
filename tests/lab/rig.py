"""A running lab as tests see it: commands through the real program, answers as data."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab import leftovers, slots
from tests.program import PROGRAM, ROOT, Ended, citynode
from tests.waiting import wait_until

if TYPE_CHECKING:
    from city.model import City
    from lab.box import Box
    from ops.access import Access


@dataclass(frozen=True)
class Rig:
    """A lab and the state folder that it stands in."""

    state: Path
    name: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str, env: Mapping[str, str] | None = None, timeout: float = 240) -> Ended:
        """Run `citynode WORDS` to its end, whatever it answers."""
        return citynode(*words, environment={**os.environ, **self._own(), **(env or {})}, timeout=timeout)

    def ok(self, *words: str, env: Mapping[str, str] | None = None, timeout: float = 240) -> Any:
        """The data of a command that must succeed."""
        done = self.run(*words, "-o", "json", env=env, timeout=timeout)
        assert done.code == 0, f"citynode {' '.join(words)}: exit {done.code}\n{done.out[-2000:]}\n{done.err[-3000:]}"
        return done.data

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Begin a command and go on beside it; use it with `with`, and `communicate` for its answer."""
        return subprocess.Popen(
            [*PROGRAM, *words], cwd=ROOT, env={**os.environ, **self._own()},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def killed(self, point: str, *words: str, timeout: float = 240) -> None:
        """Run a command that kills itself, as `kill -9` would, at `NAME[:before|:after]` (`ops.killpoint`)."""
        done = self.run(*words, env={"CITYNODE_KILL_AT": point}, timeout=timeout)
        assert done.code == -9, f"it was to die at {point}, but ended with {done.code}\n{done.out[-1000:]}\n{done.err[-2000:]}"

    @cached_property
    def access(self) -> Access:
        from ops.reach import load_access

        return load_access(self.state / "labs" / self.name / "access.yaml")

    @cached_property
    def city(self) -> City:
        from city.load import load_city

        return load_city(self.access.city)

    def box(self) -> Box:
        """The lab from inside, as it stands now: for looking at what commands can't show, never for what they can."""
        from lab.labs import open_lab

        return open_lab(self.state, self.name)

    def _own(self) -> dict[str, str]:
        return {"CITYNODE_STATE": str(self.state), "LANG": "C.UTF-8", **self.environment}


def own_rig(state: Path, name: str) -> Rig:
    """A lab of this process's own that isn't up yet: it is stale, and may be cleaned, once the process has gone."""
    return Rig(state, f"{name}-{os.getpid()}", {"CITYNODE_LAB_OWNER": str(os.getpid())})


def traces(rig: Rig, slot: int | None = None) -> tuple[str, ...]:
    """What of the lab is on the machine; a lab that is down no longer says which slot it had."""
    return leftovers.traces(rig.name, folder=rig.state / "labs" / rig.name, slot=slot)


def take_down(rig: Rig) -> None:
    """End the lab, and see that nothing of it stays."""
    slot = next((claim.slot for claim in slots.claims() if claim.name == rig.name), None)
    ended = rig.run("lab", "down", "--name", rig.name, timeout=120)
    assert (left := traces(rig, slot)) == (), f"{left}: {ended.err}"
    assert ended.code == 0, ended.err


def health(lab: Rig) -> dict[tuple[str, str], dict[str, Any]]:
    """Every line of the lab's status, by kind and name."""
    return {(item["kind"], item["name"]): item for item in lab.ok("lab", "status")["health"]}


def await_whole(lab: Rig, seconds: float = 60) -> None:
    """Return when everything is up again, and nothing is broken on purpose."""

    def look() -> dict[str, Any]:
        found = lab.ok("lab", "status")
        parts = [name for name, state in found["parts"].items() if state != "up"]
        return {"faults": found["faults"], "unwell": [*parts, *(item for item in found["health"] if item["state"] != "up")]}

    assert wait_until(look, lambda found: not found["unwell"], seconds=seconds, pause=0.5)["faults"] == []
