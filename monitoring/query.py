"""What Prometheus is asked, by prometheus-api-client: who uses the bandwidth, link by link and in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from city.model import City, Level, Link
from monitoring.errors import NoMetrics
from ops.access import Access
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown

RATE = 'rate({name}{{link!=""}}[{window}s]) * 8 / 1e6'


@dataclass(frozen=True, slots=True)
class LinkUse:
    """What went over a link, from its end `a` to `b` and back, against what it carries."""

    link: str
    level: str
    a: str
    b: str
    rate_mbit: int
    forward_mbit: float | None
    backward_mbit: float | None

    @property
    def utilisation(self) -> float:
        """Of the busier direction, 0 to 1."""
        return max(self.forward_mbit or 0.0, self.backward_mbit or 0.0) / self.rate_mbit

    def as_data(self) -> dict[str, object]:
        return {
            "link": self.link,
            "level": self.level,
            "a": self.a,
            "b": self.b,
            "rate_mbit": self.rate_mbit,
            "forward_mbit": _rounded(self.forward_mbit),
            "backward_mbit": _rounded(self.backward_mbit),
            "utilisation": round(self.utilisation, 4),
        }


Sent = Mapping[tuple[str, str], float]
"""Mbit/s by device and interface."""


def ask_rates(url: str, window_seconds: int) -> tuple[Sent, Sent]:
    """What every polled interface received and sent, averaged over the window."""
    received, sent = (_ask(url, RATE.format(name=name, window=window_seconds)) for name in ("ifHCInOctets", "ifHCOutOctets"))
    if not sent:
        raise NoMetrics(
            _("Prometheus has no traffic of this city yet"),
            why=_("no rates of the last {seconds} s at {url}").format(seconds=window_seconds, url=url),
            hint=_("is an exporter running and scraped? citynode mon serve; it takes two scrapes"),
        )
    return received, sent


def link_uses(city: City, received: Sent, sent: Sent) -> list[LinkUse]:
    """Every link of which at least one end is known, the busiest first. Pure."""
    found = [use for link in city.links if (use := _use(link, received, sent)) is not None]
    return sorted(found, key=lambda use: (-use.utilisation, use.link))


def only_level(uses: Iterable[LinkUse], level: str) -> list[LinkUse]:
    """Those of this level; all without one."""
    if level and level not in set(Level):
        raise unknown("level", level, [item.value for item in Level])
    return [use for use in uses if not level or use.level == level]


def prometheus_of(access: Access) -> str:
    """Where this city's Prometheus is."""
    if not access.prometheus:
        raise UsageProblem(
            _("the access file names no Prometheus"),
            hint=_("citynode lab up brings one; for a real city set prometheus: URL in the access file"),
        )
    return access.prometheus


def _use(link: Link, received: Sent, sent: Sent) -> LinkUse | None:
    """Each end counts what it sends; where only one end is polled, what it receives tells of the other."""
    a, b = (link.a.node, link.a.interface), (link.b.node, link.b.interface)
    forward, backward = _first(sent.get(a), received.get(b)), _first(sent.get(b), received.get(a))
    if forward is None and backward is None:
        return None
    return LinkUse(link.name, link.level.value, link.a.node, link.b.node, link.rate_mbit, forward, backward)


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _ask(url: str, query: str) -> Sent:
    from prometheus_api_client import PrometheusConnect
    from prometheus_api_client.exceptions import PrometheusApiClientException
    from requests import RequestException

    try:
        return _by_interface(PrometheusConnect(url=url, disable_ssl=False, timeout=10).custom_query(query))
    except (RequestException, PrometheusApiClientException) as broken:
        raise NoMetrics(
            _("Prometheus does not answer at {url}").format(url=url),
            why=str(broken)[:200],
            hint=_("citynode lab status; or set prometheus in the access file"),
        ) from broken


def _by_interface(rows: Iterable[Any]) -> dict[tuple[str, str], float]:
    """Rows of other exporters, and values that are no numbers, are left out."""
    found = {(row["metric"].get("device"), row["metric"].get("interface")): float(row["value"][1]) for row in rows}
    return {key: value for key, value in found.items() if all(key) and isfinite(value)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
