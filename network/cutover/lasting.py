"""What a cutover writes so that it outlasts a restart: files of Debian's own that ifupdown and nftables read when a machine starts.

A file is whole or not there: written beside its place, synced, renamed. It is written before the running system is changed, and
taken away before that is put back, so that a power cut in between ends in a state that the cutover goes on from. Pure text.
"""

from __future__ import annotations

from network.cutover.plan import HostMove

INTERFACES, RULES = "/etc/network/interfaces.d/citynode-cutover", "/etc/nftables.d/60-citynode-cutover.nft"
"""A host's addresses; a border's rules. The names are read by `source` and by `source-directory`, and after the host baseline's."""
HOST_KEEPS = "grep -Eqs '^[[:space:]]*source(-directory)?[[:space:]]+(/etc/network/)?interfaces\\.d' /etc/network/interfaces"
"""Succeeds where a host reads the first when it starts."""
BORDER_KEEPS = "grep -Eqs '^[[:space:]]*include[[:space:]]+\"/etc/nftables\\.d/' /etc/nftables.conf"
"""Succeeds where a border reads the second."""
CARD = "$card"
"""Stands for the host's interface; the shell that writes the file knows it."""


def dual(move: HostMove) -> str:
    """The new addresses beside the old one."""
    lines = [
        "# by citynode net cutover, beside what the department wrote; its rollback takes this file away",
        *_stanza("inet6", f"address {move.ipv6}", f"gateway {move.gateway6}", "dad-attempts 0"),
    ]
    return "\n".join([*lines, *(_stanza("inet", f"address {move.new}") if move.is_renumbered else ())])


def switched(move: HostMove) -> str:
    """And it speaks by its new address; only of a host that is renumbered."""
    return f"{dual(move)}\n    post-up {way_out(move)}"


def retired(move: HostMove) -> str:
    """And the old address, which the department's own stanza still names, is gone."""
    return f"{switched(move)}\n    post-up ip address del {move.old} dev {CARD} || true"


def way_out(move: HostMove) -> str:
    """The command that gives a renumbered host its new way out."""
    return f"ip route replace default via {move.new_gateway} dev {CARD} src {move.new.ip}"


def kept(path: str, text: str, *, literal: bool = False) -> str:
    """Lines that put the text there; with `literal` the shell replaces nothing in it."""
    fresh, folder = _fresh(path)
    word = "'END-OF-FILE'" if literal else "END-OF-FILE"
    body = text if text.endswith("\n") else f"{text}\n"
    return f"mkdir -p {folder}\ncat > {fresh} <<{word}\n{body}END-OF-FILE\nsync {fresh}\nmv {fresh} {path}\nsync {folder}"


def forgotten(path: str) -> str:
    """Lines that take the file away, whether it is there or not."""
    fresh, folder = _fresh(path)
    return f"rm -f {path} {fresh}\n[ ! -d {folder} ] || sync {folder}"


def _stanza(family: str, *lines: str) -> tuple[str, ...]:
    return (f"iface {CARD} {family} static", *(f"    {line}" for line in lines))


def _fresh(path: str) -> tuple[str, str]:
    """Where it is written first, by a name that nobody reads; and the folder."""
    folder, _slash, name = path.rpartition("/")
    return f"{folder}/.{name}.new", folder
