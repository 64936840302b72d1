"""A node's start, as Debian's services `networking` and `nftables` do it: /etc/network/interfaces, then /etc/nftables.conf.

Run as a program on the node. Of ifupdown's language it knows what a host with fixed addresses needs: `source`, `auto`, and `iface`
of the methods loopback and static with `address`, `gateway`, `dad-attempts`, `up` and `post-up`; several stanzas of one interface
add up, in their order, as ifupdown has it. Anything else is an error and not passed over. It knows nothing of the project.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

INTERFACES, RULES = Path("/etc/network/interfaces"), Path("/etc/nftables.conf")
KNOWN = ("address", "gateway", "dad-attempts", "up", "post-up")
LOOPBACK, STATIC = "loopback", "static"


class Stanza:
    """One `iface`: its interface, family (inet, inet6), method, and what is said of it in the order in which it is said."""

    def __init__(self, card: str, family: str, method: str) -> None:
        self.card, self.family, self.method = card, family, method
        self.said: list[tuple[str, str]] = []

    def told(self, key: str) -> str:
        """The last value under the key; empty if there is none."""
        return next((value for name, value in reversed(self.said) if name == key), "")


def read(text: str, sourced: dict[str, str]) -> list[Stanza]:
    """The stanzas of the text and of the files that it sources (path -> text); ValueError names the line that isn't understood."""
    found: list[Stanza] = []
    for line in _lines(text, sourced):
        word, _gap, rest = line.partition(" ")
        rest = rest.strip()
        if word == "auto":
            continue
        if word == "iface":
            card, family, method = rest.split()
            if family not in ("inet", "inet6") or method not in (LOOPBACK, STATIC):
                raise ValueError(line)
            found.append(Stanza(card, family, method))
        elif word in KNOWN and found:
            found[-1].said.append((word, rest))
        else:
            raise ValueError(line)
    return found


def commands(stanza: Stanza) -> list[str]:
    """The shell's lines that bring the stanza up."""
    if stanza.method == LOOPBACK:
        return ["ip link set lo up"]
    ip = "ip -6" if stanza.family == "inet6" else "ip"
    quick = " nodad" if stanza.told("dad-attempts") == "0" else ""
    lines = [f"ip link set {stanza.card} up", f"{ip} address replace {stanza.told('address')} dev {stanza.card}{quick}"]
    if stanza.told("gateway"):
        lines.append(f"{ip} route replace default via {stanza.told('gateway')} dev {stanza.card} onlink")
    return lines + [value for key, value in stanza.said if key in ("up", "post-up")]


def _lines(text: str, sourced: dict[str, str]) -> Iterator[str]:
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("source "):
            for path in sorted(sourced):
                yield from _lines(sourced[path], {})
        elif line and not line.startswith("#"):
            yield line


def main() -> None:
    """Carry both files out; the first command that fails ends it with its words."""
    sourced = {str(path): path.read_text(encoding="utf-8") for path in Path(f"{INTERFACES}.d").glob("[!.]*")}
    for stanza in read(INTERFACES.read_text(encoding="utf-8"), sourced):
        for line in commands(stanza):
            subprocess.run(["sh", "-ec", line], check=True)
    subprocess.run(["nft", "-f", str(RULES)], check=True)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError, subprocess.CalledProcessError) as problem:
        sys.exit(f"{INTERFACES}: {problem}")
