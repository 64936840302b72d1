"""What a drill found wrong: a closed list, each with its words in both languages. A drill passes when it found nothing."""

from __future__ import annotations

from typing import Any

FINDINGS: dict[str, dict[str, str]] = {
    "no-request": {"zh": "台账中没有发出切换请求的记录", "en": "the ledger does not say when the switchover was asked for"},
    "sides": {"zh": "同一时刻有 {sides} 侧可写", "en": "{sides} sides could be written at one time"},
    "unheard": {"zh": "探针从未得到 {members} 的应答", "en": "the probe never heard {members}"},
    "wrong-primary": {"zh": "主库是 {primary}，不是 {target}", "en": "{primary} is primary, not {target}"},
    "no-return": {"zh": "{system}：切换后没有一次写入成功", "en": "{system}: no write succeeded after the switchover"},
    "rto": {"zh": "{system}：中断 {seconds} 秒，承诺 {promised:g} 秒", "en": "{system}: out for {seconds} s, promised were {promised:g} s"},
    "lost": {"zh": "{system}：丢失 {count} 条已确认的写入", "en": "{system}: {count} acknowledged writes are lost"},
    "rpo": {
        "zh": "{system}：丢失 {seconds} 秒的写入，承诺 {promised:g} 秒",
        "en": "{system}: {seconds} s of writes are lost, promised were {promised:g} s",
    },
    "unexpected": {"zh": "{system}：有 {count} 行并非探针所写", "en": "{system}: {count} rows that the probe never wrote"},
    "left": {"zh": "有遗留：{what}", "en": "left behind: {what}"},
}

Finding = dict[str, Any]
"""`code` and what its words need: plain JSON, because it is kept with the drill."""


def finding(code: str, **facts: object) -> Finding:
    """One finding of the list."""
    return {"code": code, **facts}


def say(found: Finding, lang: str = "en") -> str:
    """The finding in words."""
    return FINDINGS[found["code"]][lang].format(**found)
