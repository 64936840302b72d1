"""Which process runs which file, and when: how `pytest -n 4 --dist loadfile` is kept busy to its end.

The first process takes the files of `tests/lab/centres`, so that its lab alone has all parts; the next two take the rest of
`tests/lab`, each with a lab of its own; every other takes what needs no lab, which fills the time that those wait for. Who has
nothing left takes what there is, but nobody brings up one more lab for it. Files that last long go first, so that nobody is left
alone with one at the end.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

LAB = "tests/lab/"
CENTRES = "tests/lab/centres/"
LONG = (
    "test_whole", "test_move", "test_stack", "test_drill", "test_guard", "test_ci", "test_cutover", "test_push", "test_full_city",
    "test_ipv6", "test_ansible", "test_lab", "test_monitoring", "test_provider", "test_stack_faults", "test_stack_plan", "test_simulate",
    "test_preview", "test_programs", "test_filters", "test_rollout", "test_gateways", "test_vendors", "test_room", "test_mixed_push",
    "test_run", "test_plan",
)  # fmt: skip
"""The longest first, by `--durations=0`, but for one that mostly waits: that leaves its processors to the others while they need them.
Those that share a control plane follow each other.
What isn't named comes after these, files with more tests first."""
OWN = {"gw0": CENTRES, "gw1": LAB, "gw2": LAB}
STEPS_BACK = {CENTRES: 0, LAB: 1, "": 3}
"""How nice a process is to the others (nice(1)), by what it takes first: the longest way has the processors when it wants them. A
minute and a half after all others had ended, the centres' files still ran."""


class Turns(LoadFileScheduling):  # type: ignore[misc]  # pytest-xdist's own, which it offers for this
    """A file at a time for each process, in the order of above."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        own = OWN.get(node.gateway.id, "")
        files = [file for file in self.workqueue if _place(file) == own] or self._without_lab() or self.workqueue
        self.workqueue.move_to_end(min(files, key=_rank), last=False)
        super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        if node.gateway.id in OWN or self._without_lab():
            super()._reschedule(node)
        elif not node.shutting_down:
            node.shutdown()

    def _without_lab(self) -> list[str]:
        """What is left of the files that need no lab."""
        return [file for file in self.workqueue if not _place(file)]


def _place(file: str) -> str:
    """The folder of the files that run in the same labs as this one; empty for one without a lab."""
    return next((folder for folder in (CENTRES, LAB) if file.startswith(folder)), "")


def _rank(file: str) -> int:
    """The file's place in the order; equal ones stay as pytest-xdist put them."""
    name = file.rpartition("/")[2].removesuffix(".py")
    return LONG.index(name) if name in LONG else len(LONG)
