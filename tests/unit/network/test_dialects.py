"""One intent in four dialects: a router of each role as each vendor prints it. `make goldens` writes the expected files anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import annet
import pytest

from city.model import Dialect
from network.compare import Pending, patch_for, raise_unreadable
from network.dialect import DIALECTS, dialect
from network.dialect.features import FEATURES, Feature, silent_about
from network.dialect.secrets import filled, masked, names
from network.dialect.vendor.canonical import read
from network.dialect.vendor.names import city_name, is_physical, vendor_name
from network.dialect.vendor.speaker import SPEAKERS
from network.intent.router import Intent, intents
from network.intent.services import SNMP_HASH, SNMP_USER
from network.patch import NoPatch
from network.rollout import Rollout
from network.tree import Tree
from ops.errors import CitynodeError
from tests.unit.network.test_vendor_patch import expect, speaking

CASES = Path(__file__).parents[2] / "cases" / "network" / "dialects"
ROUTERS = ["pe1", "core1", "haifeng-agg1", "haifeng-agg2", "haifeng-t01"]
VENDORS = sorted(SPEAKERS)


def intent_of(name: str, spoken: Dialect, *, ipv6: bool = True) -> Intent:
    city = speaking(spoken)
    return intents(city, Rollout(frozenset(city.router_by_name) if ipv6 else frozenset()), [name])[name]


@pytest.mark.parametrize("spoken", sorted(Dialect))
@pytest.mark.parametrize("name", ROUTERS)
def test_a_router_of_each_role_in_each_dialect(name: str, spoken: Dialect) -> None:
    rules = dialect(spoken)
    (CASES / name).mkdir(exist_ok=True, parents=True)
    expect(CASES / name / f"{spoken}.cfg", rules.printed(rules.render(intent_of(name, spoken))))


@pytest.mark.parametrize("spoken", sorted(Dialect))
@pytest.mark.parametrize("ipv6", [False, True], ids=["ipv4", "dual"])
def test_what_is_printed_is_read_back_and_lacks_nothing(spoken: Dialect, ipv6: bool) -> None:
    rules = dialect(spoken)
    for name in ROUTERS:
        tree = rules.render(intent_of(name, spoken, ipv6=ipv6))
        assert rules.patch(rules.parse(rules.printed(tree)), tree).changes == (), name


@pytest.mark.parametrize("spoken", VENDORS)
def test_ipv6_appears_only_where_the_router_carries_it(spoken: Dialect) -> None:
    rules = dialect(spoken)
    single = rules.printed(rules.render(intent_of("core1", spoken, ipv6=False)))
    assert "2001:db8" not in single
    assert "ospfv3" not in single
    assert "ipv6" not in single.replace("idle-timeout", "")


@pytest.mark.parametrize("spoken", VENDORS)
def test_every_filter_on_a_line_lets_neighbour_discovery_pass(spoken: Dialect) -> None:
    """RFC 4890, 4.4.1: without these IPv6 stops at the filter, whatever its other rules say."""
    text = dialect(spoken).printed(dialect(spoken).render(intent_of("core1", spoken)))
    filters = [part for part in text.split("#\n") if part.startswith("acl ipv6") and "logins" not in part]
    assert len(filters) == 3
    for part in filters:
        for message in ("neighbor-solicitation", "neighbor-advertisement", "router-solicitation", "router-advertisement", "packet-too-big"):
            assert f"permit icmpv6 icmp6-type {message}" in part


@pytest.mark.parametrize("spoken", VENDORS)
def test_one_gateway_of_two_routers_with_the_link_local_address_first(spoken: Dialect) -> None:
    lines = [node.line for _path, node in dialect(spoken).render(intent_of("haifeng-agg1", spoken)).walk() if node.line.startswith("vrrp")]
    virtual = [line for line in lines if "virtual-ip" in line and "ipv6" in line.replace("vrrp6", "ipv6")]
    assert virtual[0].endswith("fe80::1 link-local")
    assert any(line.endswith("priority 120") for line in lines)
    other = [node.line for _path, node in dialect(spoken).render(intent_of("haifeng-agg2", spoken)).walk()]
    assert not any("priority" in line for line in other if line.startswith("vrrp"))


def test_the_table_of_features_is_true() -> None:
    """FRR's text holds nothing of what the table says it leaves out; the vendors' hold all of it."""
    signs = {
        Feature.PLANES: ("vpn-instance", "vrf"),
        Feature.BGP: ("bgp",),
        Feature.FILTERS: ("acl ", "chain from-"),
        Feature.RATES: ("qos car", "traffic-policy", "limit rate over"),
        Feature.SERVICES: ("ntp-service", "snmp-agent", "info-center", "host chrony", "host snmpd"),
        Feature.LOGINS: ("ssh ", "stelnet", "host sshd"),
    }
    for spoken in Dialect:
        text = dialect(spoken).printed(dialect(spoken).render(intent_of("core1", spoken)))
        for feature, words in signs.items():
            assert any(word in text for word in words) is (feature in FEATURES[spoken]), (spoken, feature)
    assert Feature.PLANES in silent_about(Dialect.FRR)
    assert set(FEATURES) == set(DIALECTS) == set(Dialect)


def test_frr_tells_the_outside_of_the_pools_alone_and_believes_nothing_about_them() -> None:
    tree = dialect(Dialect.FRR).render(intent_of("core1", Dialect.FRR))
    pools = [str(net) for net in (*speaking(Dialect.FRR).address_plan.ipv4, speaking(Dialect.FRR).address_plan.ipv6)]
    lists = [node.line.split() for node in tree.nodes if "prefix-list" in node.line]
    assert [words[6] for words in lists if words[2] == "CITYNODE-OUT"] == pools
    assert [words[6] for words in lists if words[2] == "CITYNODE-IN" and words[5] == "deny"] == pools
    families = {node.line: [child.line for child in node.children] for node in tree.section("router bgp 64512") if node.children}
    assert list(families) == ["address-family ipv4 unicast", "address-family ipv6 unicast"]
    for lines, outside in zip(families.values(), ("172.16.1.30", "2001:db8:7e01:6c::1"), strict=True):
        assert {f"neighbor {outside} prefix-list CITYNODE-IN in", f"neighbor {outside} prefix-list CITYNODE-OUT out"} <= set(lines)
        assert sum("prefix-list" in line for line in lines) == 2
        assert sum("route-reflector-client" in line for line in lines) == 1  # the province's router; the cores are each other's equals


def test_who_takes_no_part_in_bgp_is_told_nothing_of_it() -> None:
    text = dialect(Dialect.FRR).printed(dialect(Dialect.FRR).render(intent_of("haifeng-t01", Dialect.FRR)))
    assert not [line for line in text.splitlines() if "bgp" in line or "CITYNODE" in line or "blackhole" in line]


def test_a_change_of_the_system_is_nobodys_by_catch_on_frr_either() -> None:
    rules = dialect(Dialect.FRR)
    with pytest.raises(NoPatch, match="BGP runs as system 65001, and the city says 64512") as told:
        patch_for(
            speaking(Dialect.FRR),
            "core1",
            "router bgp 65001\n bgp router-id 10.9.9.9\nexit\n",
            rules.render(intent_of("core1", Dialect.FRR)),
        )
    assert told.value.hint == "mend extranet.asn; or, in a maintenance window, `no router bgp 65001` by hand and push then"


def test_a_change_of_the_system_is_nobodys_by_catch() -> None:
    """A router that runs BGP as another system is named with the reason, and the others keep their own answers."""
    rules, city = dialect(Dialect.VRP8), speaking(Dialect.VRP8)
    with pytest.raises(NoPatch, match="BGP runs as system 64520, and the city says 64512"):
        patch_for(city, "core1", "#\nbgp 64520\n peer 192.0.2.1 as-number 1\n#\n", rules.render(intent_of("core1", Dialect.VRP8)))
    refused = Pending("core1", error=NoPatch("BGP runs as system 64520, and the city says 64512"))
    with pytest.raises(CitynodeError, match="1 devices can't be brought to the city's intent: core1") as told:
        raise_unreadable([refused, Pending("core2")])
    assert told.value.exit_code == 1


@pytest.mark.parametrize("spoken", VENDORS)
def test_interface_names_go_both_ways(spoken: Dialect) -> None:
    words = SPEAKERS[spoken].words
    for name in ("lo", "ge1", "ge21", "lan0", "ge9.102"):
        assert city_name(vendor_name(name, words), words) == name
    assert city_name("M-GigabitEthernet0/0/0", words) == ""
    assert city_name("Vlanif1", words) == ""
    assert is_physical(vendor_name("ge1", words))
    assert not is_physical(vendor_name("ge9.102", words))


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("snmp-agent community read cipher %^%#ab cd%^%#", "snmp-agent community read cipher ***"),
        ("local-user li password irreversible-cipher $1a$xyz$", "local-user li password irreversible-cipher ***"),
        ("snmp-agent usm-user v3 u privacy-mode aes128 cipher %^%#x%^%#", "snmp-agent usm-user v3 u privacy-mode aes128 cipher ***"),
        (
            "snmp-agent usm-user v3 u g cipher authentication-mode sha $c$3$one== privacy-mode aes128 $c$3$two==",
            "snmp-agent usm-user v3 u g cipher authentication-mode sha *** privacy-mode aes128 ***",
        ),
        (" description to core1 ge1", " description to core1 ge1"),
    ],
)
def test_secrets_are_masked(line: str, hidden: str) -> None:
    assert masked(line) == hidden
    assert masked(hidden) == hidden


@pytest.mark.parametrize("spoken", VENDORS)
def test_secrets_are_named_in_a_patch_and_filled_in_when_it_is_typed(spoken: Dialect) -> None:
    rules = dialect(spoken)
    commands = rules.patch(Tree(), rules.render(intent_of("pe1", spoken))).commands
    assert names(commands) == ("snmp-auth", "snmp-privacy")
    typed = filled(commands, {"snmp-auth": "one-secret", "snmp-privacy": "another"}.__getitem__)
    assert not names(typed)
    assert any("one-secret" in line for line in typed)
    assert "one-secret" not in rules.mask("\n".join(typed))


@pytest.mark.parametrize("spoken", Dialect)
def test_the_account_is_made_with_the_hash_that_it_is_polled_with(spoken: Dialect) -> None:
    """RFC 3414 and RFC 7860: who asks with another one is refused."""
    text = dialect(spoken).printed(dialect(spoken).render(intent_of("core1", spoken)))
    made = {word.lower() for word in re.findall(rf"{SNMP_USER}\b.*? (?:authentication-mode )?(sha2-256|sha|SHA) ", text)}
    assert made == {{"SHA-1": "sha", "SHA-256": "sha2-256"}[SNMP_HASH[spoken]]}


TRAPS = sorted(path.stem for path in (CASES / "traps").glob("*.txt"))


@pytest.mark.parametrize("name", TRAPS)
def test_what_devices_print_is_read_as_one_form(name: str) -> None:
    """Tables 3b and 3c of what sessions print; the form beside it is ours."""
    text = (CASES / "traps" / f"{name}.txt").read_text(encoding="utf-8").encode().decode("unicode_escape")
    found = read(text, dotted_routes=not name.startswith("comware"))
    lines = [f"{' ' * len(path)}{node.line}" for path, node in found.walk()]
    expect(CASES / "traps" / f"{name}.read", "\n".join(lines) + "\n")


def test_nothing_is_asked_of_the_rulebooks_until_a_line_has_to_go() -> None:
    """It takes a third of a second to import: a command that compares nothing doesn't wait for it."""
    code = "import sys, network.push.main, network.dialect; print([name for name in sys.modules if name.startswith('annet')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_an_annet_of_the_operators_own_changes_nothing(tmp_path: Path) -> None:
    """Its context file may name other rulebooks; ours are the shipped ones."""
    context = (Path(annet.__file__).parent / "configs" / "context.yml").read_text(encoding="utf-8")
    own = tmp_path / "context.yml"
    chosen = context.replace("    storage: default\n", "    storage: default\n    rulebook: default\n")
    own.write_text(f"{chosen}\nrulebook:\n  default:\n    module: a.module.of.theirs\n", encoding="utf-8")
    code = (
        "from network.dialect.vendor.rulebook import cancels\n"
        "print(cancels('Huawei NE40E-X8', [(('interface GigabitEthernet0/1/1',), 'ospf cost 10')]))"
    )
    environment = {**os.environ, "ANN_CONTEXT_CONFIG_PATH": str(own)}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert "undo ospf cost" in found.stdout
