"""What looking for garbage less often saves a command: `python -m benchmarks.brief [ROUNDS]`. Processor time, with and without in turn.

On the lab in use; each figure is the median of the rounds. A command is started as `citynode` starts it, once with
`ops.brief.collect_rarely` and once with that taken out, so that Python collects as it does by itself.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

from cli.render import Table, to_text

COMMANDS = ("net diff", "lab status", "migrate status", "stack preview")
AS_USUAL = "import sys; from cli import main; sys.exit(main.main(sys.argv[1:]))"
BRIEFLY = "from cli import main; main.run()"


def seconds(program: str, command: str) -> float:
    """Processor seconds of the command and what it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # not checked: a preview of a change, for one, ends with a code of its own
    subprocess.run(
        [sys.executable, "-c", program, *command.split(), "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    rows = []
    for command in COMMANDS:
        pairs = [(seconds(AS_USUAL, command), seconds(BRIEFLY, command)) for _round in range(rounds)]
        usual, brief = (statistics.median(column) for column in zip(*pairs, strict=True))
        rows.append((command, usual, brief, f"{1 - brief / usual:.0%}"))
    print(to_text(Table(("command", "as Python does (s)", "rarely (s)", "saved"), rows)))


if __name__ == "__main__":
    main()
