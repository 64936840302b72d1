"""A kubeconfig is read whole or refused with the place that is wrong."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from ops import yaml
from ops.errors import UsageProblem
from stacks.cluster.login import read_login


def kubeconfig(folder: Path, **changes: Any) -> str:
    document: dict[str, Any] = {
        "current-context": "lab",
        "contexts": [{"name": "lab", "context": {"cluster": "dc1", "user": "operator"}}],
        "clusters": [{"name": "dc1", "cluster": {"server": "https://10.0.0.1:6443/", "certificate-authority": "ca.pem"}}],
        "users": [{"name": "operator", "user": {"token": "t0ps3cret"}}],
        **changes,
    }
    (folder / "ca.pem").write_text("CA")
    path = folder / "kubeconfig"
    path.write_text(yaml.dump(document))
    return str(path)


def test_the_current_context_is_the_login(tmp_path: Path) -> None:
    login = read_login(kubeconfig(tmp_path))
    assert (login.server, login.ca_pem, login.token, login.verify) == ("https://10.0.0.1:6443", "CA", "t0ps3cret", True)
    assert "t0ps3cret" not in repr(login)


def test_certificates_may_stand_in_the_file_itself(tmp_path: Path) -> None:
    inline = {"client-certificate-data": base64.b64encode(b"CRT").decode(), "client-key-data": base64.b64encode(b"KEY").decode()}
    login = read_login(kubeconfig(tmp_path, users=[{"name": "operator", "user": inline}]))
    assert (login.certificate_pem, login.key_pem) == ("CRT", "KEY")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"current-context": "lap"}, "no context named 'lap'"),
        ({"contexts": [{"name": "lab", "context": {"cluster": "dc2", "user": "operator"}}]}, "no cluster named 'dc2'"),
        ({"users": []}, "no user named 'operator'"),
        ({"users": [{"name": "operator", "user": {"exec": {"command": "aws"}}}]}, "logs in by exec, which this provider doesn't run"),
        ({"users": [{"name": "operator", "user": {"client-key": "missing.key"}}]}, "client-key of the kubeconfig can't be read"),
        ({"users": [{"name": "operator", "user": {"client-key-data": "***"}}]}, "client-key of the kubeconfig can't be read"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageProblem, match=says):
        read_login(kubeconfig(tmp_path, **changes))


@pytest.mark.parametrize(("text", "says"), [("- a list", "is not a kubeconfig"), ("a: [", "is not YAML"), (None, "can't be read")])
def test_a_file_that_is_no_kubeconfig_is_refused(tmp_path: Path, text: str | None, says: str) -> None:
    path = tmp_path / "kubeconfig"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageProblem, match=says):
        read_login(str(path))
