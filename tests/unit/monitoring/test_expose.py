"""What Prometheus is told and what it is asked: the exposition as it goes over the wire, and the answers put to links."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from city.load import load_city
from monitoring.errors import NoMetrics
from monitoring.expose import RoundCollector
from monitoring.memory_agent import MemoryAsker
from monitoring.model import Round
from monitoring.poll import poll_round
from monitoring.query import ask_rates, link_uses, only_level
from monitoring.serve import listening
from monitoring.targets import Line, lines
from ops.errors import UsageProblem

from .conftest import target

EXPECTED = Path(__file__).parent / "exposition.txt"


def exposition(round_: Round) -> str:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(RoundCollector(lambda: round_, {("t1", "eth0"): Line("t1-agg", "agg", "town", 100)}))
    return generate_latest(registry).decode()


def test_the_exposition_is_as_written_down(memory: MemoryAsker) -> None:
    """The file beside this one; a change of names breaks people's dashboards and is made on purpose or not at all."""
    memory.devices["t2"].lost = 2
    found = asyncio.run(poll_round([target("t1"), target("t2")], memory, patience=0.1))
    text = exposition(Round(found.at, 0.25, found.outcomes))
    assert text == EXPECTED.read_text(encoding="utf-8")


def test_every_sample_is_one_series(memory: MemoryAsker) -> None:
    found = asyncio.run(poll_round([target("t1"), target("t2")], memory, patience=0.1))
    samples = [
        (sample.name, *sorted(sample.labels.items()))
        for family in text_string_to_metric_families(exposition(found))
        for sample in family.samples
    ]
    assert len(samples) == len(set(samples))
    assert len(samples) == 2 + 2 * 2 + 3 * 10 + 1  # the round, two devices' up and uptime, three ports, one contract


def test_every_end_of_every_link_has_its_line() -> None:
    city = load_city("tiny")
    found = lines(city)
    assert len(found) == 2 * len(city.links)
    for link in city.links:
        line = found[(link.a.node, link.a.interface)]
        assert (line.link, line.peer, line.level, line.rate_mbit) == (link.name, link.b.node, link.level.value, link.rate_mbit)


def test_a_links_use_is_told_by_whichever_end_is_polled() -> None:
    city = load_city("tiny")
    link = next(each for each in city.links if each.level.value == "town")
    a, b = (link.a.node, link.a.interface), (link.b.node, link.b.interface)
    (both,) = link_uses(city, {a: 1.0, b: 9.0}, {a: 10.0, b: 2.0})
    assert (both.forward_mbit, both.backward_mbit, both.utilisation) == (10, 2, 10 / link.rate_mbit)
    (only_a,) = link_uses(city, {a: 2.5}, {a: 10.0})
    assert (only_a.forward_mbit, only_a.backward_mbit) == (10, 2.5)
    (only_b,) = link_uses(city, {}, {b: 3.0})
    assert (only_b.forward_mbit, only_b.backward_mbit) == (None, 3)
    assert link_uses(city, {}, {("elsewhere", "eth0"): 5.0}) == []


def test_the_busiest_link_comes_first_and_levels_can_be_chosen() -> None:
    city = load_city("tiny")
    sent = {(link.a.node, link.a.interface): float(number) for number, link in enumerate(city.links)}
    uses = link_uses(city, {}, sent)
    assert [use.utilisation for use in uses] == sorted((use.utilisation for use in uses), reverse=True)
    assert {use.level for use in only_level(uses, "town")} == {"town"}
    assert only_level(uses, "") == uses
    with pytest.raises(UsageProblem) as unknown:
        only_level(uses, "twon")
    assert unknown.value.hint == "did you mean 'town'?"


class Prometheus:
    """Answers queries on 127.0.0.1 with what it was given."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[dict[str, str], str]]] = {}
        self.status = 200
        self.asked: list[str] = []
        self.url = ""

    def body(self, query: str) -> bytes:
        self.asked.append(query)
        rows = next((rows for name, rows in self.answers.items() if name in query), [])
        result = [{"metric": metric, "value": [0, value]} for metric, value in rows]
        return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()


@pytest.fixture
def prometheus(monkeypatch: pytest.MonkeyPatch) -> Iterator[Prometheus]:
    """A server that speaks Prometheus's query API, as far as it is used here."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Prometheus()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = made.body(parse_qs(urlsplit(self.path).query)["query"][0])
            self.send_response(made.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def test_rates_are_asked_for_links_alone_and_nonsense_is_left_out(prometheus: Prometheus) -> None:
    t1 = {"device": "t1", "interface": "eth0"}
    prometheus.answers = {
        "ifHCInOctets": [(t1, "1.5")],
        "ifHCOutOctets": [(t1, "2.5"), ({"device": "t2", "interface": "eth0"}, "NaN"), ({"instance": "other"}, "7")],
    }
    assert ask_rates(prometheus.url, 30) == ({("t1", "eth0"): 1.5}, {("t1", "eth0"): 2.5})
    assert prometheus.asked == [f'rate({name}{{link!=""}}[30s]) * 8 / 1e6' for name in ("ifHCInOctets", "ifHCOutOctets")]


def test_a_prometheus_without_traffic_a_broken_one_and_none_at_all(prometheus: Prometheus) -> None:
    with pytest.raises(NoMetrics) as empty:
        ask_rates(prometheus.url, 30)
    assert str(empty.value) == f"Prometheus has no traffic of this city yet: no rates of the last 30 s at {prometheus.url}"
    prometheus.status = 400
    with pytest.raises(NoMetrics, match="Prometheus does not answer at"):
        ask_rates(prometheus.url, 30)
    with pytest.raises(NoMetrics, match="Prometheus does not answer at"):
        ask_rates("http://127.0.0.1:1", 30)


@pytest.mark.parametrize(
    ("text", "found"),
    [("9436", ("127.0.0.1", 9436)), ("10.0.0.1:1", ("10.0.0.1", 1)), ("[::1]:80", ("::1", 80)), (":80", ("127.0.0.1", 80))],
)
def test_where_to_listen(text: str, found: tuple[str, int]) -> None:
    assert listening(text) == found


@pytest.mark.parametrize("text", ["", "host:", "host:port", "1:65536", "1:-1", "1:²"])
def test_no_place_to_listen(text: str) -> None:
    with pytest.raises(UsageProblem, match="is no ADDRESS:PORT"):
        listening(text)


def test_the_exporter_serves_what_it_polled_and_says_when_its_port_is_taken(memory: MemoryAsker, monkeypatch: pytest.MonkeyPatch) -> None:
    from monitoring import poller as poller_module
    from monitoring.serve import serve

    async def made(_name: str = "") -> MemoryAsker:
        return memory

    class Enough(Exception):
        """The test has seen what it wanted."""

    scraped: list[str] = []

    def ready(url: str) -> None:
        with urlopen(url, timeout=10) as answer:  # noqa: S310 - the exporter's own
            scraped.append(answer.read().decode())
        with pytest.raises(UsageProblem, match="can't listen on"):
            serve([], {}, address="127.0.0.1", port=int(urlsplit(url).port or 0), ready=lambda _url: None)
        raise Enough

    monkeypatch.setattr(poller_module, "make_asker_in_loop", made)
    with pytest.raises(Enough):
        serve([target("t1")], {}, address="127.0.0.1", port=0, ready=ready)
    assert 'citynode_device_up{device="t1"} 1.0' in scraped[0]
