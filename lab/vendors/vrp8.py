"""VRP 8: lines gather in a candidate until they are committed, for good or on trial.

Words as in Huawei's NE8000 command reference (`commit`, `abort trial`); those of `display configuration trial status` are made up
after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.vendors.shell import Command, Shell
from lab.vendors.store import LineRefused, View

COMMIT = re.compile(r"commit(?: trial(?: (?P<seconds>\d+))?)?(?: label \S+)?(?: persist \S+)?(?: description (?P<text>.{1,60}))?$")
LEAST, MOST, DEFAULT = 60, 65535, 600


class Vrp8Shell(Shell):
    """One session with its candidate."""

    entering = ("Enter system view, return user view with return command.",)
    head = ("!Software Version V800R021C10SPC600", "!Last configuration was saved at 2026-01-01 08:00:00 UTC")

    def commands(self) -> dict[str, Command]:
        found = super().commands()
        found["display configuration trial status"] = self._show_trial
        found["display configuration commit list"] = self._show_commits
        if self.path:
            found["commit"] = self._commit
            found["abort trial"] = self._abort
            found["clear configuration candidate"] = lambda _line: self._forget()
        return found

    def mark(self) -> str:
        return "*" if self._gathered else "~"

    def enter(self) -> None:
        self._forget()
        super().enter()

    def tree(self) -> View:
        return self._candidate

    def take(self, line: str) -> None:
        depth = len(self.path)
        headers = tuple(view.header for view in self.path[1:])
        before = [list(view.lines) for view in self.path]
        super().take(line)
        if len(self.path) != depth or before != [list(view.lines) for view in self.path] or line.startswith("undo "):
            self._gathered.append((headers, line))

    def leave(self, *, everything: bool = False) -> None:
        if self._gathered and (everything or len(self.path) == 1):
            answer = self.console.ask("Warning: Uncommitted configurations found. Are you sure to commit them before exiting? [Y/N]:")
            self.box.answers.append(answer)
            if answer in ("y", "yes"):
                self._commit("commit")
        super().leave(everything=everything)
        if not self.path:
            self._forget()

    def _forget(self) -> None:
        self._candidate = self.box.running.copied()
        self._gathered: list[tuple[tuple[str, ...], str]] = []
        if self.path:
            self.path = [self._candidate]

    def _commit(self, line: str) -> None:
        found = COMMIT.fullmatch(line)
        if found is None:
            self.refuse(line)
            return
        is_trial = line.startswith("commit trial")
        seconds = int(found["seconds"] or DEFAULT)
        with self.box.lock:
            for problem in self._in_the_way(seconds if is_trial else None):
                self.console.write(f"{problem}\n")
                return
            if not is_trial and self.box.pending is not None and not self._gathered:
                self.box.settle()
                self.console.write("Committing.done.\n")
                return
            if not self._gathered:
                self.console.write("Info: There is no configuration to be committed.\n")
                return
            before = self.box.running.copied()
            self.box.running = self._merged()
            self.box.commit(self.user, found["text"] or "-", trial=is_trial)
            if is_trial:
                self.box.hold(seconds, before)
        self.console.write("Committing..done.\n")
        if is_trial:
            self.console.write(
                "Warning: The system enters the trial configuration mode. The system will revert to previous configuration"
                f" if the trial configuration is not confirmed in {seconds} seconds.\n"
            )
        here = [view.header for view in self.path[1:]]
        self._forget()
        for header in here:
            inner = self.path[-1].inner(header)
            if inner is not None:
                self.path.append(inner)

    def _in_the_way(self, seconds: int | None) -> Iterator[str]:
        """Why nothing can be committed now."""
        if self.box.traps.locked_by:
            yield f"Error: The configuration is locked by another user. [User: {self.box.traps.locked_by}]"
        if seconds is not None and not LEAST <= seconds <= MOST:
            yield "Error: Wrong parameter found at '^' position."
        if self.box.pending is not None and self._gathered:
            yield "Error: The system is in the trial configuration mode of another user."

    def _merged(self) -> View:
        """The running configuration with what has gathered here: others may have committed in between."""
        top = self.box.running.copied()
        for headers, line in self._gathered:
            view = top
            for header in headers:
                view = view.enter(header) or view
            try:
                if view.enter(line) is None:
                    view.take(line)
            except LineRefused:
                continue  # somebody else has undone it already
        return top

    def _abort(self, _line: str) -> None:
        if self.box.pending is None:
            self.console.write("Error: The system is not in the trial configuration mode.\n")
            return
        answer = self.console.ask("Warning: The trial configuration will be lost and the system will roll back. Continue? [Y/N]:")
        if answer in ("y", "yes"):
            self.box.go_back()
            self._forget()

    def _show_trial(self, _line: str) -> None:
        state = "inactive" if self.box.pending is None else "active"
        self.console.rows([f"Trial status : {state}"])

    def _show_commits(self, line: str) -> None:
        newest = list(reversed(self.box.commits))
        most = line.rpartition(" ")[2]
        count = int(most) if most.isdigit() else len(newest)
        rows = []
        for number, commit in enumerate(newest[:count], start=1):
            rows += [
                f"{number}) CommitId: {commit.number}", "   Label: -", f"   User: {commit.user}", "   User-Intf: VTY 0", "   Type: CLI",
                "   TimeStamp: 2026-01-01 08:00:00", f"   Description: {commit.description}",
            ]  # fmt: skip
        self.console.rows(rows)
