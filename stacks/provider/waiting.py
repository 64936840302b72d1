"""Waiting for an object to be ready, in the cluster, within its time."""

from __future__ import annotations

import time
from typing import Any

from ops.errors import CitynodeError, TimedOut
from stacks.cluster.objects import Objects, title_of
from stacks.provider.ready import NeverReady, Wait, wait_for

Tree = dict[str, Any]
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0


class NotReady(Exception):
    """The object was written and isn't ready: `live` is kept as its state, and the next run looks again."""

    def __init__(self, live: Tree, problem: CitynodeError) -> None:
        super().__init__(str(problem))
        self.live, self.problem = live, problem


def settled(objects: Objects, declared: Tree, live: Tree, *, seconds: float) -> Tree:
    """The live object once it is ready; `NotReady` if it doesn't get there, whatever the reason. Zero seconds: as its kind takes."""
    wait = wait_for(declared)
    if wait is None or (live["kind"] == "PersistentVolumeClaim" and _binds_late(objects, live)):
        return live
    watch = _Watch(objects, live)
    try:
        watch.until(Wait(seconds or wait.seconds, wait.missing))
    except NeverReady as broken:
        title = title_of(live)
        told = CitynodeError(f"{title} will not become ready", why=str(broken), hint=f"kubectl describe {title.lower()}")
        raise NotReady(watch.live, told) from broken
    except CitynodeError as problem:
        raise NotReady(watch.live, problem) from problem
    return watch.live


class _Watch:
    """An object looked at again and again."""

    def __init__(self, objects: Objects, live: Tree) -> None:
        self._objects, self.live = objects, live

    def until(self, wait: Wait) -> None:
        title, end, pause = title_of(self.live), time.monotonic() + wait.seconds, FIRST_PAUSE
        while missing := wait.missing(self.live):
            if time.monotonic() > end:
                hint = f"kubectl describe {title.lower()}; another run looks again"
                raise TimedOut(f"{title} is not ready after {wait.seconds:g} s", why=missing, hint=hint)
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            metadata = self.live["metadata"]
            found = self._objects.read(self.live["apiVersion"], self.live["kind"], metadata["name"], metadata.get("namespace", ""))
            if found is None:
                raise CitynodeError(f"{title} was deleted while it was waited for", why="somebody else works on it")
            self.live = found


def _binds_late(objects: Objects, claim: Tree) -> bool:
    """Whether the claim waits for its first pod, which may come long after."""
    name = claim["spec"].get("storageClassName")
    found = objects.read("storage.k8s.io/v1", "StorageClass", name) if name else None
    return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"
