"""Run on a host by its standard input: what do these addresses serve to a reader here? Prints JSON; knows nothing of the project.

Argument: a JSON list of [address, port, host name, path]. Each is fetched once, all side by side.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

SECONDS = 5.0


def fetch(address: str, port: int, name: str, path: str) -> dict[str, object]:
    """Status, cache mark and milliseconds; a status of 0 and why, where nothing came."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection(address, port, timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"Host": name})
        answer = connection.getresponse()
        answer.read()
        found = {"status": answer.status, "cache": answer.getheader("X-Cache") or "", "error": ""}
    except (OSError, http.client.HTTPException) as problem:
        found = {"status": 0, "cache": "", "error": str(problem) or type(problem).__name__}
    finally:
        connection.close()
    return {**found, "milliseconds": (time.perf_counter() - began) * 1000}


if __name__ == "__main__":
    targets = json.loads(sys.argv[1])
    with ThreadPoolExecutor(max(1, min(16, len(targets)))) as pool:
        sys.stdout.write(json.dumps(list(pool.map(lambda target: fetch(*target), targets))))
