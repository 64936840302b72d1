"""An edge's configuration, as nginx itself reads it."""

from __future__ import annotations

import subprocess
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface
from pathlib import Path

import pytest

from city.load import load_city
from lab.edge.config import nginx_conf


@pytest.fixture
def conf(tmp_path: Path) -> str:
    city = load_city("tiny")
    return nginx_conf(
        city,
        city.edges[0],
        folder=tmp_path,
        ipv4=IPv4Interface("127.0.0.1/24"),
        ipv6=IPv6Interface("::1/64"),
        resolvers=[IPv4Address("127.0.0.53")],
    )


def test_every_system_has_a_server_in_both_families_and_other_names_are_refused(conf: str) -> None:
    assert conf.count("listen 127.0.0.1:80;") == conf.count("listen [::1]:80;") == 2
    assert "server_name archive.cdn.tiny.gov.example archive.cdn1.tiny.gov.example;" in conf
    assert "set $origin archive.tiny.gov.example;" in conf
    assert conf.count("default_server") == 2
    assert "return 421;" in conf


def test_nginx_takes_it(conf: str, tmp_path: Path) -> None:
    path = tmp_path / "nginx.conf"
    path.write_text(conf.replace(":80", ":18765"))
    done = subprocess.run(["nginx", "-t", "-e", "stderr", "-c", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
