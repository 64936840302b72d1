"""SNMPv3 by pysnmp: pure Python, for machines that have no wheel of the fast one.

One engine serves every device, as its authors advise: engines are expensive and bound to their event loop. MIBs are
never loaded; everything is asked by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monitoring.agent import REJECTED, UNREADABLE, Answer, no_answer, refused
from monitoring.ifmib import UPTIME, Value
from monitoring.model import Target

REPETITIONS = 12
SIDE_BY_SIDE = 4
SILENCE = ("RequestTimedOut",)
WRONG_LOGIN = ("WrongDigest", "UnknownUserName", "AuthenticationFailure", "AuthenticationError", "UnknownSecurityName")
WRONG_PRIVACY = ("DecryptionError",)
NOBODY = "citynode-nobody"


class PysnmpAsker:
    """Asks by pysnmp's high-level API on one engine."""

    def __init__(self) -> None:
        from pysnmp.hlapi.v3arch.asyncio import SnmpEngine

        self._engine = SnmpEngine()

    async def ask(self, target: Target, scalars: Sequence[str], columns: Sequence[str], *, patience: float) -> Answer:
        from pysnmp.error import PySnmpError
        from pysnmp.hlapi.v3arch.asyncio import UdpTransportTarget

        try:
            transport = await UdpTransportTarget.create((str(target.address), target.port), timeout=patience, retries=0)
            found = await self._get(target, transport, scalars, patience)
            values: dict[str, dict[int, Value]] = {}
            for start in range(0, len(columns), SIDE_BY_SIDE):
                values |= await self._columns(target, transport, columns[start : start + SIDE_BY_SIDE], patience)
            return Answer(found, values)
        except (OSError, PySnmpError) as broken:
            raise no_answer(target, patience, why=str(broken)) from broken

    def close(self) -> None:
        self._engine.close_dispatcher()

    async def _get(self, target: Target, transport: Any, scalars: Sequence[str], patience: float) -> dict[str, Value]:
        from pysnmp.hlapi.v3arch.asyncio import ContextData, ObjectIdentity, ObjectType, get_cmd

        things = [ObjectType(ObjectIdentity(oid)) for oid in scalars]
        failed, status, _index, rows = await get_cmd(self._engine, _user(target), transport, ContextData(), *things, lookupMib=False)
        await self._check(failed or status, target, transport, patience)
        return {str(oid): _value(value) for oid, value in rows}

    async def _columns(self, target: Target, transport: Any, columns: Sequence[str], patience: float) -> dict[str, dict[int, Value]]:
        """Several columns side by side: every packet costs milliseconds of encryption in pure Python."""
        from pysnmp.hlapi.v3arch.asyncio import ContextData, ObjectIdentity, ObjectType, bulk_cmd

        found: dict[str, dict[int, Value]] = {column: {} for column in columns}
        after = {column: column for column in columns}
        while after:
            things = [ObjectType(ObjectIdentity(oid)) for oid in after.values()]
            failed, status, _index, rows = await bulk_cmd(
                self._engine, _user(target), transport, ContextData(), 0, REPETITIONS, *things, lookupMib=False
            )
            await self._check(failed or status, target, transport, patience)
            after = _take(rows, list(after), found)
        return found

    async def _check(self, failed: Any, target: Target, transport: Any, patience: float) -> None:
        """Raise for an error of the library or the agent; a silent agent is asked whether it is there at all."""
        if not failed:
            return
        kind = type(failed).__name__
        if kind in WRONG_LOGIN:
            raise refused(target, REJECTED)
        if kind in WRONG_PRIVACY or (kind in SILENCE and await self._is_there(transport)):
            raise refused(target, UNREADABLE)
        raise no_answer(target, patience) if kind in SILENCE else no_answer(target, patience, why=str(failed))

    async def _is_there(self, transport: Any) -> bool:
        """Whether the agent reports that it doesn't know a user that nobody has: it says so without any key."""
        from pysnmp.hlapi.v3arch.asyncio import ContextData, ObjectIdentity, ObjectType, UsmUserData, get_cmd

        thing = ObjectType(ObjectIdentity(UPTIME))
        nobody = UsmUserData(NOBODY)  # noqa: S509 - nothing is read: only the agent's refusal is waited for
        failed, _status, _index, _rows = await get_cmd(self._engine, nobody, transport, ContextData(), thing, lookupMib=False)
        return type(failed).__name__ in WRONG_LOGIN


def _user(target: Target) -> Any:
    from pysnmp.hlapi.v3arch.asyncio import UsmUserData, usmAesCfb128Protocol, usmHMAC192SHA256AuthProtocol, usmHMACSHAAuthProtocol

    hashed = {"SHA-1": usmHMACSHAAuthProtocol, "SHA-256": usmHMAC192SHA256AuthProtocol}[target.authentication]
    return UsmUserData(target.user, target.auth, target.privacy, authProtocol=hashed, privProtocol=usmAesCfb128Protocol)


def _take(rows: Sequence[Any], columns: list[str], found: dict[str, dict[int, Value]]) -> dict[str, str]:
    """Put the rows (one value of each column in turn) where they belong; the columns that go on, with their last number."""
    after: dict[str, str] = {}
    over: set[str] = set()
    for position, (oid, value) in enumerate(rows):
        column, number = columns[position % len(columns)], str(oid)
        if not number.startswith(f"{column}."):
            over.add(column)
        elif column not in over:
            found[column][int(number[len(column) + 1 :])] = _value(value)
            after[column] = number
    return {column: last for column, last in after.items() if column not in over}


def _value(value: Any) -> Value:
    if hasattr(value, "asOctets"):
        return bytes(value.asOctets()).decode(errors="replace")
    return int(value) if hasattr(value, "__int__") else str(value)
