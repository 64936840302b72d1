"""What one family says of a town never hides what the other says."""

from __future__ import annotations

from collections.abc import Sequence

from city.load import load_city
from network.desk import Care
from network.devices.probe import Address, Count
from network.errors import NoVantage
from network.ipv6.reach import measure
from ops.progress import Silent

TOWNS = ("haifeng-t01", "haifeng-t02")


class HalfWay:
    """A prober of towns of which one has no IPv6 address yet, as declared as it is."""

    def probe(self, router: str, targets: Sequence[Address], *, count: int = 3, interval_ms: int = 100) -> dict[Address, Count]:
        if router == TOWNS[0] and targets[0].version == 6:
            raise NoVantage(f"{router} has no address to measure from yet")
        return {target: Count(count, count) for target in targets}


def test_a_town_without_an_ipv6_address_still_tells_of_ipv4() -> None:
    found = measure(load_city("tiny"), HalfWay(), TOWNS, TOWNS, progress=Silent(), care=Care())
    assert (found.ipv4, found.ipv6) == (1.0, 0.5)
    assert [row["error"] for row in found.as_data()["towns"]] == ["", ""]
    assert found.silent() == [f"haifeng-t01 -> {centre} over IPv6" for centre in ("dc1", "dc2", "dc3")]
