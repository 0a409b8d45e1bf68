"""A context and a language made into the plain tree that a template draws. All words and all counting are here."""

from collections import Counter
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from server import fonts
from server.documents import text
from server.documents.context import (
    Context,
    Finding,
    Kind,
    Picture,
    RecordContext,
    ReportContext,
    Tree,
    zone,
)
from server.documents.outline import Reading, Visit
from server.documents.words import WORDS, Lang, say, title

DASH = "—"
MAX_BARS = 8
"""Bars of the chart of items; the others are one bar together."""

MAX_SHORT, MAX_SHORT_TEXT = 40, 1_200
"""Readings and characters of a sheet that surely fits on a page."""


def build(kind: Kind, context: Context, lang: Lang) -> Tree:
    """The tree of one document; all text in it is ready to typeset."""
    body = record(context, lang) if isinstance(context, RecordContext) else report(context, lang)
    return {**frame(kind, context, lang), **body}


# --- what all documents share ----------------------------------------------------------------------------------------


def frame(kind: Kind, context: Context, lang: Lang) -> Tree:
    """Header, footer, titles, sign-off."""
    issue, other = context.issue, "en" if lang == "zh" else "zh"
    own = issue.issuer.name(lang)
    second = issue.issuer.name(other)
    moment = datetime.fromtimestamp(issue.issued_at / 1000, UTC)
    return {
        "lang": lang,
        "kind": kind,
        "title": title(kind, lang),
        "subtitle": title(kind, other),
        "keywords": [issue.number, issue.sha256],
        "date": [moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second],
        "company": text.line(own),
        "company_second": text.line(second) if second != own else "",
        "hotline": text.line(issue.issuer.hotline),
        "company_address": text.line(issue.issuer.address),
        "number": issue.number,
        "address": issue.address,
        "sha256": issue.sha256,
        "issued": stamp(issue.issued_at, zone(context.statement.tz)),
        "trial": issue.trial,
        "notice": notice(context, lang),
        "words": {key: say(key, lang) for key in WORDS},
        "sign": sign_off(context, lang),
    }


def notice(context: Context, lang: Lang) -> str:
    """The line that says which language was signed, where this document is in another."""
    if context.issue.signed_lang is not None and context.issue.signed_lang != context.statement.lang:
        return say("translation", lang, language=say(context.issue.signed_lang, lang))
    if context.statement.lang != lang:
        return say("foreign_text", lang, language=say(context.statement.lang, lang))
    return ""


def sign_off(context: Context, lang: Lang) -> Tree:
    """The two boxes at the end."""
    signed = context.signed
    return {
        "outcome": signed.outcome,
        "word": say(signed.outcome, lang)
        if signed.outcome in ("signed", "absent", "refused")
        else text.line(signed.outcome),
        "state": "normal" if signed.outcome == "signed" else "attention",
        "customer": text.line(context.outline.customer),
        "name": text.line(signed.name),
        "role": text.line(signed.role),
        "at": stamp(signed.at, zone(context.statement.tz)),
        "typed": context.issue.typed,
        "drawn": signed.strokes is not None,
        "reason": text.wrap(context.issue.reason),
        "long": len(context.issue.reason) > MAX_SHORT_TEXT or context.issue.reason.count("\n") > MAX_SHORT,
        "engineers": [text.line(name) for name in context.outline.engineers],
    }


def stamp(at: int, tz: tzinfo) -> str:
    """An instant for people, with its offset: `2025-11-19 14:52 (UTC+8)`."""
    moment = local(at, tz)
    offset = moment.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"{moment:%Y-%m-%d %H:%M} (UTC{f'{sign}{hours}' if minutes else ''}{f':{rest:02}' if rest else ''})"


def local(at: int, tz: tzinfo) -> datetime:
    """Milliseconds UTC as civil time; an instant beyond the calendar is shown as its end."""
    last = 253_402_214_400_000
    return datetime.fromtimestamp(min(at, last) / 1000, tz)


def fact(label: str, value: str, *, mono: bool = False, wide: bool = False) -> Tree:
    """One labelled value of the box of facts."""
    return {"label": label, "value": text.line(value) or DASH, "mono": mono, "wide": wide}


def row(reading: Reading, lang: Lang, problem: int | None, *, narrow: bool = False) -> Tree:
    """One reading as a table row."""
    value = "" if reading.judged else text.wrap(reading.value, narrow=narrow)
    return {
        "title": text.wrap(reading.title, narrow=narrow),
        "state": reading.state,
        "word": say(reading.state, lang),
        "value": value,
        "unit": text.line(reading.unit, narrow=True),
        "range": text.line(reading.range, narrow=True),
        "ruler": ruler(reading),
        "last": text.wrap(reading.last, narrow=True),
        "last_unit": text.line(reading.last_unit, narrow=True),
        "problem": problem,
        "see": say("see_problem", lang, n=problem) if problem else "",
        "note": text.wrap(reading.note) if reading.state != "abnormal" else "",
    }


def ruler(reading: Reading) -> list[int] | None:
    """Where range, value and last value lie on a ruler of 1,000: `[low, high, now, last or -1]`."""
    low, dash, high = reading.range.partition("–")
    try:
        ends = Decimal(low), Decimal(high)
        now = Decimal(reading.value)
        last = Decimal(reading.last) if reading.last else None
    except InvalidOperation:
        return None
    if not dash or ends[0] >= ends[1]:
        return None
    # A quarter of the range is drawn on either side; what lies beyond stands at the end.
    margin = (ends[1] - ends[0]) / 4
    start, span = ends[0] - margin, (ends[1] - ends[0]) + 2 * margin

    def place(value: Decimal) -> int:
        return int(min(max((value - start) / span, Decimal(0)), Decimal(1)) * 1000)

    return [place(ends[0]), place(ends[1]), place(now), -1 if last is None else place(last)]


def problem(found: Finding, lang: Lang) -> Tree:
    """One finding as a card."""
    reading, visit = found.reading, found.visit
    value = "" if reading.judged else f"{reading.value} {reading.unit}".strip()
    return {
        "n": found.n,
        "title": text.line(reading.title),
        "value": text.wrap(value),
        "range": text.line(f"{reading.range} {reading.unit}".strip() if reading.range else ""),
        "severity": reading.severity,
        "severity_word": say(reading.severity or "unrated", lang),
        "note": text.wrap(reading.note),
        "solved": text.wrap(reading.solved),
        "done": bool(reading.solved.strip()),
        "done_word": say("solved" if reading.solved.strip() else "open", lang),
        "code": text.line(visit.code, narrow=True),
        "name": text.line(visit.name),
        "location": text.line(visit.location),
    }


def pictures(context: Context, lang: Lang) -> list[Tree]:
    """The photos with their captions; `file` is filled in by whoever lays the files out."""
    visits = {visit.ref: visit for visit in context.outline.visits}
    return [picture(each, visits.get(each.visit), context, lang) for each in context.pictures]


def picture(each: Picture, visit: Visit | None, context: Context, lang: Lang) -> Tree:
    reading = next((r for r in visit.readings if r.item == each.item), None) if visit is not None else None
    number = next((f.n for f in context.findings if f.visit is visit and f.reading is reading), None)
    return {
        "code": text.line(visit.code or visit.name, narrow=True) if visit is not None else "",
        "title": text.line(reading.title) if reading is not None else "",
        "state": reading.state if reading is not None else "",
        "see": say("see_problem", lang, n=number) if number else "",
        "alt": " ".join(filter(None, (fonts.printable(each) for each in (visit.code, reading.title))))
        if visit is not None and reading is not None
        else say("photos", lang),
        "taken": f"{local(each.taken_at, zone(context.statement.tz)):%Y-%m-%d %H:%M}"
        if each.taken_at is not None
        else "",
        "sha256": each.sha256[:12],
        "pending": each.data is None,
    }


def counts(readings: list[Reading]) -> Counter[str]:
    """How many readings are in each state."""
    return Counter(reading.state for reading in readings)


# --- 维保巡检记录表 ----------------------------------------------------------------------------------------------------


def record(context: RecordContext, lang: Lang) -> Tree:
    """One asset."""
    visit, head = context.visit, context.outline
    found = counts(visit.readings)
    problems = {id(finding.reading): finding.n for finding in context.findings}
    state = visit_state(visit)
    return {
        "mark": {"state": state, "word": say(state, lang)},
        "headline": {"code": text.line(visit.code), "name": text.line(visit.name)},
        "facts": [
            fact(say("customer", lang), head.customer, wide=True),
            fact(say("site", lang), head.site),
            fact(say("location", lang), visit.location),
            fact(say("round", lang), head.round),
            fact(say("engineer", lang), "、".join(head.engineers) if lang == "zh" else ", ".join(head.engineers)),
            fact(say("code", lang), visit.code, mono=True),
            fact(say("name", lang), visit.name),
            fact(say("manufacturer", lang), visit.manufacturer),
            fact(say("model", lang), visit.model),
            fact(say("serial", lang), visit.serial, mono=True),
            fact(say("checklist", lang), visit.checklist),
            *(fact(text.line(label), value, wide=True) for label, value in visit.others),
        ],
        "figures": figures(
            [
                (len(visit.readings), "", say("items", lang)),
                (found["normal"], "normal", say("normal", lang)),
                (found["abnormal"], "abnormal", say("abnormal", lang)),
                (found["na"], "na", say("na", lang)),
            ]
        )
        if not visit.skipped
        else [],
        "rows": [row(reading, lang, problems.get(id(reading))) for reading in visit.readings],
        "problems": [problem(finding, lang) for finding in context.findings],
        "pictures": pictures(context, lang),
        "conclusion": record_conclusion(context, lang),
    }


def visit_state(visit: Visit) -> str:
    """The state of one asset in this round."""
    if visit.skipped:
        return "skipped"
    return "abnormal" if visit.abnormal else "normal"


def figures(values: list[tuple[int, str, str]]) -> list[Tree]:
    """The strip of large figures."""
    return [{"n": n, "state": state, "word": word} for n, state, word in values]


def record_conclusion(context: RecordContext, lang: Lang) -> str:
    visit = context.visit
    if visit.skipped:
        return say("record_skipped", lang, reason=text.wrap(visit.reason) or say("none_given", lang))
    found = counts(visit.readings)
    items = len(visit.readings)
    if context.findings:
        solved = sum(1 for finding in context.findings if finding.reading.solved.strip())
        return say(
            "record_abnormal",
            lang,
            items=items,
            abnormal=len(context.findings),
            solved=solved,
            open=len(context.findings) - solved,
        )
    return say("record_normal_na" if found["na"] else "record_normal", lang, items=items, na=found["na"])


# --- 系统预防性维护服务报告 ---------------------------------------------------------------------------------------------


def report(context: ReportContext, lang: Lang) -> Tree:
    """The whole round."""
    head = context.outline
    done = [visit for visit in head.visits if not visit.skipped]
    skipped = [visit for visit in head.visits if visit.skipped]
    abnormal = [visit for visit in done if visit.abnormal]
    problems = {id(finding.reading): finding.n for finding in context.findings}
    checklists = list(dict.fromkeys(visit.checklist for visit in done if visit.checklist))
    join = "、" if lang == "zh" else ", "
    return {
        "facts": [
            fact(say("customer", lang), head.customer, wide=True),
            fact(say("site", lang), head.site),
            fact(say("round", lang), head.round),
            fact(say("engineer", lang), join.join(head.engineers)),
            fact(say("signer", lang), " · ".join(filter(None, (context.signed.name, context.signed.role)))),
            fact(say("checklist", lang), join.join(checklists), wide=True),
        ],
        "figures": figures(
            [
                (len(head.visits), "", say("due", lang)),
                (len(done) - len(abnormal), "normal", say("all_normal", lang)),
                (len(abnormal), "abnormal", say("with_abnormal", lang)),
                (len(skipped), "skipped", say("skipped", lang)),
            ]
        ),
        "summary": report_summary(context, lang),
        "results_chart": results_chart(done, lang),
        "items_chart": items_chart(context, lang),
        "problems": [problem(finding, lang) for finding in context.findings],
        "not_done": [
            {
                "code": text.line(visit.code, narrow=True) or DASH,
                "name": text.line(visit.name) or DASH,
                "details": [
                    text.line(each) for each in (visit.manufacturer, visit.model, visit.serial) if each.strip()
                ],
                "location": text.line(visit.location) or DASH,
                "reason": text.wrap(visit.reason) or say("none_given", lang),
            }
            for visit in skipped
        ],
        "sheets": [sheet(visit, problems, lang) for visit in done],
        "pictures": pictures(context, lang),
    }


def sheet(visit: Visit, problems: dict[int, int], lang: Lang) -> Tree:
    """All results of one asset, compact."""
    state = visit_state(visit)
    details = (visit.name, visit.manufacturer, visit.model, visit.serial, visit.location)
    return {
        "code": text.line(visit.code) or DASH,
        "details": [text.line(each) for each in details if each.strip()],
        "checklist": text.line(visit.checklist),
        "state": state,
        "word": say(state, lang),
        "rows": [row(reading, lang, problems.get(id(reading)), narrow=True) for reading in visit.readings],
        "others": [[text.line(label), text.wrap(value)] for label, value in visit.others],
        "short": len(visit.readings) <= MAX_SHORT
        and sum(len(r.value) + len(r.title) + len(r.note) for r in visit.readings) <= MAX_SHORT_TEXT
        and not visit.others,
    }


def report_summary(context: ReportContext, lang: Lang) -> list[str]:
    """The findings of the round as sentences."""
    visits = context.outline.visits
    skipped = sum(1 for visit in visits if visit.skipped)
    found = [say("report_done", lang, due=len(visits), done=len(visits) - skipped, skipped=skipped)]
    if not context.findings:
        if skipped < len(visits):
            found.append(say("report_normal", lang))
        return found
    solved = sum(1 for finding in context.findings if finding.reading.solved.strip())
    found.append(
        say(
            "report_abnormal",
            lang,
            assets=len({id(finding.visit) for finding in context.findings}),
            abnormal=len(context.findings),
            solved=solved,
            open=len(context.findings) - solved,
        )
    )
    serious = sum(1 for finding in context.findings if finding.reading.severity == "serious")
    if serious:
        found.append(say("report_serious", lang, serious=serious))
    return found


def results_chart(done: list[Visit], lang: Lang) -> Tree:
    """One bar of all results by state."""
    found = counts([reading for visit in done for reading in visit.readings])
    total = sum(found.values())
    return {
        "title": say("chart_state", lang, items=total, normal=found["normal"], abnormal=found["abnormal"]),
        "total": total,
        "parts": [
            {"state": state, "word": say(state, lang), "n": found[state]} for state in ("normal", "abnormal", "na")
        ],
    }


def items_chart(context: ReportContext, lang: Lang) -> Tree | None:
    """Abnormal results by item and severity, the most frequent first; `None` where there are none."""
    if not context.findings:
        return None
    tally: dict[str, Counter[str]] = {}
    for finding in context.findings:
        tally.setdefault(finding.reading.title, Counter())[finding.reading.severity or "unrated"] += 1
    ranked = sorted(tally.items(), key=lambda entry: -entry[1].total())
    bars = [bar(text.line(name), found) for name, found in ranked[:MAX_BARS]]
    if len(ranked) > MAX_BARS:
        rest: Counter[str] = sum((found for _, found in ranked[MAX_BARS:]), Counter[str]())
        bars.append(bar(say("others", lang, n=len(ranked) - MAX_BARS), rest))
    top = ranked[0][1].total()
    if len(ranked) == 1:
        heading = say("chart_items_one", lang, item=text.line(ranked[0][0]), n=top)
    elif top > ranked[1][1].total():
        heading = say("chart_items_top", lang, item=text.line(ranked[0][0]), n=top)
    else:
        heading = say("chart_items_even", lang, kinds=len(ranked))
    total: Counter[str] = sum(tally.values(), Counter[str]())
    return {
        "title": heading,
        "bars": bars,
        "most": max(each["total"] for each in bars),
        "all": bar(say("total", lang), total),
    }


def bar(name: str, found: Counter[str]) -> Tree:
    """One row of chart and table."""
    return {
        "name": name,
        "serious": found["serious"],
        "medium": found["medium"],
        "minor": found["minor"],
        "unrated": found["unrated"],
        "total": found.total(),
    }
