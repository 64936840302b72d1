"""Which process runs which file of tests on the lab, and when: how `pytest -n 3 --dist loadfile` is kept busy to its end.

The first process takes the files of `tests/lab/centres`, so that its lab alone has all parts; the others take the rest. Who has
nothing left takes what there is. Files that last long go first, so that nobody is left alone with one at the end.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

CENTRES = "tests/lab/centres/"
LONG = (
    "test_move", "test_stack", "test_drill", "test_guard", "test_ci",
    "test_cutover", "test_push", "test_ipv6", "test_ansible", "test_lab", "test_monitoring", "test_stack_plan", "test_simulate",
    "test_programs", "test_filters", "test_gateways",
)  # fmt: skip
"""The longest first, by `--durations=0`. What isn't named comes after these, files with more tests first."""


class Turns(LoadFileScheduling):  # type: ignore[misc]  # pytest-xdist's own, which it offers for this
    """A file at a time for each process, in the order of above."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        is_first = node.gateway.id == "gw0"
        own = [file for file in self.workqueue if file.startswith(CENTRES) is is_first]
        self.workqueue.move_to_end(min(own or self.workqueue, key=_rank), last=False)
        super()._assign_work_unit(node)


def _rank(file: str) -> int:
    """The file's place in the order; equal ones stay as pytest-xdist put them."""
    name = file.rpartition("/")[2].removesuffix(".py")
    return LONG.index(name) if name in LONG else len(LONG)
