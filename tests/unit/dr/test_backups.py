"""What the backup repository's listing says of systems."""

from __future__ import annotations

from dr.backups import Backups, newest_of

LISTING = """[
 {"time": "2026-11-24T02:00:01.123456789+08:00", "tags": ["archive"]},
 {"time": "2026-11-25T02:00:01.5+08:00", "tags": ["archive"]},
 {"time": "2026-11-25T03:00:00Z", "tags": null}
]"""


def test_the_newest_backup_of_a_system_counts() -> None:
    backups = Backups(newest_of(LISTING))
    assert backups.says(["archive", "benefits"]) == "archive 2026-11-25 02:00, benefits has no backup yet"


def test_an_empty_repository_holds_none() -> None:
    assert Backups(newest_of("[]")).says(["archive"]) == "archive has no backup yet"


def test_a_repository_that_cannot_be_read_is_a_sentence() -> None:
    assert Backups(problem="no route to host").says(["archive"]) == "unknown (no route to host)"
