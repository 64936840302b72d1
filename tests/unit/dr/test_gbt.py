from __future__ import annotations

from dr.gbt import read_level


def test_only_verified_levels_are_read_and_the_edition_is_named() -> None:
    reading = read_level(4.2, 0.0)
    assert (reading.edition, reading.superseded_by, reading.level) == ("GB/T 20988-2007", "GB/T 20988-2025", 6)
    assert read_level(4.2, 1.0).level == 2  # levels 3 to 5 are not verified, so they are never claimed
    assert read_level(4.2, 700_000.0).level is None
