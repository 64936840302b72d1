"""What looking for garbage less often saves a command: `python -m benchmarks.brief [ROUNDS]`. Processor time, with and without in turn.

On the lab in use; each figure is the median of the rounds. A command is started as `citynode` starts it, once with
`ops.brief.collect_rarely` and once with that taken out, so that Python collects as it does by itself.
"""

from __future__ import annotations

import statistics
import sys

from benchmarks.help import measure
from cli.render import Table, to_text

COMMANDS = ("net diff", "lab status", "migrate status", "stack preview")
AS_USUAL = "import sys; from cli import main; sys.exit(main.main(sys.argv[1:]))"
BRIEFLY = "from cli import main; main.run()"


def seconds(program: str, command: str) -> float:
    """Processor seconds of the command and what it started; a diff or preview of something ends with 7."""
    return measure([sys.executable, "-c", program, *command.split(), "-q"], rounds=1, ends=(0, 7))[1]


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
