"""`citynode approve`: plans that wait for somebody else's approval (管运分离)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.frame import Frame, Table, Yes, frame, noun
from ops.language import _

app = noun("approve")


@app.command("list", epilog="Example: citynode approve list")
def list_() -> None:
    """List the plans that ask for approval, and who gave it."""
    here = frame()
    from ops.approval import pending
    from ops.audit import Trail

    requests = pending(Trail(here.settings.state))
    rows = [(one.plan_hash[:12], one.city or None, one.subject, one.author, one.asked_at, one.approved_by or None) for one in requests]
    here.show(requests, Table(("plan", "city", "subject", "author", "asked at", "approved by"), rows))


@app.command("accept", epilog="Example: citynode approve accept 3f2a9c41d0be --author li.owner")
def accept(plan: Annotated[str, typer.Argument(help="The plan's hash, or its first 8 or more characters.")], yes: Yes = False) -> None:
    """Approve a plan that somebody else wants to carry out; exactly this plan for its city, for seven days."""
    here = frame()
    from ops.approval import accept as approve
    from ops.approval import waiting
    from ops.audit import Trail

    trail, city, author = Trail(here.settings.state), _named_city(here), here.settings.author
    if not yes:
        asked = waiting(trail, plan, city)
        question = _("Approve plan {plan} for {city} ({subject}) as {author}?")
        here.confirm(question.format(plan=asked.plan_hash[:12], city=asked.city, subject=asked.subject, author=author), yes=yes)
    done = approve(trail, plan, author, city)
    row = (done.plan_hash[:12], done.city or None, done.subject, done.author, done.approved_by)
    here.show(done, Table(("plan", "city", "subject", "author", "approved by"), [row]))


def _named_city(here: Frame) -> str:
    """What the city that was named keeps its requests under; empty if nothing but the lab in use names one."""
    origin = here.settings.origin("city")
    return "" if origin == "default" or origin.endswith("current.toml") else here.control.scope
