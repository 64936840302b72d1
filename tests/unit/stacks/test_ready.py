"""When an object of each kind counts as made: one file a case, as the API server would show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ops import yaml
from stacks.provider.ready import NeverReady, wait_for

CASES = sorted((Path(__file__).parents[2] / "cases" / "stacks" / "ready").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_an_object_is_ready_when_its_case_says_so(path: Path) -> None:
    case: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"))
    wait = wait_for(case["object"])
    if "never" in case:
        assert wait is not None
        with pytest.raises(NeverReady) as raised:
            wait.missing(case["object"])
        assert str(raised.value) == case["never"]
    elif "missing" in case:
        assert wait is not None
        assert wait.missing(case["object"]) == case["missing"]
        assert wait.seconds == case.get("seconds", wait.seconds)
    else:
        assert wait is None
