"""Quantities are written as the API server writes them back, and compared by amount."""

from __future__ import annotations

import pytest

from stacks.declare.quantity import binary, cpu, same, value


@pytest.mark.parametrize(("millis", "text"), [(500, "500m"), (1000, "1"), (1500, "1500m"), (16000, "16")])
def test_processors(millis: int, text: str) -> None:
    assert cpu(millis) == text


@pytest.mark.parametrize(
    ("amount", "unit", "text"), [(512, "Mi", "512Mi"), (2048, "Mi", "2Gi"), (1536, "Mi", "1536Mi"), (1024, "Gi", "1Ti"), (0, "Mi", "0")]
)
def test_memory_and_storage(amount: int, unit: str, text: str) -> None:
    assert binary(amount, unit) == text


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("2048Mi", "2Gi", True), ("1000m", "1", True), ("1", 1, True), ("1e3", "1k", True), ("0.5", "500m", True), ("1G", "1Gi", False),
        ("1", "2", False), ("abc", "abc", False), (None, None, False), (True, 1, False), ("", "", False), ("1.5.2", "1", False),
    ],
)  # fmt: skip
def test_the_same_amount(one: object, other: object, equal: bool) -> None:
    assert same(one, other) is equal


def test_what_is_no_quantity_has_no_value() -> None:
    assert value("ten") is None
