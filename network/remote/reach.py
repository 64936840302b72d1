"""Run on a host by its standard input: who answers from here? Prints JSON; knows nothing of the project.

Arguments: a JSON list of [address, port]; port 0 asks by ICMP echo (fping), any other by TCP. Every target is asked until it answered
or the patience is over, so that silence is silence and no accident of one lost packet. What can't be asked ends the program with the
reason, for it is no silence either.
"""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException

Answer = dict[str, object]
CONNECT, WORDS = 1.5, 5.0
"""Seconds that a connection may take, and that a service may take to say its name on it."""
SILENCES = {
    errno.ETIMEDOUT,
    errno.ECONNREFUSED,
    errno.ECONNRESET,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EADDRNOTAVAIL,  # no address of the family
    errno.EACCES,  # a route that prohibits
    errno.EINVAL,  # a route that swallows
}
"""Errors of a connection that was tried and did not come about."""


class CannotAsk(Exception):
    """The question was never put."""


def ask(address: str, port: int, patience: float) -> Answer:
    """Whether the target answers, and what the service calls itself."""
    until = time.monotonic() + patience
    while True:
        found = echo(address, patience) if port == 0 else knock(address, port, patience)
        if found["answers"] or time.monotonic() > until:
            return {"address": address, "port": port, **found}
        time.sleep(0.2)


def echo(address: str, patience: float) -> Answer:
    """By fping, which says 0 for answers and 1 for none, also without a route; anything else says that it could not ask."""
    family = "-6" if ":" in address else "-4"
    count = max(2, int(patience / 0.4))
    argv = ["fping", family, "-q", "-r", "0", "-c", str(count), "-p", "200", "-t", "400", address]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except OSError as problem:
        raise CannotAsk(f"{address} can't be asked by fping: {problem}") from problem
    if done.returncode not in (0, 1):
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise CannotAsk(f"{address} can't be asked by fping: {said[-1]}")
    return {"answers": done.returncode == 0, "service": ""}


def knock(address: str, port: int, patience: float) -> Answer:
    """A connection that comes about is an answer, whatever is spoken on it; a service that speaks HTTP may say its name."""
    line = HTTPConnection(address, port, timeout=min(CONNECT, patience))
    try:
        line.connect()
    except OSError as problem:
        if not isinstance(problem, TimeoutError) and problem.errno not in SILENCES:
            raise CannotAsk(f"{address} can't be asked at port {port}: {problem}") from problem
        return {"answers": False, "service": "", "why": str(problem)}
    try:
        line.sock.settimeout(min(WORDS, patience))
        line.request("GET", "/")
        service = str(json.loads(line.getresponse().read(4000))["service"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        service = ""
    finally:
        line.close()
    return {"answers": True, "service": service}


def main() -> None:
    targets, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
    with ThreadPoolExecutor(max(1, min(32, len(targets)))) as pool:
        try:
            found = list(pool.map(lambda target: ask(target[0], target[1], seconds), targets))
        except CannotAsk as problem:
            pool.shutdown(cancel_futures=True)
            sys.exit(str(problem))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
