"""No pod is more than a guest on its node.

The zones' namespaces are held to the pod security standard "restricted" by the API server itself, which looks at pods only.
This rule looks at what makes pods too, so that a Deployment is refused and not, later and silently, its pods; and it keeps the
standard's label on the namespaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stacks.guard.facts import Facts
from stacks.guard.kinds import NAMESPACE, RUNNING, containers, pod_spec
from stacks.guard.rule import Case, Check, Rule

ENFORCE = "pod-security.kubernetes.io/enforce"
STANDARD = "restricted"
HOST = ("hostNetwork", "hostPID", "hostIPC")
HARMLESS = "NET_BIND_SERVICE"
"""The one capability that the standard "restricted" lets a container add."""


def _privileges(case: Case) -> list[str]:
    spec = pod_spec(case.body)
    host = [key for key in HOST if spec.get(key)]
    paths = [f"hostPath volume {volume['name']}" for volume in spec.get("volumes") or () if volume.get("hostPath") is not None]
    return [*host, *paths, *(found for each in containers(case) for found in _of_container(each))]


def _of_container(container: dict[str, Any]) -> Iterator[str]:
    security, name = container.get("securityContext") or {}, container["name"]
    if security.get("privileged"):
        yield f"privileged container {name}"
    if security.get("allowPrivilegeEscalation"):
        yield f"privilege escalation in {name}"
    yield from (f"capability {one} in {name}" for one in (security.get("capabilities") or {}).get("add") or () if one != HARMLESS)


def _cel(_facts: Facts) -> str:
    host = " + ".join(f"(has(variables.pod.{key}) && variables.pod.{key} ? ['{key}'] : [])" for key in HOST)
    security = "has(c.securityContext) && has(c.securityContext"
    flags = (("privileged", "privileged container "), ("allowPrivilegeEscalation", "privilege escalation in "))
    each = [f"({security}.{key}) && c.securityContext.{key} ? ['{text}' + c.name] : [])" for key, text in flags]
    added = f"{security}.capabilities) && has(c.securityContext.capabilities.add)"
    each.append(
        f"({added} ? c.securityContext.capabilities.add.filter(a, a != '{HARMLESS}').map(a, 'capability ' + a + ' in ' + c.name) : [])"
    )
    volumes = "has(variables.pod.volumes) ? variables.pod.volumes.filter(v, has(v.hostPath)).map(v, 'hostPath volume ' + v.name) : []"
    # CEL has no flatten: the lists of all containers are put end to end by their joined text.
    per_container = f"variables.containers.map(c, ({' + '.join(each)}).join(', ')).filter(t, t != '')"
    return f"{host} + ({volumes}) + {per_container}"


NO_PRIVILEGE = Rule(
    "no-privilege",
    title="No privileged pods, no host namespaces, no host paths, no added capabilities",
    why="Kubernetes pod security standards, baseline and restricted; GB/T 22239-2019 8.1.4.2 access control (访问控制)",
    checks=(
        Check(
            "privileges",
            RUNNING,
            "more privilege than a pod may have here: {found}; leave it out, or ask security duty for an exemption with an expiry",
            _cel,
            _privileges,
        ),
        Check(
            "standard",
            (NAMESPACE,),
            "the namespace isn't held to the pod security standard: {found} is missing; set {known}",
            lambda _facts: f"'{ENFORCE}' in variables.labels && variables.labels['{ENFORCE}'] == '{STANDARD}' ? [] : ['{ENFORCE}']",
            lambda case: [] if case.labels.get(ENFORCE) == STANDARD else [ENFORCE],
            lambda _facts: f"{ENFORCE}={STANDARD}",
        ),
    ),
)
