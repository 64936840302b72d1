"""A device behind a command line: what all languages share. How it is held to a change is each driver's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import ClassVar

from network.devices.device import Confirm, Trial
from network.devices.drivers.capability import emulation_cannot
from network.devices.drivers.problems import session_errors
from network.devices.drivers.terminal import Terminal
from network.dialect.secrets import MASKED, filled, masked
from network.errors import ConsentNeeded, DeviceRefused, NotSaved
from ops.errors import CitynodeError
from ops.language import _

ANSWER_SECONDS = 3.0
"""What a prompt may take after an empty line."""
READ_SECONDS = 60.0
TYPE_SECONDS = 20.0
"""What a line may take; less where the device is armed for a short time: nobody may go on typing when it has gone back."""
SAVE_SECONDS = 90.0
"""A stack of H3C switches takes 40 to 45 s to save (netmiko issue 248)."""


class CliDevice:
    """One open session. Without more it can be changed and saved, and promises nothing beyond that."""

    terminal: ClassVar[type[Terminal]]
    section_end: ClassVar[str] = "quit"
    saved: ClassVar[str]
    """A part of what the device says when it has saved."""
    save_command: ClassVar[str]

    def __init__(self, name: str, session: Terminal, secret: Callable[[str], str]) -> None:
        self.name = name
        self._secret = secret
        self._typed_secrets: set[str] = set()
        self._session = session
        self._talk = session.talk
        self._patience = TYPE_SECONDS

    def running(self) -> str:
        return self.show(self._talk.running)

    def show(self, command: str) -> str:
        with session_errors(self.name):
            return self._session.line(command, timeout=READ_SECONDS) + "\n"

    def answers(self) -> bool:
        try:
            self._session.line("", timeout=ANSWER_SECONDS)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it isn't of use
            return False
        return True

    def arm(self, trial: Trial) -> Confirm:
        """Nothing on the device acts alone: that takes consent."""
        if not trial.consent:
            raise ConsentNeeded(self.name, emulation_cannot())
        return Confirm.EMULATED

    def apply(self, lines: Iterable[str]) -> None:
        blocks = self._blocks(lines)
        first = next(blocks, None)
        if first is None:
            return
        with session_errors(self.name):
            self._typed((self._talk.enter,))
            self._typed(first)
            for block in blocks:
                self._typed(block)
            self._leave()

    def confirm(self, change: str) -> None:
        """Lines took effect when they were typed."""

    def abandon(self, change: str) -> None:
        """Nothing is pending on the device."""

    def save(self) -> None:
        with session_errors(self.name):
            said = self._session.line(self.save_command, timeout=SAVE_SECONDS)
        if self.saved not in said:
            rows = [row.strip() for row in said.splitlines() if row.strip()]
            raise NotSaved(self.name, rows[-1] if rows else _("it said nothing"))

    def close(self) -> None:
        with suppress(Exception):
            self._session.disconnect()

    def cut(self) -> None:
        with suppress(Exception):
            self._session.cut()

    def _leave(self) -> None:
        """Back to where nothing is configured."""
        self._typed((self._talk.leave,))

    def _give_up(self) -> None:
        """Leave configuration mode after a refusal."""
        self._session.line(self._talk.leave)

    def _blocks(self, lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
        """Lines in the portions in which they are typed: never across the end of a section, a section's header by itself.

        A header that is refused must not have lines behind it: they would land in the section that was open before.
        """
        block: list[str] = []
        is_header = True
        for raw in lines:
            line = raw.strip()
            block.append(line)
            if is_header or line == self.section_end or len(block) >= self._talk.together:
                yield tuple(block)
                block = []
            is_header = line == self.section_end
        if block:
            yield tuple(block)

    def _typed(self, block: tuple[str, ...]) -> None:
        for line, said in zip(block, self._session.block(filled(block, self._revealed), timeout=self._patience), strict=True):
            rows = [row.strip() for row in said.splitlines() if row.strip()]
            refused = [row for row in rows if not self._talk.harmless.match(row)]
            if refused:
                with suppress(CitynodeError, OSError, EOFError):
                    self._give_up()
                raise self._refusal(line, refused)

    def _refusal(self, line: str, rows: list[str]) -> CitynodeError:
        return DeviceRefused(
            _("{device} did not take '{line}'").format(device=self.name, line=masked(line)),
            why=self._hidden(" / ".join(masked(row) for row in rows[:3] if row != "^")),
            hint=_("citynode net diff --devices {device} shows what it holds now").format(device=self.name),
            line=masked(line),
        )

    def _revealed(self, name: str) -> str:
        """A secret that is about to be typed."""
        value = self._secret(name)
        self._typed_secrets.add(value)
        return value

    def _hidden(self, text: str) -> str:
        """The text without any secret that was typed in this session."""
        for value in self._typed_secrets:
            text = text.replace(value, MASKED)
        return text
