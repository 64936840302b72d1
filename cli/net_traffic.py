"""`citynode net traffic`: link costs that bring the busiest line down, planned from measured or planned load and pushed."""

from __future__ import annotations

from cli.frame import noun

app = noun("traffic", "Traffic: plan link costs that relieve the busiest line, and apply them.")
