"""The words of a drill's report in both languages: a report is kept, so it is written in both at once."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "灾备切换演练报告", "group": "保护组", "drill": "演练编号", "kind": "类型", "switchover": "计划内切换", "began": "开始时间 (UTC)",
        "direction": "方向", "vantage": "观测点", "passed": "通过", "failed": "未通过", "verdict": "结论", "timeline": "时间线",
        "seconds-axis": "距发出切换请求的秒数", "systems": "各系统实测与承诺", "system": "系统", "outage": "业务中断 (RTO)", "loss": "数据丢失时长 (RPO)",
        "promised": "承诺", "acknowledged": "已确认写入", "lost": "丢失的已确认写入", "indeterminate": "结果不明 (其中已落库)", "baseline": "平时写入中位/最慢",
        "members": "各中心", "primary": "主库", "standby": "备库", "unreachable": "不可达", "writes": "写入正常", "out": "中断",
        "requested": "发出切换请求", "last-good-write": "最后一次成功写入", "old-primary-last-seen": "最后一次看到原主库可写",
        "new-primary-first-seen": "首次看到新主库可写", "first-good-write": "所有系统恢复写入", "handed-over": "Patroni 报告完成", "protected": "恢复同步保护",
        "checks": "切换前检查", "check": "检查项", "seen": "所见", "yes": "满足", "no": "不满足", "evidence": "证据", "ledger": "台账 SHA-256",
        "plan": "方案 SHA-256", "sides": "同时可写的一侧数 (最大)", "leftovers": "遗留物", "findings": "问题", "none": "无", "levels": "与国家标准对照",
        "level-text": "实测两项指标落在 {edition} 第 {level} 级的指标范围内。该版已由 {newer} 取代，新版分级指标未经我们核实，故不作声明；等级评定还要求人员、场地、预案等要素，单次演练不能证明。",
        "level-none": "实测指标不在 {edition} 中我们已核实的任何等级范围内。",
        "how": "探针在中心之外以普通客户端身份写入，逐行落盘记账；中断时长从最后一次成功到其后首次成功；丢失 = 台账中已确认而新主库中没有的行。",
    },
    "en": {
        "title": "Disaster recovery switchover drill", "group": "Group", "drill": "Drill", "kind": "Kind", "switchover": "planned switchover",
        "began": "Began (UTC)", "direction": "Direction", "vantage": "Watched from", "passed": "passed", "failed": "not passed", "verdict": "Verdict",
        "timeline": "Timeline", "seconds-axis": "seconds from the request", "systems": "Measured against promised", "system": "System",
        "outage": "Outage (RTO)", "loss": "Lost time (RPO)", "promised": "promised", "acknowledged": "Acknowledged writes",
        "lost": "Acknowledged and lost", "indeterminate": "Indeterminate (of them there)", "baseline": "Usual write, median/slowest",
        "members": "Centres", "primary": "primary", "standby": "standby", "unreachable": "unreachable", "writes": "writes succeed", "out": "out",
        "requested": "switchover asked for", "last-good-write": "last good write", "old-primary-last-seen": "old primary last seen writable",
        "new-primary-first-seen": "new primary first seen writable", "first-good-write": "every system writes again",
        "handed-over": "Patroni says it is done", "protected": "synchronous again", "checks": "Checks before", "check": "Check", "seen": "Seen",
        "yes": "holds", "no": "does not hold", "evidence": "Evidence", "ledger": "Ledger SHA-256", "plan": "Plan SHA-256",
        "sides": "Sides writable at one time, at most", "leftovers": "Left behind", "findings": "Findings", "none": "none", "levels": "Against the national standard",
        "level-text": "Both measured figures lie within those of level {level} of {edition}. {newer} has replaced that edition; its thresholds were not verified by us, so nothing is claimed of them. A level also asks for people, sites and plans, which one drill can't show.",
        "level-none": "The measured figures fit no level of {edition} that we have verified.",
        "how": "A probe outside the centres wrote as any client does and put each write on disk in its ledger. An outage reaches from the last good write to the first good one after it; lost are rows that the ledger has as acknowledged and the new primary has not.",
    },
}
