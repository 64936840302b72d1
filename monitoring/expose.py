"""A round of polling as Prometheus metrics, under the names that SNMP dashboards already know (IF-MIB's own).

Every interface's series carry `device` and `interface`, and where a link of the city hangs on it `link`, `peer` and `level`.
Counters are exposed as the devices count them; rates are Prometheus's work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitoring.model import Counters, Round
from monitoring.targets import Line

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

OPER_UP, OPER_DOWN = 1, 2
LABELS = ("device", "interface", "link", "peer", "level")


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of an interface; IF-MIB's counters keep their own names, without `_total`."""

    name: str
    help: str
    value: Callable[[Counters], float]


SERIES = (
    Series("ifHCInOctets", "Octets received (RFC 2863).", lambda item: item.in_octets),
    Series("ifHCOutOctets", "Octets sent (RFC 2863).", lambda item: item.out_octets),
    Series("ifHCInUcastPkts", "Unicast packets received (RFC 2863).", lambda item: item.in_packets),
    Series("ifHCOutUcastPkts", "Unicast packets sent (RFC 2863).", lambda item: item.out_packets),
    Series("ifInErrors", "Packets received with errors (RFC 2863).", lambda item: item.in_errors),
    Series("ifOutErrors", "Packets not sent for errors (RFC 2863).", lambda item: item.out_errors),
    Series("ifInDiscards", "Received packets discarded (RFC 2863).", lambda item: item.in_discards),
    Series("ifOutDiscards", "Packets to send discarded (RFC 2863).", lambda item: item.out_discards),
    Series("ifHighSpeed", "Interface speed in Mbit/s, as the device says (RFC 2863).", lambda item: item.speed_mbit),
    Series("ifOperStatus", "1 up, 2 down (RFC 2863).", lambda item: OPER_UP if item.is_up else OPER_DOWN),
)


class RoundCollector:
    """A prometheus_client collector that takes a round whenever it is scraped."""

    def __init__(self, poll: Callable[[], Round], lines: Mapping[tuple[str, str], Line]) -> None:
        self._poll = poll
        self._lines = lines

    def describe(self) -> list[Metric]:
        """Nothing: registering must not poll."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The metrics of a fresh round."""
        return metrics(self._poll(), self._lines)


def metrics(round_: Round, lines: Mapping[tuple[str, str], Line]) -> Iterator[Metric]:
    """Everything that is known after a round."""
    from prometheus_client.metrics_core import GaugeMetricFamily, UntypedMetricFamily

    yield GaugeMetricFamily("citynode_poll_seconds", "How long the round took.", value=round_.seconds)
    yield GaugeMetricFamily("citynode_poll_failed_devices", "Devices that did not answer.", value=len(round_.failed))
    up = GaugeMetricFamily("citynode_device_up", "Whether the device answered SNMP.", labels=["device"])
    uptime = GaugeMetricFamily("sysUpTime", "Hundredths of a second since the agent started (RFC 3418).", labels=["device"])
    for outcome in round_.outcomes:
        up.add_metric([outcome.device], float(outcome.reading is not None))
        if outcome.reading is not None:
            uptime.add_metric([outcome.device], outcome.reading.uptime_ticks)
    yield up
    yield uptime
    rate = GaugeMetricFamily("citynode_link_rate_mbit", "What the link carries by contract, in Mbit/s.", labels=list(LABELS))
    families = [(series, UntypedMetricFamily(series.name, series.help, labels=list(LABELS))) for series in SERIES]
    for reading in round_.readings.values():
        for item in reading.interfaces:
            line = lines.get((reading.device, item.name))
            labels = [reading.device, item.name, *((line.link, line.peer, line.level) if line else ("", "", ""))]
            for series, family in families:
                family.add_metric(labels, series.value(item))
            if line:
                rate.add_metric(labels, line.rate_mbit)
    yield rate
    yield from (family for _series, family in families)
