"""What Huawei's VRP 5 and VRP 8 share: prompts, questions, what they say to lines that they took.

Sources of the traps: netmiko, scrapli and gnetcli drivers, annet's dialog tables (185 questions for Huawei): the words below
are the ones that a router of this city can be asked; any other question is answered with no and told as a refusal.
"""

from __future__ import annotations

import re

from network.devices.drivers.talk import Question, Talk

NAME = r"(?P<name>[^<>\[\]\r\n]+?)"
PREFIX = r"(?:(?:HRP|RBM)_[A-Z])?(?:\(M\))?"
"""A firewall in a hot-standby pair says in front of the prompt which one it is."""


def question(words: str, answer: str, after: str = "") -> Question:
    return Question(re.compile(words, re.IGNORECASE), answer, re.compile(after))


AT_LOGIN = r"$"
"""No line has been typed yet."""

QUESTIONS = (
    question(r"change (?:now|the password)\?.*\[y/n\]", "n", AT_LOGIN),  # the initial password: not ours to change in passing
    question(r"security risks.*\[y/n\]", "y", AT_LOGIN),
    question(r"(?:are you sure|continue).{0,40}\[y/n\]", "y", "save"),
    question(r"overwrite\?.*\[y/n\]", "y", "save"),
    question(r"please input the file name.*\]:? ?$", "", "save"),
    question(r"(?:process|configurations) will be deleted.*\[y/n\]", "y", r"undo (?:bgp|ospf|ospfv3) \d+"),
    question(r"(?:reset|resets|will be deleted).*\[y/n\]", "y", r"(?:undo )?peer \S+"),
    question(r"(?:vpn targets|rts of vpn instance|services to be interrupted).*\[y/n\]", "y", r"(?:undo )?route-distinguisher"),
    question(
        r"will be (?:deleted|removed|lost).*\[y/n\]", "y", r"undo ip vpn-instance|(?:undo )?ip binding vpn-instance|undo interface \S+\.\d+"
    ),
)
"""What may be asked after lines that we type, and that whoever approved those lines has agreed to (annet's dialog tables, MIT)."""

PAGER = re.compile(r" *---- More ----(?:\x1b\[\d+D *\x1b\[\d+D|\r *\r)?")

VRP5 = Talk(
    login=re.compile(r"(?:^|\n)" + PREFIX + "<" + NAME + r">$"),
    prompt=PREFIX + r"(?:<(?:{names})>|\[[~*]?(?:{names})(?:-[^\[\]\n]+)?\])",
    quiet=("screen-length 0 temporary",),
    running="display current-configuration",
    enter="system-view",
    leave="return",
    harmless=re.compile(r"Enter system view, return user view|Info:|Warning:|Committing|\.+done|Configuration is committed"),
    questions=QUESTIONS,
    pager=PAGER,
    factory_names=("HUAWEI", "Huawei"),
    nowhere=re.compile(r"sysname (?P<name>\S+)"),
)
"""`Info:` and `Warning:` come with lines that were taken; `Error:` and unmarked words don't."""
