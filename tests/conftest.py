"""The shipped cities, read once; and who runs which tests."""

from __future__ import annotations

import gc
import os
from typing import Any

import pytest

from city.load import load_city
from city.model import City
from ops.brief import collect_rarely
from tests.turns import OWN, STEPS_BACK, Turns

collect_rarely()  # a fifth of the processor time of the tests without a lab went into looking for garbage


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Turns | None:
    """Ours where files are dealt out."""
    return Turns(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Whose way is shorter steps back behind those with a longer one."""
    if node.config.getoption("dist") == "loadfile":
        node.workerinput["nice"] = STEPS_BACK[OWN.get(node.gateway.id, "")]


def pytest_collection_finish() -> None:
    gc.freeze()  # modules and tests all stay: nobody need look through them again


def pytest_sessionstart(session: pytest.Session) -> None:
    os.nice(getattr(session.config, "workerinput", {}).get("nice", 0))


@pytest.fixture(scope="session")
def tiny() -> City:
    return load_city("tiny")


@pytest.fixture(scope="session")
def shanwei() -> City:
    return load_city("shanwei")
