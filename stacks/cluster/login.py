"""A kubeconfig as a login: server, trust and credentials of one context.

Parsed here because the provider has to start in a fraction of a second. It refuses what it can't do soundly (exec and
auth-provider plugins) instead of trying half of it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from ops import yaml
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Login:
    """Where an API server is and how this operator proves who they are; credentials never show in its text."""

    server: str
    ca_pem: str = field(default="", repr=False)
    verify: bool = True
    server_name: str = ""
    token: str = field(default="", repr=False)
    certificate_pem: str = field(default="", repr=False)
    key_pem: str = field(default="", repr=False)
    origin: str = "kubeconfig"


def read_login(source: str, *, context: str = "") -> Login:
    """The login of a context (the current one by default) of a kubeconfig given as a path or as its content."""
    text, origin, folder = _text_of(source)
    try:
        document = yaml.load(text)
    except YAMLError as broken:
        raise UsageProblem(
            _("{origin} is not YAML").format(origin=origin), why=str(broken).splitlines()[0], hint=_("check access.yaml: kubeconfig")
        ) from broken
    if not isinstance(document, dict):
        raise UsageProblem(
            _("{origin} is not a kubeconfig").format(origin=origin), why=_("it holds no mapping"), hint=_("check access.yaml: kubeconfig")
        )
    chosen = _named(document, "contexts", context or str(document.get("current-context") or ""), "context", origin)
    cluster = _named(document, "clusters", str(chosen.get("cluster") or ""), "cluster", origin)
    user = _named(document, "users", str(chosen.get("user") or ""), "user", origin)
    return _login(cluster, user, origin, folder)


def _text_of(source: str) -> tuple[str, str, Path]:
    if "\n" in source:
        return source, "the kubeconfig", Path()
    path = Path(source).expanduser()
    try:
        return path.read_text(encoding="utf-8"), str(path), path.parent
    except OSError as missing:
        why = missing.strerror or str(missing)
        raise UsageProblem(_("the kubeconfig {path} can't be read").format(path=path), why=why, hint="citynode lab status") from missing


def _named(document: Mapping[str, Any], key: str, name: str, kind: str, origin: str) -> Mapping[str, Any]:
    entries: Sequence[Any] = document.get(key) or ()
    known = {str(entry.get("name")): entry.get(kind) for entry in entries if isinstance(entry, dict)}
    found = known.get(name)
    if not isinstance(found, dict):
        problem = unknown(kind, name, known)
        problem.why = origin
        raise problem
    return found


def _login(cluster: Mapping[str, Any], user: Mapping[str, Any], origin: str, folder: Path) -> Login:
    plugin = next((key for key in ("exec", "auth-provider") if key in user), "")
    if plugin:
        hint = _("use a token or a client certificate, or install the official plugin")
        raise UsageProblem(
            _("{origin} logs in by {plugin}, which this provider doesn't run").format(origin=origin, plugin=plugin), hint=hint
        )
    return Login(
        server=str(cluster.get("server") or "").rstrip("/"),
        ca_pem=_pem(cluster, "certificate-authority", folder),
        verify=not cluster.get("insecure-skip-tls-verify", False),
        server_name=str(cluster.get("tls-server-name") or ""),
        token=str(user.get("token") or "") or _pem(user, "tokenFile", folder, inline=False).strip(),
        certificate_pem=_pem(user, "client-certificate", folder),
        key_pem=_pem(user, "client-key", folder),
        origin=origin,
    )


def _pem(entry: Mapping[str, Any], key: str, folder: Path, *, inline: bool = True) -> str:
    """A value that stands in the kubeconfig as base64 (`key-data`) or as the path of a file (`key`)."""
    data = entry.get(f"{key}-data") if inline else None
    try:
        if data:
            return base64.b64decode(str(data), validate=True).decode("ascii")
        return (folder / str(entry[key])).read_text(encoding="ascii") if entry.get(key) else ""
    except (OSError, binascii.Error, UnicodeError) as broken:
        raise UsageProblem(
            _("{key} of the kubeconfig can't be read").format(key=key), why=str(broken), hint="citynode lab status"
        ) from broken
