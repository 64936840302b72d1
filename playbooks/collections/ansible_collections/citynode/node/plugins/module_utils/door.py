# Copyright: the citynode maintainers
"""What the modules that run on the control node share: citynode's import, its errors as Ansible's, and the common options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule

COMMON: dict[str, dict[str, Any]] = {"city": {"type": "str"}, "access": {"type": "path"}, "author": {"type": "str"}}
"""Options that every module has: whose city, how to reach it, and who acts."""


def run(options: dict[str, dict[str, Any]], work: Callable[[dict[str, Any], AnsibleModule], dict[str, Any]]) -> None:
    """Do a module's work with the engine; its errors end the task with what, why and what to try."""
    module = AnsibleModule(argument_spec={**COMMON, **options}, supports_check_mode=True)
    try:
        from ops.errors import CitynodeError
    except ImportError as missing:
        module.fail_json(
            msg=f"this interpreter has no citynode ({missing}): set ansible_python_interpreter to that of ansible_playbook_python"
        )
    try:
        found = work({key: module.params[key] for key in COMMON}, module)
    except CitynodeError as problem:
        module.fail_json(msg=str(problem), hint=problem.hint, exit_code=problem.exit_code)
    module.exit_json(**found)
