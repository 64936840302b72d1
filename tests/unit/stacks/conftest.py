from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from city.model import City, System

SYSTEM: dict[str, Any] = {
    "name": "permits", "title": {"zh": "许可", "en": "permits"}, "kind": "self-built", "department": "archives", "mlps": 2,
    "tier": "application", "plane": "common", "data_gb": 1, "write_mbit": 1, "bandwidth_mbit": 4, "runs_at": "room-archives",
    "quota": {"cpu_millis": 1500, "memory_mib": 3072, "storage_gib": 50, "pods": 12}, "wave": 2020, "review_after": "2027-06-30",
}  # fmt: skip


@pytest.fixture
def with_system(tiny: City) -> Callable[..., City]:
    """The tiny city with one more system, `permits`, of which the named fields are as given."""

    def make(**fields: Any) -> City:
        return tiny.model_copy(update={"systems": (*tiny.systems, System.model_validate({**SYSTEM, **fields}))})

    return make
