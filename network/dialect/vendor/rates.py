"""Burst sizes as each vendor works them out and prints them, so that what we type is what is read back."""

from __future__ import annotations

VRP_CBS, VRP_PBS = 188, 313
"""Bytes of burst for each kbit/s of rate (Huawei S and AR command references, `qos car`)."""

COMWARE_CBS, COMWARE_STEP = 62.5, 512
"""Milliseconds of the rate in bytes, rounded up to a step (H3C S6812 command reference, `qos car`)."""


def bursts(kbit: int, *, comware: bool) -> dict[str, int]:
    """What the phrase of a limit takes."""
    if comware:
        return {"kbit": kbit, "cbs": -(-int(kbit * COMWARE_CBS) // COMWARE_STEP) * COMWARE_STEP}
    return {"kbit": kbit, "cbs": kbit * VRP_CBS, "pbs": kbit * VRP_PBS}
