"""A vendor's command line on a socket, in a router's place in the lab: `python -m lab.vendors DIALECT NAME SOCKET SAVED`.

It carries configuration only. The lab's FRR goes on forwarding beside it, as it was set up; the lab's SSH server joins logins with
this socket (`lab/logins/bridge.py`). What is saved outlives it, as on a device.
"""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

from city.model import Dialect
from lab.vendors.box import VendorBox
from lab.vendors.console import Console, HungUp
from lab.vendors.keep import load, store
from lab.vendors.server import SHELLS

OPERATOR = "netops"


def main(dialect: Dialect, name: str, path: Path, saved: Path) -> None:
    """Serve until it is ended."""
    box = load(saved) or VendorBox(name)
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(path))
        path.chmod(0o666)
        door.listen(64)
        while True:
            line, _from = door.accept()
            threading.Thread(target=_serve, args=(line, dialect, box, saved), daemon=True).start()


def _serve(line: socket.socket, dialect: Dialect, box: VendorBox, saved: Path) -> None:
    with line, suppress(OSError, EOFError, HungUp):
        SHELLS[dialect](box, Console(line, box.traps), OPERATOR, on_save=lambda: store(box, saved)).run()


if __name__ == "__main__":
    main(Dialect(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
