"""A device's command line over netmiko: type, answer its questions, turn its pages, and return what it said to each line.

netmiko carries the session (host keys, key exchange, the shell); its own readers poll every 10 ms and guess prompts by
timing. This reader waits on the channel itself, and knows the device's name, so that `[V200R009C00SPC500]` in an output
is no prompt.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import ClassVar

from netmiko.cisco_base_connection import CiscoBaseConnection
from netmiko.exceptions import ReadException, ReadTimeout
from paramiko import Channel

from network.devices.drivers.talk import ANSI, WRAPPED, Talk
from ops.language import _

CHUNK = 65536
YES_NO = re.compile(r"[\[(]y/n[\])][^\n]{0,12}$", re.IGNORECASE)
REFUSE = "n"


class Terminal(CiscoBaseConnection):
    """An interactive session; subclasses say how their language talks."""

    talk: ClassVar[Talk]

    def session_preparation(self) -> None:
        """Learn the device's name from its first prompt, and have nothing paged."""
        self._raw = b""
        self._pages = 0
        self._unanswered: list[str] = []
        self._answered: set[str] = set()
        self._line = ""
        self._names: frozenset[str] = frozenset()
        self.base_prompt = ""
        wire = self._shell.get_transport().sock
        if isinstance(wire, socket.socket):
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # lines are small, and each is waited for
        self._read(lambda text: bool(self.talk.login.search(text)), self.conn_timeout)
        self._names = frozenset({*(found["name"] for found in self.talk.login.finditer(self._text())), *self.talk.factory_names})
        for command in self.talk.quiet:
            self.line(command)

    def _try_session_preparation(self, force_data: bool = True) -> None:  # noqa: FBT001, FBT002 - netmiko's own signature
        """Without netmiko's line break up front: it would answer a question that the device asks at login."""
        super()._try_session_preparation(force_data=False)

    def line(self, text: str, *, timeout: float = 15.0) -> str:
        """Type one line and return what was printed between its echo and the next prompt."""
        return self.block((text,), timeout=timeout)[0]

    def block(self, lines: Sequence[str], *, timeout: float = 15.0) -> list[str]:
        """Type lines one after the other without waiting for each; what the device said to each of them.

        The echo of the last one has to come first: a busy device may show its prompt twice, and what follows would then
        be taken for the answer to the line before.
        """
        for text in lines:
            if found := self.talk.nowhere.match(text.strip()):
                self._names |= {found["name"]}
        self._raw, self._pages, self._unanswered, self._answered, self._line = b"", 0, [], set(), lines[-1].strip()
        self.write_channel("".join(f"{text}\n" for text in lines))
        prompt = self.talk.prompt_of(self._names)
        last = _squeezed(lines[-1])

        def is_done(text: str) -> bool:
            if not prompt.search(text[-300:]):
                return False
            return len(answers_to(lines, text, self._inner())) == len(lines) and last in _squeezed(text)

        self._read(is_done, timeout)
        said = [
            [row for row in answer.split("\n") if row.strip() not in self._answered]
            for answer in answers_to(lines, self._text(), self._inner())
        ]
        return ["\n".join(rows) for rows in [*said[:-1], [*said[-1], *self._unanswered]]]

    def cleanup(self, command: str = "exit") -> None:
        """Closing the channel ends the session; asking the device to exit would only cost a wait."""

    def cut(self) -> None:
        """Close the connection under whoever reads from it: a reader that waits is told that it ended."""
        if self.remote_conn_pre is not None:
            self.remote_conn_pre.close()

    def order(self, request: str, lines: str = "", *, ready: str, timeout: float = 15.0) -> str:
        """Run a request beside the command line, on the same connection; what it answers to `lines` once it says that it is ready.

        Empty where the device knows no such request: then it is sent nothing.
        """
        channel = self._shell.get_transport().open_session(timeout=timeout)
        try:
            channel.settimeout(timeout)
            channel.exec_command(request)
            told = _line_of(channel.recv)
            if not told.startswith(ready.encode()):
                return ""
            with suppress(OSError):  # it may have refused and hung up already: its answer says why
                channel.sendall(lines.encode())
                channel.shutdown_write()
            while chunk := channel.recv(CHUNK):
                told += chunk
            return told.decode(errors="replace").strip()
        finally:
            channel.close()

    @property
    def _shell(self) -> Channel:
        """The channel that the command line runs in."""
        if not isinstance(self.remote_conn, Channel):
            raise ReadException("the session is closed")
        return self.remote_conn

    def _inner(self) -> re.Pattern[str]:
        """A prompt, wherever it stands."""
        return re.compile(r"(?:" + self.talk.prompt.replace("{names}", "|".join(map(re.escape, sorted(self._names)))) + r") ?")

    def _read(self, is_done: Callable[[str], bool], timeout: float) -> None:
        """Read until the text is as wanted; pages are turned and questions answered on the way."""
        until = time.monotonic() + timeout
        while not is_done(text := self._text()):
            if self._turn_page() or self._answer(text):
                continue
            left = until - time.monotonic()
            if left <= 0:
                raise ReadTimeout(f"no prompt within {timeout:g} s")
            self._shell.settimeout(left)
            try:
                chunk = self._shell.recv(CHUNK)
            except TimeoutError:
                raise ReadTimeout(f"no prompt within {timeout:g} s") from None
            if not chunk:
                raise ReadException("the device closed the session")
            self._raw += chunk

    def _text(self) -> str:
        """What was read, as a person sees it."""
        text = self._raw.decode(errors="replace").replace("\0", "")
        if self.talk.pager:
            text = self.talk.pager.sub("", text)
        return re.sub(r"\r+", "", ANSI.sub("", WRAPPED.sub("", text)))

    def _turn_page(self) -> bool:
        if self.talk.pager is None:
            return False
        pages = len(self.talk.pager.findall(self._raw.decode(errors="replace")))
        if pages <= self._pages:
            return False
        self._pages = pages
        self.write_channel(" ")
        return True

    def _answer(self, text: str) -> bool:
        """Answer the question that stands at the end, once; an unknown one with no, and it is told."""
        row = text.rpartition("\n")[2]
        fitting = (question for question in self.talk.questions if question.after.match(self._line))
        known = next((question for question in fitting if question.words.search(row)), None)
        if known is None and not YES_NO.search(row):
            return False
        answer = known.answer if known else REFUSE
        if known is None:
            self._unanswered.append(_("it asked: {question}").format(question=row.strip()))
        self._answered |= {row.strip(), answer}
        self._raw += b"\n"  # so that it is not answered twice
        self.write_channel(answer + "\n")
        return True


def answers_to(lines: Sequence[str], output: str, prompt: re.Pattern[str]) -> list[str]:
    """What was printed after the echo of each line and before the next prompt; fewer than lines if some have not been echoed yet.

    Typed ahead, lines may be echoed a second time without a prompt before them: those echoes are nobody's answer. Nor are pieces of them:
    a terminal echoes while its command line is busy, and what comes in between may begin or end in the middle of a line.
    """
    typed = {_squeezed(line) for line in lines}
    found: list[list[str]] = []
    for glued in output.split("\n"):
        row = _without_piece(glued, prompt, typed) if len(lines) > 1 else glued
        begins = prompt.match(row)
        rest = row[begins.end() :] if begins else row
        is_next = len(found) < len(lines) and _squeezed(rest) == _squeezed(lines[len(found)])
        if is_next and (begins or not found):
            found.append([])
        elif found and begins and _squeezed(rest) == _squeezed(lines[len(found) - 1]):
            found[-1] = []  # echoed by the terminal first, and by the command line now
        elif found and not begins and (len(lines) == 1 or not _is_piece(rest, typed)):
            found[-1].append(row)
    return ["\n".join(rows).strip("\n") for rows in found]


def _without_piece(row: str, prompt: re.Pattern[str], typed: set[str]) -> str:
    """The row from its prompt on, where only the beginning of a typed line stands before it."""
    begins = prompt.search(row)
    return row[begins.start() :] if begins and begins.start() and _is_piece(row[: begins.start()], typed) else row


def _is_piece(row: str, typed: set[str]) -> bool:
    """Whether the row is a typed line, or what is left of one at its beginning or end."""
    text = _squeezed(row)
    return text in typed or (bool(text) and any(line.startswith(text) or line.endswith(text) for line in typed))


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _line_of(receive: Callable[[int], bytes]) -> bytes:
    """What comes up to the end of the first line and with it, or before the other side hangs up."""
    text = b""
    while b"\n" not in text and (chunk := receive(CHUNK)):
        text += chunk
    return text
