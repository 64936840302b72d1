"""Comware 7: lines take effect at once; `configuration commit delay` lets newer releases take them back.

Words of the delay after HPE's FlexNetwork 5510 HI fundamentals guide. Lines of the system view are printed with a space in front.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from lab.vendors.shell import Command, Shell

MINUTE = 60


class Comware7Shell(Shell):
    """One session."""

    entering = ("System View: return to User View with Ctrl+Z.",)
    unrecognised = " % Unrecognized command found at '^' position."
    head = ("#", " version 7.1.070, Release 6749P14")
    lead = " "

    def commands(self) -> dict[str, Command]:
        found = super().commands()
        if self.path and not self.box.traps.no_delay:
            return {"configuration commit delay": self._delay, "configuration commit": self._commit, **found}
        return found

    def saved(self) -> Sequence[str]:
        said = super().saved()
        if self.box.traps.full_flash:
            return (" % Not enough space on the device.",)
        return ("Configuration is saved to device successfully.",) if said else ()

    def enciphered(self, row: str) -> str:
        return re.sub(r"((?:authentication|privacy)-mode \w+) (?!\*)\S+", lambda found: f"{found[1]} $c$3${secrets.token_hex(12)}", row)

    def _delay(self, line: str) -> None:
        with self.box.lock:
            if self.box.pending is not None:
                self.console.write(" % A commit delay is already in progress.\n")
                return
            self.box.hold(int(line.rpartition(" ")[2]) * MINUTE, self.box.running.copied())

    def _commit(self, _line: str) -> None:
        if self.box.pending is None:
            self.console.write(" % The configuration commit delay has not been configured.\n")
            return
        self.box.settle()
