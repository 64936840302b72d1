"""The real name server and the one in memory keep the same promises; bind9 runs on the loopback for it."""

from __future__ import annotations

import base64
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from network.dns.server import DnsUpdates, MemoryNames, NameServer, Rrset, differing, in_zone_form, snapshot
from network.errors import LoginRefused
from ops.access import Dns
from ops.errors import Unreachable, UsageProblem

NAMED = Path("/usr/sbin/named")
ZONE = "tiny.gov.example"
KEY = base64.b64encode(b"k" * 32).decode()
NAME, ADDRESS, OTHER = f"core1.{ZONE}", "2001:db8::1", "2001:db8::2"


@pytest.fixture(scope="module")
def bind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Dns]]:
    """A bind9 of this test's own, and what its access entry says unless a test says otherwise."""
    if not NAMED.exists():
        pytest.skip("bind9 is not installed")
    folder, port = tmp_path_factory.mktemp("bind"), _free_port()
    for name in ("zone.db", "fixed.db"):
        (folder / name).write_text("$TTL 300\n@ IN SOA ns1 host 1 60 15 86400 5\n@ IN NS ns1\nns1 IN A 127.0.0.1\n")
    (folder / "named.conf").write_text(
        f'key "update" {{ algorithm hmac-sha256; secret "{KEY}"; }};\n'
        f'options {{ directory "{folder}"; pid-file none; session-keyfile none; lock-file none; recursion no; dnssec-validation no; '
        f"listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; }};\ncontrols {{ }};\n"
        f'zone "{ZONE}" {{ type primary; allow-update {{ key "update"; }}; file "{folder}/zone.db"; }};\n'
        f'zone "fixed.example" {{ type primary; file "{folder}/fixed.db"; }};\n'
    )
    (folder / "key").write_text(KEY)
    (folder / "key").chmod(0o600)
    log = (folder / "log").open("wb")
    server = subprocess.Popen([NAMED, "-g", "-n", "1", "-c", folder / "named.conf"], stdout=log, stderr=log)
    try:
        yield lambda **changes: Dns(
            **{"address": IPv4Address("127.0.0.1"), "port": port, "key_name": "update", "key": f"file:{folder / 'key'}"} | changes
        )
    finally:
        server.terminate()
        server.wait(10)
        log.close()


@pytest.fixture(params=["memory", "bind9"])
def server(request: pytest.FixtureRequest) -> Iterator[NameServer]:
    """Both, one after the other; a zone without the name that tests play with."""
    if request.param == "memory":
        yield MemoryNames({ZONE})
        return
    real = DnsUpdates(request.getfixturevalue("bind")())
    _wait(real)
    yield real
    real.update(ZONE, [Rrset(NAME, "AAAA"), Rrset(f"dc1.{ZONE}", "AAAA")])


def test_it_serves_its_zone_and_no_other(server: NameServer) -> None:
    server.check(ZONE)
    assert server.serves(ZONE)
    assert not server.serves("1.0.0.2.ip6.arpa")
    with pytest.raises(Unreachable, match=r"doesn't serve 1\.0\.0\.2\.ip6\.arpa"):
        server.check("1.0.0.2.ip6.arpa")


def test_sets_are_replaced_and_an_empty_one_goes(server: NameServer) -> None:
    assert server.read(NAME, "AAAA") == ()
    for values in ((ADDRESS,), (ADDRESS,), (OTHER,), (ADDRESS, OTHER), ()):
        server.update(ZONE, [Rrset(NAME, "AAAA", values)])
        assert server.read(NAME, "AAAA") == tuple(sorted(values))


def test_lifetime_is_what_it_was_given(server: NameServer) -> None:
    assert server.lifetime(NAME, "AAAA") is None
    for seconds in (300, 5):
        server.update(ZONE, [Rrset(NAME, "AAAA", (ADDRESS,), seconds)])
        assert server.lifetime(NAME, "AAAA") == seconds


def test_what_differs_is_found_and_a_snapshot_goes_back(server: NameServer) -> None:
    wanted = [Rrset(NAME, "AAAA", (ADDRESS,)), Rrset(f"dc1.{ZONE}", "AAAA", (OTHER,))]
    before = snapshot(server, wanted)
    assert differing(server, wanted) == tuple(wanted)
    server.update(ZONE, wanted)
    assert differing(server, wanted) == ()
    longer = Rrset(NAME, "AAAA", (ADDRESS,), 600)
    assert differing(server, [longer]) == (longer,)
    assert snapshot(server, [longer]) == (wanted[0],)
    server.update(ZONE, before)
    assert differing(server, before) == ()


@pytest.mark.parametrize(
    ("kind", "values", "held"),
    [
        ("AAAA", ["2001:DB8::1", "2001:db8:0::1"], ("2001:db8::1",)),
        ("TXT", ["kept by hand"], ('"kept" "by" "hand"',)),
        ("CNAME", ["dc1"], (f"dc1.{ZONE}.",)),
    ],
)
def test_values_are_compared_as_the_server_gives_them(server: NameServer, kind: str, values: list[str], held: tuple[str, ...]) -> None:
    wanted = Rrset(f"www.{ZONE}", kind, in_zone_form(kind, values, ZONE))
    assert wanted.values == held
    server.update(ZONE, [wanted])
    assert differing(server, [wanted]) == ()
    server.update(ZONE, [Rrset(wanted.name, kind)])


def test_a_value_that_is_none_is_refused() -> None:
    with pytest.raises(UsageProblem, match=r"'10\.16\.1\.21' is no value of a AAAA record"):
        in_zone_form("AAAA", ["10.16.1.21"], ZONE)


def test_a_name_outside_the_zone_spoils_the_whole_update(server: NameServer) -> None:
    with pytest.raises((LoginRefused, ValueError)):
        server.update(ZONE, [Rrset(NAME, "AAAA", (ADDRESS,)), Rrset("core1.other.example", "AAAA", (ADDRESS,))])
    assert server.read(NAME, "AAAA") == ()


def test_a_wrong_key_is_refused_whatever_is_wrong_with_it(bind: Callable[..., Dns], monkeypatch: pytest.MonkeyPatch) -> None:
    _wait(DnsUpdates(bind()))
    monkeypatch.setenv("WRONG", base64.b64encode(b"w" * 32).decode())
    for changes, why in (({"key": "env:WRONG"}, "signature"), ({"key_name": "nobody"}, "didn't know the key")):
        with pytest.raises(LoginRefused, match=f"doesn't accept the key .*{why}") as refused:
            DnsUpdates(bind(**changes)).check(ZONE)
        assert refused.value.exit_code == 3
    monkeypatch.setenv("WRONG", "not base64")
    with pytest.raises(UsageProblem, match="the key update of the name server is not base64"):
        DnsUpdates(bind(key="env:WRONG"))


def test_a_zone_that_does_not_take_our_updates_says_so(bind: Callable[..., Dns]) -> None:
    real = DnsUpdates(bind())
    _wait(real)
    with pytest.raises(LoginRefused, match=r"refused the update of fixed\.example: REFUSED"):
        real.update("fixed.example", [Rrset("core1.fixed.example", "AAAA", (ADDRESS,))])


def test_a_server_that_is_not_there_is_unreachable(bind: Callable[..., Dns]) -> None:
    with pytest.raises(Unreachable, match=r"the name server at 127\.0\.0\.1 does not answer"):
        DnsUpdates(bind(port=_free_port())).check(ZONE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: NameServer) -> None:
    """Until the server that was just started answers."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            if server.serves(ZONE):
                return
        except Unreachable:
            time.sleep(0.1)
    pytest.fail("bind9 did not come up")
