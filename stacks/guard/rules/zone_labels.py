"""A namespace says whose it is, how it is protected and who is billed, in the city's own words."""

from __future__ import annotations

from stacks.declare.labels import label
from stacks.guard.facts import Facts, literal
from stacks.guard.kinds import NAMESPACE, OWN_NAME
from stacks.guard.rule import Case, Check, Rule

SYSTEM, COST, REVIEW = label("system"), label("cost-centre"), label("review-after")
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _missing(case: Case) -> list[str]:
    return [key for key in _mandatory(case.facts) if not case.labels.get(key)]


def _mandatory(facts: Facts) -> tuple[str, ...]:
    return (*facts.lists, SYSTEM, COST, REVIEW)


def _unknown(case: Case) -> list[str]:
    return [f"{key}={case.labels[key]} ({_of(values)})" for key, values in case.facts.lists.items() if _strange(case, key, values)]


def _strange(case: Case, key: str, values: tuple[str, ...]) -> bool:
    return bool(case.labels.get(key)) and case.labels[key] not in values


def _of(values: tuple[str, ...]) -> str:
    return f"known: {' '.join(values)}"


def _unknown_cel(facts: Facts) -> str:
    given = "'{key}' in variables.labels && variables.labels['{key}'] != '' && !(variables.labels['{key}'] in {known})"
    told = "['{key}=' + variables.labels['{key}'] + ' ({words})']"
    parts = [
        f"({given.format(key=key, known=literal(values))} ? {told.format(key=key, words=_of(values))} : [])"
        for key, values in facts.lists.items()
    ]
    return " + ".join(parts)


def _misshapen(case: Case) -> list[str]:
    import re

    found, labels = [], case.labels
    if labels.get(SYSTEM) and labels[SYSTEM] != case.metadata.get("name"):
        found.append(f"{SYSTEM}={labels[SYSTEM]} (must be the namespace's name)")
    if labels.get(REVIEW) and not re.fullmatch(DAY, labels[REVIEW]):
        found.append(f"{REVIEW}={labels[REVIEW]} (must be a day: 2027-06-30)")
    return found


def _misshapen_cel(_facts: Facts) -> str:
    given = "'{key}' in variables.labels && variables.labels['{key}'] != ''"
    system = f"{given.format(key=SYSTEM)} && variables.labels['{SYSTEM}'] != {OWN_NAME}"
    review = f"{given.format(key=REVIEW)} && !variables.labels['{REVIEW}'].matches('^{DAY}$')"
    return (
        f"({system} ? ['{SYSTEM}=' + variables.labels['{SYSTEM}'] + ' (must be the namespace\\'s name)'] : [])"
        f" + ({review} ? ['{REVIEW}=' + variables.labels['{REVIEW}'] + ' (must be a day: 2027-06-30)'] : [])"
    )


ZONE_LABELS = Rule(
    "zone-labels",
    title="A namespace carries the mandatory labels, from the city's closed lists",
    why="the plan: billing, backup, reports and reviews select by these labels; GB/T 22239-2019 8.1.10.2 asset management (资产管理)",
    checks=(
        Check(
            "missing",
            (NAMESPACE,),
            "the namespace lacks the labels {found}; ask for a zone instead of making one by hand: {known}",
            lambda facts: f"{literal(_mandatory(facts))}.filter(k, !(k in variables.labels) || variables.labels[k] == '')",
            _missing,
            lambda _facts: "citynode zone request",
        ),
        Check(
            "unknown",
            (NAMESPACE,),
            "labels with values that the city doesn't know: {found}; name one that it knows, or add it to the city and run {known}",
            _unknown_cel,
            _unknown,
            lambda _facts: "citynode stack up",
        ),
        Check(
            "misshapen",
            (NAMESPACE,),
            "labels that can't be right: {found}; a zone is named after its system and says when it is reviewed",
            _misshapen_cel,
            _misshapen,
        ),
    ),
)
