"""What a vendor server may do to whoever talks to it. Each is a thing that real devices are known for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Traps:
    """Set on a device, also while sessions are open."""

    wrap_at: int = 0
    """The echo of a longer line is broken with a space and a step back (netmiko issue 1577)."""
    page_rows: int = 24
    """Rows after which output stops at `---- More ----`, until paging is turned off."""
    prefix: str = ""
    """In front of every prompt: `HRP_M` on a hot-standby firewall, `(M)` in Comware's mmi mode."""
    leading_nul: bool = False
    double_return: bool = False
    """Rows end in two carriage returns and a line feed."""
    asks_at_login: tuple[str, ...] = ()
    """Questions before the first prompt ("Change now? [Y/N]:"); `y` to a password question would lock us out, and is kept in `answers`."""
    refuses: str = ""
    """A part of a line that is not understood."""
    says: str = ""
    """What is answered to such a line instead of the usual error; vendors have errors without a mark."""
    asks: str = ""
    """A part of a line that is asked about first."""
    question: str = "Warning: This will interrupt services. Continue? [Y/N]:"
    """What is asked then."""
    drops_after: int = 0
    """The connection is lost after so many configuration lines, once."""
    reboots: bool = False
    """With the connection, the device is lost for `away` seconds and comes back with what it had saved."""
    away: float = 1.0
    slow_save: float = 0.0
    """Seconds that saving takes; big stacks take 40 to 45 (netmiko issue 248)."""
    full_flash: bool = False
    locked_by: str = ""
    """Somebody who holds the configuration: commits fail."""
    no_delay: bool = False
    """A Comware release without `configuration commit delay`."""
    most_logins: int = 0
    """More sessions at one time are turned away before they have said who they are."""
    deaf: float = 0.0
    """For so many seconds after the next login began the server takes no connection: it is started again, and sessions live on."""
