# Copyright: the citynode maintainers
"""What the pages of all modules over citynode's engine say alike; the options are those of `module_utils.door`."""

from __future__ import annotations


class ModuleDocFragment:
    """Named by `extends_documentation_fragment: citynode.node.door`."""

    DOCUMENTATION = r"""
options:
  city:
    description: A shipped city's name, or the path of a folder with one.
    type: str
  access:
    description: The access file.
    type: path
  author:
    description: Who acts, for approvals and the audit trail.
    type: str
notes:
  - Runs on the control node; use C(connection=local) and C(ansible_python_interpreter={{ ansible_playbook_python }}).
"""
