"""Pulumi's Python SDK at a thousand resources: what it does slowly, mended while a program of ours runs.

Measured with 770 resources in one stack, processor seconds of the program's process: 9.5 as it comes, 1.9 mended.
- It waits for outputs one at a time, each time over all that are left: quadratic. Waiting for all at once is the same.
- It sends every debug message to the engine and waits for the answer: four round trips per resource.
- It records a Python stack trace with every resource, reading sources as it goes; the state file doubles, with this
  machine's paths in it.
- It works out, as outputs of outputs, a name for each resource that only its own tests need, and one for each older type that
  a kind of Kubernetes ever had, which only children of such a resource need; ours have none. A fifth of what was left.

The SDK's version is pinned; a place that a later one no longer has is left alone (a test says so).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pulumi.log
import pulumi.resource
import pulumi.runtime.resource
import pulumi.runtime.stack
from pulumi.runtime.proto import source_pb2


@contextmanager
def tuned() -> Iterator[None]:
    """The SDK without its brakes, in all threads of this process, until the block ends."""
    with ExitStack() as mended:
        for owner, name, replacement in places():
            if hasattr(owner, name):
                mended.enter_context(patch.object(owner, name, replacement))
        yield


def places() -> tuple[tuple[Any, str, Any], ...]:
    """Where the SDK is mended, and with what."""
    eager = SimpleNamespace(**{name: getattr(asyncio, name) for name in asyncio.__all__ if name != "wait"}, wait=_wait_for_all)
    return (
        (pulumi.runtime.stack, "asyncio", eager),
        (pulumi.log, "debug", _say_nothing),
        (pulumi.runtime.resource, "_get_stack_trace", source_pb2.StackTrace),
        (pulumi.runtime.resource, "create_urn", _NoName),
        (pulumi.resource, "collapse_alias_to_urn", _say_nothing),
    )


class _NoName:
    """Stands for a name that nobody asks for."""

    def __init__(self, *_: object) -> None:
        """Whatever it would be the name of."""

    async def future(self) -> str:
        return ""


async def _wait_for_all(tasks: Iterable[asyncio.Task[Any]], **_: object) -> tuple[set[asyncio.Task[Any]], set[asyncio.Task[Any]]]:
    """`asyncio.wait` until every task is done or one has failed; the caller awaits those that are done."""
    return await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)


def _say_nothing(*_: object, **__: object) -> None:
    """A debug message that nobody reads."""
