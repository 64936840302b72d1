"""A vendor of our own on 127.0.0.1, with a certificate that only these tests trust, and a Go that builds shell scripts."""

from __future__ import annotations

import hashlib
import ssl
import stat
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from engines import catalogue, resolve
from engines.catalogue import Engine, Program, Release

TOY = """#!/bin/sh
echo "toy v1.2.{patch}"
"""
GO = """#!/bin/sh
# a Go that compiles to shell scripts; CALLS gets a line for each time it is asked
echo "$1" >> "$CALLS"
case "$1" in
  version) echo "go version go${GO_VERSION:-1.26.0} linux/amd64" ;;
  list) printf 'runtime\\nnet/http\\nexample.org/toy\\n' ;;
  build)
    if [ -n "$GO_FAILS" ]; then echo "# example.org/toy" >&2; echo "$GO_FAILS" >&2; exit 1; fi
    echo "net/http" >&2; echo "example.org/toy" >&2
    while [ "$1" != "-o" ]; do shift; done
    into="$2"; shift 4
    for package in "$@"; do
      made="$into${package##*/}"
      printf '#!/bin/sh\\necho "%s v1.2.3 built"\\n' "${package##*/}" > "$made"; chmod 755 "$made"
    done ;;
esac
"""


class Vendor:
    """Files by path, what was asked for, and how many bytes of a file it sends before it hangs up."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.files: dict[str, bytes] = {}
        self.leads: dict[str, str] = {}
        self.asked: list[str] = []
        self.cut: dict[str, int] = {}

    def publish(self, path: str, content: bytes, *, sum_of: bytes | None = None) -> None:
        """The file and its sum; of other content, where the vendor was broken into."""
        self.files[path] = content
        self.files[f"{path}.sha256"] = hashlib.sha256(content if sum_of is None else sum_of).hexdigest().encode()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "toy vendor")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate, secret = folder / "vendor.pem", folder / "vendor.key"
    certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(private)
    return certificate, secret


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """A running HTTPS server that this test trusts."""
    certificate, secret = _certificate(tmp_path)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            vendor.asked.append(self.path)
            content = vendor.files.get(self.path)
            if self.path in vendor.leads:
                self.send_response(302)
                self.send_header("Location", vendor.leads[self.path])
                self.end_headers()
            elif content is None:
                self.send_error(404)
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: vendor.cut.get(self.path, len(content))])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    vendor = Vendor(f"https://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(urllib.request, "_opener", None)
    yield vendor
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def toy(vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The only engine there is: two programs, published by the vendor above; a cache and a PATH of its own."""
    release = Release(vendor.url + "/{version}/{program}", vendor.url + "/{version}/{program}.sha256")
    programs = tuple(Program(name, f"example.org/{name}") for name in ("toy", "toyctl"))
    engine = Engine("toys", "v1.2.3", programs, "example.org/version", release, lambda found, wanted: found[:2] == wanted[:2])
    monkeypatch.setattr(catalogue, "MODULES", tmp_path / "modules")
    monkeypatch.setattr(catalogue, "ENGINES", (engine,))
    monkeypatch.setattr(resolve, "ENGINES", (engine,))
    (tmp_path / "modules" / "toys").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("CITYNODE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CITYNODE_ENGINES", raising=False)
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return engine


def executable(path: Path, text: str) -> Path:
    """A program at this path."""
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def go(toy: Engine, tmp_path: Path) -> Path:
    """A Go on PATH; the file of its calls."""
    executable(tmp_path / "bin" / "go", GO)
    calls = tmp_path / "calls"
    calls.write_text("", encoding="utf-8")
    return calls
