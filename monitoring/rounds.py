"""Rounds of polling one after the other, with the rates between them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import count
from time import monotonic, sleep

from monitoring.askers import make_asker_in_loop
from monitoring.model import Reading, Round, Target
from monitoring.poll import poll_round
from monitoring.rates import Rate, rates


def poll_rounds(targets: Sequence[Target], *, interval: float, rounds: int, backend: str = "") -> Iterator[tuple[Round, tuple[Rate, ...]]]:
    """A round every `interval` seconds, `rounds` of them (0: without end), each with the rates since the round before."""
    before: dict[str, Reading] = {}
    with asyncio.Runner() as runner:
        asker = runner.run(make_asker_in_loop(backend))
        try:
            for number in count(1):
                begun = monotonic()
                found = runner.run(poll_round(targets, asker))
                yield (
                    found,
                    tuple(
                        rate for device, reading in found.readings.items() if device in before for rate in rates(before[device], reading)
                    ),
                )
                if number == rounds:
                    return
                before = {**before, **found.readings}  # a device that missed a round has its rate over both
                sleep(max(0.0, interval - (monotonic() - begun)))
        finally:
            asker.close()
