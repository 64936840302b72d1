"""What at the target is a move's own: the database that it may remove, and the owner whose password it may set."""

from __future__ import annotations

import pytest

from migrate.room import is_ours
from migrate.steps import judge_owner

MARK = "citynode move of archive:"


@pytest.mark.parametrize(
    ("comment", "owner_comment", "ours"),
    [
        (f"{MARK} chg-1", f"{MARK} chg-1", True),
        (f"{MARK} chg-1, schema restored", f"{MARK} chg-1", True),
        ("", f"{MARK} chg-1", True),  # killed before it was marked
        ("", "", False),
        ("", "citynode move of archives: chg-1", False),
        ("moved from room-archives: chg-1", f"{MARK} chg-1", False),  # final
        ("the archivists' own", f"{MARK} chg-1", False),
        ("citynode move of benefits: chg-2", f"{MARK} chg-1", False),
    ],
)
def test_a_database_is_the_moves_by_its_own_mark_or_without_a_comment_by_its_owners(comment: str, owner_comment: str, ours: bool) -> None:
    assert is_ours({"comment": comment, "owner_comment": owner_comment}, MARK) is ours


@pytest.mark.parametrize(("owner", "ready"), [("archive", True), ("postgres", False), ("citynode_old", False)])
def test_a_database_of_the_administrators_does_not_move_for_its_owner_would_be_the_city_nodes(owner: str, ready: bool) -> None:
    found = judge_owner(owner, ["archive", "readers"])
    assert (found.name, found.ok) == ("owner", ready)
    assert owner in found.detail
