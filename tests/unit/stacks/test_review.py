"""The reports on zones: from a city, what was observed and a day, to what people are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from city.model import City, ContactRole, Exemption
from city.pools import Amount
from stacks.zones.review import backup_coverage, expiring, pool_standings, unused_zones
from stacks.zones.usage import ZoneUse, amount_of

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)


def found(zone: str, centre: str = "dc1", *, days: int = 90, pods: int = 0, workloads: int = 0, storage: int = 0) -> ZoneUse:
    return ZoneUse(centre, zone, NOW - timedelta(days=days), Amount(pods * 100, pods * 64, storage, pods), workloads)


def test_a_pool_s_reserve_counts_every_centre_with_its_share(tiny: City) -> None:
    standing = next(each for each in pool_standings(tiny, None) if each.department == "archives")
    granted = tiny.system_by_name["archive"].quota
    full, share = (granted.cpu_millis, granted.memory_mib), (granted.cpu_millis // 4, granted.memory_mib // 4)
    cpu, memory = (2 * one + part for one, part in zip(full, share, strict=True))
    assert standing.reserved == Amount(cpu, memory, granted.storage_gib * 3, granted.pods * 3)
    assert (standing.systems, standing.used, standing.percent) == (1, None, 30)


def test_used_is_summed_over_a_department_s_zones_and_centres(tiny: City) -> None:
    seen = [found("archive", pods=2), found("archive", "dc2", pods=1), found("benefits", pods=5), found("gone-by-now", pods=9)]
    used = {each.department: each.used for each in pool_standings(tiny, seen)}
    assert used["archives"] == Amount(300, 192, 0, 3)
    assert used["data-bureau"] == Amount()


@pytest.mark.parametrize(
    ("zone", "waits"),
    [
        (found("service-portal"), [False]),
        (found("archive"), [True]),  # it runs in its department's room until it is moved
        (found("service-portal", days=29), []),
        (found("service-portal", pods=1), []),
        (found("service-portal", workloads=1), []),
        (found("service-portal", storage=1), []),
        (found("service-portal", "dc2"), []),  # a standby stands empty on purpose
        (found("gone-by-now"), []),
    ],
)
def test_a_zone_is_unused_when_nothing_is_in_it_for_a_while(tiny: City, zone: ZoneUse, waits: list[bool]) -> None:
    assert [each.waits for each in unused_zones(tiny, [zone], NOW)] == waits


def test_reviews_and_exemptions_come_in_the_order_of_their_days(with_system: Callable[..., City]) -> None:
    city = with_system(review_after="2027-05-30")
    fields = {"system": "archive", "rule": "limits-required", "owner": ContactRole.CLOUD, "reason": "old image", "approver": "data-bureau"}
    exemption = Exemption.model_validate({**fields, "expires": date(2027, 6, 11)})
    city = city.model_copy(update={"exemptions": (exemption,)})
    due = [(each.what, each.system, each.days_left) for each in expiring(city, NOW.date(), within_days=30)]
    assert due == [("review", "permits", -2), ("exemption", "archive", 10), ("review", "benefits", 29)]
    assert expiring(city, NOW.date(), within_days=30)[1].detail == "limits-required: old image (data-bureau)"
    assert len(expiring(city, NOW.date(), within_days=28)) == 2


def test_backups_are_counted_by_tier_with_those_that_have_none(with_system: Callable[..., City]) -> None:
    application, data, none = backup_coverage(with_system())
    assert (application.systems, application.backed_up, application.longest_hours, application.without) == (4, 3, 24, ("permits",))
    assert (application.data_gb, application.backed_up_gb) == (1.08, 0.08)
    assert (data.systems, none.systems, none.longest_hours) == (0, 0, None)


def test_what_a_quota_counts_is_rounded_up_to_our_units() -> None:
    used = {"requests.cpu": "1050m", "requests.memory": "1", "requests.storage": "1500Mi", "pods": "3", "services.nodeports": "0"}
    assert amount_of(used) == Amount(1050, 1, 2, 3)
    assert amount_of({}) == Amount()
