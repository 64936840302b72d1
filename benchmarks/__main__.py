"""`python -m benchmarks`: what can be measured and how. Each benchmark is run by its own name, against the lab in use."""

from __future__ import annotations

import ast
from pathlib import Path


def main() -> None:
    """List the benchmarks with the first line that each says of itself."""
    for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        print(f"python -m benchmarks.{file.stem:12} {said.splitlines()[0] if said else ''}")


if __name__ == "__main__":
    main()
