"""What the three command lines share: views, prompts, refusals, saving, and the traps that break a session."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from lab.vendors.box import VendorBox
from lab.vendors.console import Console, HungUp
from lab.vendors.grammar import WORDS
from lab.vendors.store import LineRefused, View, printed

Command = Callable[[str], None]


class Shell:
    """One session with one device."""

    entering: ClassVar[Sequence[str]] = ()
    """Said on the way into the system view."""
    unrecognised: ClassVar[str] = "Error: Unrecognized command found at '^' position."
    head: ClassVar[Sequence[str]] = ()
    """Rows before the configuration."""
    lead: ClassVar[str] = ""

    def __init__(self, box: VendorBox, console: Console, user: str, on_save: Callable[[], None] = lambda: None) -> None:
        self.box = box
        self._on_save = on_save
        self.console = console
        self.user = user
        self.path: list[View] = []
        self._lines = 0

    def run(self) -> None:
        """Talk until one side hangs up."""
        for question in self.box.traps.asks_at_login:
            self.box.answers.append(self.console.ask(question))
        while True:
            line = self.console.read(self.prompt())
            self.box.tick()
            if line:
                self.handle(line)

    def handle(self, line: str) -> None:
        """Do what a line says: a command of its own, or else a line of configuration."""
        for words, command in self.commands().items():
            if line == words or line.startswith(f"{words} "):
                command(line)
                return
        if not self.path:
            self.refuse(line)
        else:
            self.configure(line)

    def commands(self) -> dict[str, Command]:
        """Commands by their first words, where they may be typed; longer ones first."""
        found: dict[str, Command] = {
            "display current-configuration": lambda _line: self.console.rows(list(self.configuration())),
            "screen-length": self._screen_length,
        }
        if self.path:
            return {**found, "quit": lambda _line: self.leave(), "return": lambda _line: self.leave(everything=True)}
        return {**found, "save": self._save, "system-view": lambda _line: self.enter(), "quit": lambda _line: self._hang_up()}

    def prompt(self) -> str:
        """The prompt of the view."""
        name = self.box.sysname or self.box.name
        if not self.path:
            return f"{self.box.traps.prefix}<{name}>"
        inside = "".join("-" + _short(view.header) for view in self.path[1:])
        return f"{self.box.traps.prefix}[{self.mark()}{name}{inside}]"

    def mark(self) -> str:
        """In front of the name in the system view."""
        return ""

    def tree(self) -> View:
        """The configuration that lines go into."""
        return self.box.running

    def enter(self) -> None:
        self.path = [self.tree()]
        self.console.write("".join(f"{row}\n" for row in self.entering))

    def leave(self, *, everything: bool = False) -> None:
        """Out of the view, or all of them."""
        self.path = [] if everything else self.path[:-1]

    def configure(self, line: str) -> None:
        """Take a line of configuration, unless something is in the way."""
        traps, box = self.box.traps, self.box
        self._lines += 1
        box.typed.append(line)
        if traps.drops_after and self._lines > traps.drops_after:
            traps.drops_after = 0
            self._lose()
        if traps.asks and traps.asks in line:
            answer = self.console.ask(traps.question)
            box.answers.append(answer)
            if answer not in ("y", "yes"):
                return
        if traps.refuses and traps.refuses in line:
            self.console.write(f"{traps.says}\n") if traps.says else self.refuse(line)
            return
        if line.partition(" ")[0] not in WORDS:
            self.refuse(line)
            return
        self.take(line)

    def take(self, line: str) -> None:
        """Into the view that is open, or into the one that the line opens."""
        with self.box.lock:
            try:
                inner = self.path[-1].enter(line)
                if inner is None:
                    self.path[-1].take(line)
                else:
                    self.path.append(inner)
            except LineRefused as refused:
                self.console.write(f"{refused}\n")

    def refuse(self, line: str) -> None:
        """Mark where the line stopped making sense."""
        self.console.write(" " * (len(self.prompt()) + line.rfind(" ") + 1) + "^\n" + self.unrecognised + "\n")

    def configuration(self) -> Iterator[str]:
        """What `display current-configuration` prints."""
        yield from self.head
        yield from (self.enciphered(row) for row in printed(self.box.running, lead=self.lead))

    def enciphered(self, row: str) -> str:
        """A row as it is printed: a secret in cipher, and in another one each time."""
        return re.sub(r"\b(cipher) \S+$", lambda found: f"{found[1]} %^%#{secrets.token_hex(16)}%^%#", row)

    def saved(self) -> Sequence[str]:
        """Keep the running configuration; what is said about it."""
        time.sleep(self.box.traps.slow_save)
        if self.box.traps.full_flash:
            return ("Error: The flash memory does not have enough space.",)
        self.box.saved = self.box.running.copied()
        self._on_save()
        return ("Save the configuration successfully.",)

    def _save(self, line: str) -> None:
        if "force" not in line:
            self.console.write("Warning: The current configuration will be written to the device.\n")
            if self.console.ask("Are you sure to continue? [Y/N]:") not in ("y", "yes"):
                return
        self.console.write("Now saving the current configuration to the slot 0 .\n")
        self.console.write("".join(f"{row}\n" for row in self.saved()))

    def _screen_length(self, line: str) -> None:
        self.console.page_rows = 0 if " 0" in line or "disable" in line else self.box.traps.page_rows
        self.console.write("Info: The configuration takes effect on the current user terminal interface only.\n")

    def _lose(self) -> None:
        if self.box.traps.reboots:
            self.box.reboot()
        self._hang_up()

    def _hang_up(self) -> None:
        raise HungUp


def _short(header: str) -> str:
    """A view's part of the prompt."""
    return header.removeprefix("interface ").replace(" ", "-")
