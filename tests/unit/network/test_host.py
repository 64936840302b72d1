"""The files of programs beside FRR: said for an intent, read back without secrets, and replaced as a whole."""

from __future__ import annotations

from dataclasses import replace

from city.model import Dialect
from network.compare import masked, patch_for
from network.dialect import dialect
from network.dialect.frr import host, nftables, of_vtysh
from network.dialect.secrets import names
from network.intent.router import Intent, intents
from network.intent.services import SNMP_AUTH, SNMP_PRIVACY, Servers
from network.patch import NOTHING, Change
from network.rollout import Rollout
from network.tree import Node, Tree
from tests.unit.network.bench import tiny

FRR = dialect(Dialect.FRR)
NAME = "core1"
SHOWN = """Current configuration:
!
hostname core1
end
host snmpd
 createUser citynode-nms SHA *** AES ***
 createUser somebody SHA *** AES ***
 trapsess -v 3 -u citynode-nms -l authPriv -a SHA -A *** -x AES -X *** udp:10.16.3.23:162
exit
host sshd
 # by hand
 MaxAuthTries 4
exit
table inet citynode {
	chain logins {
	}
}
"""


def intent(*, ipv6: bool = True) -> Intent:
    return intents(tiny(), Rollout(frozenset({NAME}) if ipv6 else frozenset()), [NAME])[NAME]


def section(tree: Tree, header: str) -> list[str]:
    return [node.line for node in tree.section(header)]


def test_what_a_router_shows_is_read_with_our_secrets_by_name() -> None:
    tree = FRR.parse(SHOWN)
    assert [node.line for node in tree.nodes] == ["hostname core1", host.SNMPD, host.SSHD, nftables.TABLE]
    assert section(tree, host.SNMPD) == [
        "createUser citynode-nms SHA {{secret snmp-auth}} AES {{secret snmp-privacy}}",
        "createUser somebody SHA *** AES ***",
        "trapsess -v 3 -u citynode-nms -l authPriv -a SHA -A {{secret snmp-auth}} -x AES -X {{secret snmp-privacy}} udp:10.16.3.23:162",
    ]
    assert section(tree, host.SSHD) == ["# by hand", "MaxAuthTries 4"]
    assert [node.line for node in of_vtysh(tree).nodes] == ["hostname core1"]


def test_a_router_as_intended_lacks_nothing_though_it_hides_its_secrets() -> None:
    wanted = FRR.render(intent())
    shown = FRR.mask(FRR.printed(wanted))
    assert "secret" not in shown
    assert not patch_for(tiny(), NAME, shown, wanted)


def test_servers_are_told_in_the_families_that_the_router_carries() -> None:
    four, both = (Tree(tuple(host.files(intent(ipv6=carries)))) for carries in (False, True))
    assert section(four, host.CHRONY) == ["server 10.16.1.21 iburst", "server 10.16.2.21 iburst"]
    assert section(both, host.CHRONY)[2:] == ["server 2001:db8:7e04:100::15 iburst", "server 2001:db8:7e04:200::15 iburst"]
    assert section(both, host.RSYSLOG)[-1] == "*.info @[2001:db8:7e04:200::16]:514;RSYSLOG_SyslogProtocol23Format"
    assert [line.split()[-1] for line in section(both, host.SNMPD) if line.startswith("trapsess")] == [
        "udp:10.16.3.23:162",
        "udp6:[2001:db8:7e04:300::17]:162",
    ]


def test_where_nobody_is_to_be_told_only_accounts_and_logins_are_left() -> None:
    tree = Tree(tuple(host.files(replace(intent(), servers=Servers()))))
    assert [node.line for node in tree.nodes] == [host.SNMPD, host.SSHD]
    assert section(tree, host.SNMPD) == [
        "createUser citynode-nms SHA {{secret snmp-auth}} AES {{secret snmp-privacy}}",
        "rouser citynode-nms priv",
    ]


def test_a_file_that_differs_is_replaced_as_a_whole_and_the_others_are_left_alone() -> None:
    old = (Node(host.CHRONY, (Node("server 10.0.0.1"),)), Node(host.SSHD, (Node("MaxAuthTries 4"), Node("LogLevel INFO"))))
    new = (Node(host.CHRONY, (Node("server 10.0.0.1"),)), Node(host.SSHD, (Node("MaxAuthTries 4"), Node("LogLevel VERBOSE"))))
    patch = host.patch(old, new)
    assert patch.changes == (Change("-", (host.SSHD,), "LogLevel INFO"), Change("+", (host.SSHD,), "LogLevel VERBOSE"))
    assert patch.commands == ("host sshd", "host sshd MaxAuthTries 4", "host sshd LogLevel VERBOSE")
    assert host.patch(old, old) == NOTHING


def test_a_file_that_comes_or_goes_is_named() -> None:
    file = Node(host.CHRONY, (Node("server 10.0.0.1"),))
    come, gone = host.patch((), (file,)), host.patch((file,), ())
    assert come.changes[0] == Change("+", (), host.CHRONY)
    assert gone.changes == (Change("-", (), host.CHRONY), Change("-", (host.CHRONY,), "server 10.0.0.1"))
    assert gone.commands == ("host chrony",)
    assert not come.is_disruptive


def test_a_file_with_a_secret_that_nobody_knows_is_left_to_a_hand() -> None:
    hidden = Node(host.SNMPD, (Node("rocommunity *** 10.16.0.0/16"), Node("sysLocation room 3")))
    old = (Node(host.CHRONY, (Node("server 10.0.0.1"),)), Node(host.SNMPD, (Node("sysLocation room 4"),)))
    new = (Node(host.CHRONY, (Node("# *** by hand ***"), Node("server 10.0.0.2"))), hidden)
    patch = host.patch(old, new)
    assert patch.by_hand == ("host snmpd rocommunity *** 10.16.0.0/16",)
    assert patch.commands == ("host chrony", "host chrony # *** by hand ***", "host chrony server 10.0.0.2")
    assert Change("+", (host.SNMPD,), "rocommunity *** 10.16.0.0/16") in patch.changes
    assert host.patch((*old, hidden), old).by_hand == ()
    assert not host.patch((hidden,), (hidden,))


def test_lines_of_a_patch_name_their_secrets_and_people_see_none() -> None:
    wanted = FRR.render(intent())
    patch = patch_for(tiny(), NAME, "", wanted)
    assert set(names(patch.commands)) == {SNMP_AUTH, SNMP_PRIVACY}
    assert "secret" not in masked(tiny(), NAME, patch.text())
    assert patch.commands.index("host chrony") < patch.commands.index("router ospf")
