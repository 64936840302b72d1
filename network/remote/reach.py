"""Run on a host by its standard input: who answers from here? Prints JSON; knows nothing of the project.

Arguments: a JSON list of [address, port]; port 0 asks by ICMP echo (fping), any other by TCP and HTTP. Every target is asked until
it answered or the patience is over, so that silence is silence and no accident of one lost packet.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

Answer = dict[str, object]


def ask(address: str, port: int, patience: float) -> Answer:
    """Whether the target answers, and what the service calls itself."""
    until = time.monotonic() + patience
    while True:
        found = echo(address, patience) if port == 0 else fetch(address, port, patience)
        if found["answers"] or time.monotonic() > until:
            return {"address": address, "port": port, **found}
        time.sleep(0.2)


def echo(address: str, patience: float) -> Answer:
    family = "-6" if ":" in address else "-4"
    count = max(2, int(patience / 0.4))
    done = subprocess.run(
        ["fping", family, "-q", "-r", "0", "-c", str(count), "-p", "200", "-t", "400", address], capture_output=True, text=True, check=False
    )
    return {"answers": done.returncode == 0, "service": ""}


def fetch(address: str, port: int, patience: float) -> Answer:
    host = f"[{address}]" if ":" in address else address
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/", timeout=min(1.5, patience)) as answer:
            text = answer.read(4000)
    except urllib.error.HTTPError:
        return {"answers": True, "service": ""}
    except OSError as problem:
        return {"answers": False, "service": "", "why": str(getattr(problem, "reason", problem))}
    try:
        return {"answers": True, "service": str(json.loads(text)["service"])}
    except (ValueError, KeyError, TypeError):
        return {"answers": True, "service": ""}


if __name__ == "__main__":
    targets, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
    with ThreadPoolExecutor(max(1, min(32, len(targets)))) as pool:
        sys.stdout.write(json.dumps(list(pool.map(lambda target: ask(target[0], target[1], seconds), targets))))
