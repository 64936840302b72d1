"""Interface names: the city's (`ge1`, `lan0`, `ge9.102`, `lo`) and the vendor's, both ways."""

from __future__ import annotations

import re

from network.dialect.vendor.words import Words

LOOPBACK = "LoopBack0"


def vendor_name(name: str, words: Words) -> str:
    """The vendor's name of one of the city's interfaces."""
    stem, _dot, tag = name.partition(".")
    kind, number = re.sub(r"\d+$", "", stem), re.sub(r"^\D+", "", stem)
    found = {"lo": LOOPBACK, "lan": words.lan.format(number)}.get(kind) or words.port.format(number)
    return f"{found}.{tag}" if tag else found


def city_name(name: str, words: Words) -> str:
    """The city's name of one of the vendor's interfaces; empty for one that the city doesn't know, such as the management port."""
    if name == LOOPBACK:
        return "lo"
    for stem, pattern in (("ge", words.port), ("lan", words.lan)):
        before = re.escape(pattern.partition("{}")[0])
        if found := re.fullmatch(rf"{before}(\d+(?:\.\d+)?)", name):
            return stem + found[1]
    return ""


def is_physical(name: str) -> bool:
    """Whether it is an interface that nobody can delete: it has a port, and is no part of one."""
    return name.startswith(("GigabitEthernet", "XGigabitEthernet", "Ten-GigabitEthernet", "10GE", "25GE", "100GE")) and "." not in name
