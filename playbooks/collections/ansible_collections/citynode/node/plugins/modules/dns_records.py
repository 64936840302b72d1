# Copyright: the citynode maintainers
"""Ansible's module over the extranet's name server: record sets by signed update, all of a zone or none."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.citynode.node.plugins.module_utils.door import run  # type: ignore[import-not-found]

DOCUMENTATION = """
module: dns_records
author: The citynode maintainers
short_description: Bring record sets of the extranet's zones to what they shall be
description:
  - Without C(records) these are the names that the city's data and the declared IPv6 state ask for (AAAA and PTR of routers and centres).
  - One update a zone, signed (RFC 2136, RFC 8945), and so all of it or nothing.
options:
  records:
    description: Record sets as they shall be; a set without values goes.
    type: list
    elements: dict
    default: []
    suboptions:
      zone:
        description: The zone, without the last dot.
        type: str
        required: true
      name:
        description: The absolute name, without the last dot.
        type: str
        required: true
      kind:
        description: The type.
        type: str
        required: true
        choices: [A, AAAA, PTR, CNAME, TXT]
      values:
        description: The values, in the zone file's form.
        type: list
        elements: str
        default: []
      ttl:
        description: Seconds that others may keep it.
        type: int
        default: 300
extends_documentation_fragment: citynode.node.door
attributes:
  check_mode:
    description: Says what would change and touches nothing.
    support: full
  diff_mode:
    description: Shows the sets before and after.
    support: full
"""

EXAMPLES = """
- name: Publish what the city says
  citynode.node.dns_records:

- name: Give the portal a name of its own
  citynode.node.dns_records:
    records:
      - {zone: tiny.gov.example, name: www.tiny.gov.example, kind: CNAME, values: [service-portal.tiny.gov.example.]}
"""

RETURN = """
sets:
  description: How many record sets differed.
  type: int
  returned: success
"""

RECORD = {
    "zone": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "kind": {"type": "str", "required": True, "choices": ["A", "AAAA", "PTR", "CNAME", "TXT"]},
    "values": {"type": "list", "elements": "str", "default": []},
    "ttl": {"type": "int", "default": 300},
}
"""What a record set is given by."""


def work(given: dict[str, str | None], module: AnsibleModule) -> dict[str, Any]:
    """Update, or say what an update would change."""
    from playbooks.names import dns_records

    found = dns_records(given, module.params["records"], check=module.check_mode)
    return {"changed": found["changed"], "sets": found["sets"], "diff": {"before": found["before"], "after": found["after"]}}


def main() -> None:
    """Run the module."""
    run({"records": {"type": "list", "elements": "dict", "default": [], "options": RECORD}}, work)


if __name__ == "__main__":
    main()
