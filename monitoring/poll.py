"""One round of polling: many devices at once, bounded, in one event loop; a bad device never hides the others.

targets --ask (at most `concurrency` at a time, one retry)--> answers --ifmib--> readings --> Round
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter

from monitoring import ifmib
from monitoring.agent import Answer, Asker
from monitoring.errors import BadAnswer, NoAnswer
from monitoring.model import Outcome, Reading, Round, Target
from ops.errors import CitynodeError
from ops.language import _

CONCURRENCY = 24
TIMEOUT_SECONDS = 1.5
"""For one exchange of packets; a management network answers within milliseconds."""


async def poll_round(
    targets: Sequence[Target], asker: Asker, *, concurrency: int = CONCURRENCY, patience: float = TIMEOUT_SECONDS
) -> Round:
    """Ask every device once; their outcomes stand in the order of the targets."""
    at, begun = datetime.now(UTC), perf_counter()
    gate = asyncio.Semaphore(concurrency)

    async def one(target: Target) -> Outcome:
        async with gate:
            return await _outcome(target, asker, patience)

    outcomes = await asyncio.gather(*(one(target) for target in targets))
    return Round(at, perf_counter() - begun, tuple(outcomes))


async def _outcome(target: Target, asker: Asker, patience: float) -> Outcome:
    begun = perf_counter()
    try:
        reading = await _read(target, asker, patience)
    except CitynodeError as problem:
        return Outcome(target.device, perf_counter() - begun, problem=problem)
    except ValueError as broken:
        return Outcome(target.device, perf_counter() - begun, problem=_nonsense(target, broken))
    return Outcome(target.device, perf_counter() - begun, reading=reading)


async def _read(target: Target, asker: Asker, patience: float) -> Reading:
    columns = list(ifmib.COLUMNS.values())
    try:
        answer = await asker.ask(target, ifmib.SCALARS, columns, patience=patience)
    except NoAnswer:  # a datagram may get lost: once more, from the beginning
        answer = await asker.ask(target, ifmib.SCALARS, columns, patience=patience)
    return ifmib.reading(target, datetime.now(UTC), answer.scalars, _named(answer))


def _named(answer: Answer) -> dict[str, dict[int, ifmib.Value]]:
    return {name: answer.columns[oid] for name, oid in ifmib.COLUMNS.items()}


def _nonsense(target: Target, broken: ValueError) -> BadAnswer:
    return BadAnswer(
        _("{device} answers SNMP with something that is none").format(device=target.device), why=str(broken),
        hint=_("does its agent serve IF-MIB (RFC 2863) as the standard says?"), device=target.device,
    )  # fmt: skip
