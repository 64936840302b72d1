"""Run on a host in the background: asks services over and over and writes down every answer. Knows nothing of the project.

Arguments: folder, most seconds, seconds between two questions, and a JSON list of [label, address, port]. One process a folder:
a second one ends at once. It ends by itself when its time is over or when a file `stop` lies in the folder, so that it outlives
whoever started it, but not for long.
"""

from __future__ import annotations

import fcntl
import json
import socket
import sys
import time
from pathlib import Path
from threading import Lock, Thread

PATIENCE = 1.0
REQUEST = b"GET / HTTP/1.0\r\n\r\n"


def ask(address: str, port: int) -> tuple[bool, bool]:
    """Whether a connection comes about in time, and whether the service says anything on it."""
    try:
        line = socket.create_connection((address, port), timeout=PATIENCE)
    except OSError:
        return False, False
    with line:
        try:
            line.sendall(REQUEST)
            return True, bool(line.recv(100))
        except OSError:
            return True, False


def main() -> None:
    folder, most, gap, targets = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), json.loads(sys.argv[4])
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        until, stop, writing = time.monotonic() + most, folder / "stop", Lock()
        with (folder / "ledger.jsonl").open("a", buffering=1) as ledger:

            def watch(label: str, address: str, port: int) -> None:
                while time.monotonic() < until and not stop.exists():
                    asked = time.time()
                    connected, said = ask(address, port)
                    with writing:
                        ledger.write(json.dumps({"at": round(asked, 3), "label": label, "ok": connected, "said": said}) + "\n")
                    time.sleep(max(0.0, gap - (time.time() - asked)))

            threads = [Thread(target=watch, args=tuple(target)) for target in targets]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()


if __name__ == "__main__":
    main()
