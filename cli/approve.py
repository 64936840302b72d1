"""`citynode approve`: plans that wait for somebody else's approval (管运分离)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.frame import Table, Yes, frame, noun
from ops.language import _

app = noun("approve", "Plans that wait for somebody else's approval.")


@app.command("list", epilog="Example: citynode approve list")
def list_() -> None:
    """List the plans that ask for approval, and who gave it."""
    here = frame()
    from ops.approval import pending
    from ops.audit import Trail

    requests = pending(Trail(here.settings.state))
    rows = [(one.plan_hash[:12], one.subject, one.author, one.asked_at, one.approved_by or None) for one in requests]
    here.show(requests, Table(("plan", "subject", "author", "asked at", "approved by"), rows))


@app.command("accept", epilog="Example: citynode approve accept 3f2a9c41d0be --author li.owner")
def accept(plan: Annotated[str, typer.Argument(help="The plan's hash, or its first 8 or more characters.")], yes: Yes = False) -> None:
    """Approve a plan that somebody else wants to carry out; exactly this plan, for seven days."""
    here = frame()
    from ops.approval import accept as approve
    from ops.audit import Trail

    here.confirm(_("Approve plan {plan} as {author}?").format(plan=plan, author=here.settings.author), yes=yes)
    done = approve(Trail(here.settings.state), plan, here.settings.author)
    here.show(
        done, Table(("plan", "subject", "author", "approved by"), [(done.plan_hash[:12], done.subject, done.author, done.approved_by)])
    )
