"""A terminal as vendors' devices have one: echo with its wraps, pages, questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from lab.vendors.traps import Traps

MORE = "  ---- More ----"


class Line(Protocol):
    """The other side: a paramiko channel, or anything that takes and gives bytes."""

    def recv(self, size: int, /) -> bytes: ...

    def sendall(self, data: bytes, /) -> object: ...


class HungUp(Exception):
    """The other side is gone, or is to be dropped."""


class Console:
    """One session's terminal."""

    def __init__(self, line: Line, traps: Traps) -> None:
        self._line = line
        self._traps = traps
        self._typed = ""
        self._last = ""
        self.page_rows = traps.page_rows
        if traps.leading_nul:
            self.write("\0")

    def write(self, text: str) -> None:
        end = "\r\r\n" if self._traps.double_return else "\r\n"
        self._line.sendall(text.replace("\n", end).encode())

    def rows(self, rows: Sequence[str]) -> None:
        """Print rows, a page at a time; any key but space ends it."""
        step = self.page_rows or max(len(rows), 1)
        for at in range(0, len(rows), step):
            self.write("".join(f"{row}\n" for row in rows[at : at + step]))
            if at + step < len(rows):
                self.write(MORE)
                if self._key() != " ":
                    break
                self.write("\x1b[16D" + " " * 16 + "\x1b[16D")

    def read(self, prompt: str) -> str:
        """Show the prompt and return the line that is typed there."""
        self.write(prompt)
        text = ""
        while True:
            key = self._key()
            if key == "\n" and self._last == "\r":
                self._last = key
                continue
            self._last = key
            if key in "\r\n":
                self.write(self._echo(prompt, text) + "\n")
                return text.strip()
            text += key

    def ask(self, question: str) -> str:
        """The answer to a question, in lower case."""
        return self.read(question).lower()

    def _echo(self, prompt: str, text: str) -> str:
        width = self._traps.wrap_at
        if not width:
            return text
        first = max(width - len(prompt), 1)
        parts: Iterable[str] = (text[:first], *(text[at : at + width] for at in range(first, len(text), width)))
        return " \x1b[1D".join(parts)

    def _key(self) -> str:
        while not self._typed:
            chunk = self._line.recv(4096)
            if not chunk:
                raise HungUp
            self._typed = chunk.decode(errors="replace")
        key, self._typed = self._typed[0], self._typed[1:]
        return key
