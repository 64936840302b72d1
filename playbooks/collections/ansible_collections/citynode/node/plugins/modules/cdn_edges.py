# Copyright: the citynode maintainers
"""Ansible's module over the content edges (CDN): nginx on the sites' hosts, brought to what the city says."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.citynode.node.plugins.module_utils.door import run  # type: ignore[import-not-found]

DOCUMENTATION = """
module: cdn_edges
author: The citynode maintainers
short_description: Bring the city's content edges to what its data says
description:
  - Every edge is an nginx of its own on its site's host, with its files in C(/srv/edge/NAME); it is reached over SSH by the hosts' login.
  - A new configuration is proven by C(nginx -t) before it takes the old one's place, and counts when every address of both families
    runs it. Otherwise the old one goes back and the edge goes on serving by it.
  - One edge after the other; the first that refuses ends it. An edge that doesn't run is started.
options:
  edges:
    description: The edges, by name; all of them, if left out.
    type: list
    elements: str
    default: []
extends_documentation_fragment: citynode.node.door
attributes:
  check_mode:
    description: Says what would change and touches nothing.
    support: full
  diff_mode:
    description: Shows every edge's configuration before and after.
    support: full
"""

EXAMPLES = """
- name: Bring every edge to what the city says
  citynode.node.cdn_edges:

- name: One edge alone
  citynode.node.cdn_edges:
    edges: [cdn1]
"""

RETURN = """
edges:
  description: The edges that were not what the city says.
  type: list
  elements: str
  returned: success
plan:
  description: The hash of the plan, as an approval names it.
  type: str
  returned: success
"""


def work(given: dict[str, str | None], module: AnsibleModule) -> dict[str, Any]:
    """Configure, or say what would change."""
    from playbooks.edges import cdn_edges

    return dict(cdn_edges(given, module.params["edges"], check=module.check_mode))


def main() -> None:
    """Run the module."""
    run({"edges": {"type": "list", "elements": "str", "default": []}}, work)


if __name__ == "__main__":
    main()
