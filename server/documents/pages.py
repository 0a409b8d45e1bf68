"""The pages behind a document's QR code and behind the customer's private link, as HTML bodies."""

from html import escape

import msgspec

from server.documents import outline, tree
from server.documents.context import Issuer, number, zone
from server.documents.outline import Visit
from server.documents.sources import Signed
from server.documents.words import TITLES, Lang, say
from server.pages import paragraphs
from server.store.records import Record
from sync.statement import Statement

WORDS: dict[str, tuple[str, str]] = {
    "genuine": ("此文档由本系统签发", "This document was issued here"),
    "issued": ("签发时间", "Issued"),
    "number": ("编号", "Number"),
    "language": ("语言", "Language"),
    "file_hash": ("文件 SHA-256", "File SHA-256"),
    "signed_hash": ("签字内容 SHA-256", "Signed content SHA-256"),
    "compare": (
        "请核对编号、日期和签字内容的 SHA-256 与您手中的文档一致。为保护客户隐私，此页不显示文档内容。",
        "Check that number, date and the SHA-256 of the signed content are those of the document in your hand. "
        "To protect the customer, this page shows nothing of its content.",
    ),
    "unknown_document": ("没有这份文档", "There is no such document"),
    "unknown_document_why": (
        "本系统没有签发过此核验码的文档。请重新扫码，或致电签发单位核实。",
        "No document with this code was issued here. Scan it again, or call the company that is named on it.",
    ),
    "preparing": ("文档正在生成，请稍后刷新。", "The document is being made. Reload in a moment."),
    "copy": ("您的巡检签字副本", "Your copy of the signed inspection"),
    "no_copy": ("暂无此副本", "This copy is not here yet"),
    "no_copy_why": (
        "如果刚刚签字，工程师的手机可能还没有联网；送达后此链接即可打开，请稍后再试。否则请核对链接是否完整。",
        "If you have just signed, the engineer's phone may still be without a network; this link will work as soon as it "
        "has delivered. Otherwise check that the link is complete.",
    ),
    "on_the_way": (
        "您的签字已送达，签字内容还在路上。工程师的手机联网后即可在此查看，请稍后再试。",
        "Your signature has arrived; the signed content is still on its way. It will be here as soon as the engineer's phone "
        "has been online. Please come back later.",
    ),
    "in_doubt": (
        "签字内容正在核查，暂不提供下载。请致电服务热线。",
        "The signed content is being checked, so nothing can be downloaded now. Please call the hotline.",
    ),
    "photos_on_the_way": (
        "照片已送达 {arrived} / {total} 张。全部送达后即可下载服务报告。",
        "{arrived} of {total} photos have arrived. The service report can be downloaded when all are here.",
    ),
    "signed_by": ("签字", "Signed by"),
    "found": ("发现的问题", "Problems found"),
    "skipped": ("未检设备", "Not inspected"),
    "download": ("下载", "Download"),
    "in_zh": ("中文", "Chinese"),
    "in_en": ("英文", "English"),
    "records": ("各设备巡检记录表", "Inspection records by equipment"),
    "record_waits": ("照片送达后可下载", "available when its photos have arrived"),
    "translated": (
        "签字文本为{signed}；另一语言为译文。",
        "The signed text is in {signed}; the other language is a translation.",
    ),
    "keep": (
        "此链接只属于您，请勿公开。建议下载保存 PDF。",
        "This link is yours alone; do not publish it. Download the PDF to keep it.",
    ),
}


def text(key: str, lang: Lang, **values: object) -> str:
    """One text of these pages."""
    return WORDS[key][0 if lang == "zh" else 1].format(**values)


def rows(entries: list[tuple[str, str]]) -> str:
    """A table of labelled values; values are HTML, labels plain."""
    return (
        "<table>"
        + "".join(f'<tr><th scope="row">{escape(label)}</th><td>{value}</td></tr>' for label, value in entries)
        + "</table>"
    )


def code(value: str) -> str:
    return f'<span class="code">{escape(value)}</span>'


OWN_NAMES: dict[str, str] = {"zh": "中文", "en": "English"}
"""A language as its own readers call it: what a link to it says."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the verification page may say of a document."""

    document: Record
    signed_sha256: str
    tz: str


def verification(checked: Checked, issuer: Issuer, lang: Lang) -> str:
    """What a document is, its number, date and hashes; nothing of what it says."""
    doc = checked.document.doc
    kind = TITLES[doc["kind"]]
    other = "en" if lang == "zh" else "zh"
    return "\n".join(
        (
            f'<p class="second">{escape(issuer.name(lang))}</p>',
            f"<h1>{escape(kind[0 if lang == 'zh' else 1])}</h1>",
            f'<p class="second" lang="{"zh-CN" if other == "zh" else "en"}">{escape(kind[0 if other == "zh" else 1])}</p>',
            paragraphs(text("genuine", lang) if doc.get("blob") else text("preparing", lang)),
            rows(
                [
                    (text("number", lang), code(doc["number"])),
                    (text("issued", lang), code(tree.stamp(doc["issued_at"], zone(checked.tz)))),
                    (text("language", lang), escape(text(f"in_{doc['lang']}", lang))),
                    (text("signed_hash", lang), code(checked.signed_sha256)),
                    (text("file_hash", lang), code(doc.get("blob") or "–")),
                ]
            ),
            f'<p class="second">{escape(text("compare", lang))}</p>',
        )
    )


def no_document(lang: Lang) -> str:
    """The one answer to every code that is not a document's."""
    return f"<h1>{escape(text('unknown_document', lang))}</h1>" + paragraphs(text("unknown_document_why", lang))


def no_copy(lang: Lang) -> str:
    """The one answer to every link that is nobody's copy, or whose signature has not arrived yet."""
    return f"<h1>{escape(text('no_copy', lang))}</h1>" + paragraphs(text("no_copy_why", lang))


def waiting(problem: str, issuer: Issuer, lang: Lang) -> str:
    """The copy's page while there is nothing to show: why, and what to do."""
    return "\n".join(
        (
            f'<p class="second">{escape(issuer.name(lang))}</p>',
            f"<h1>{escape(text('copy', lang))}</h1>",
            paragraphs(text("in_doubt" if problem == "statement_mismatch" else "on_the_way", lang), issuer.hotline),
        )
    )


def copy(signed: Signed, statement: Statement, issuer: Issuer, lang: Lang, path: str) -> str:
    """The customer's private copy: what was found, and the PDFs. `path` is the page's own address."""
    found = outline.read(statement)
    done = [visit for visit in found.visits if not visit.skipped]
    skipped = [visit for visit in found.visits if visit.skipped]
    signer = " · ".join(part for part in (statement.signer.name, statement.signer.role) if part)
    outcome = statement.signer.outcome
    missing = len(signed.pending())
    return "\n".join(
        (
            f'<p class="second">{escape(issuer.name(lang))}</p>',
            f"<h1>{escape(text('copy', lang))}</h1>",
            rows(
                [
                    (say("customer", lang), escape(found.customer)),
                    (say("site", lang), escape(found.site)),
                    (say("round", lang), escape(found.round)),
                    (say("engineer", lang), escape(", ".join(found.engineers))),
                    (
                        text("signed_by", lang),
                        escape(signer if outcome == "signed" else say(outcome, lang))
                        + f"<br>{code(tree.stamp(statement.at, zone(statement.tz)))}",
                    ),
                    (say("due", lang), str(len(found.visits))),
                    (say("all_normal", lang), str(sum(1 for visit in done if not visit.abnormal))),
                    (say("with_abnormal", lang), str(sum(1 for visit in done if visit.abnormal))),
                    (say("skipped", lang), str(len(skipped))),
                ]
            ),
            f"<h2>{escape(TITLES['service_report'][0 if lang == 'zh' else 1])}</h2>",
            paragraphs(text("photos_on_the_way", lang, arrived=len(signed.photos) - missing, total=len(signed.photos)))
            if missing
            else report_links(path, lang),
            records_list(signed, found.visits, path, lang),
            problems(found.visits, lang),
            not_done(skipped, lang),
            f'<p class="second">{escape(text("translated", lang, signed=say(signed.statement.lang, lang)))} '
            f"{escape(text('keep', lang))}</p>",
            f'<p class="second">{escape(text("signed_hash", lang))}<br>{code(signed.sha256)}</p>',
        )
    )


def problems(visits: list[Visit], lang: Lang) -> str:
    """The abnormal results, as the customer read them when signing."""
    findings = number(visits)
    if not findings:
        return ""
    parts = [f"<h2>{escape(text('found', lang))}</h2>"]
    for each in findings:
        reading = each.reading
        value = "" if reading.judged else f" {reading.value} {reading.unit}".rstrip()
        severity = say(reading.severity or "unrated", lang)
        parts.append(
            f"<h3>{each.n}. {escape(reading.title)}{escape(value)} · {escape(severity)}</h3>"
            f'<p class="second">{code(each.visit.code)} {escape(each.visit.name)}</p>'
            + paragraphs(reading.note, f"{say('solution', lang)}: {reading.solved or say('to_be_solved', lang)}")
        )
    return "\n".join(parts)


def not_done(skipped: list[Visit], lang: Lang) -> str:
    """What was not inspected, and why."""
    if not skipped:
        return ""
    entries = [(f"{visit.code} {visit.name}".strip() or "–", escape(visit.reason)) for visit in skipped]
    return f"<h2>{escape(text('skipped', lang))}</h2>" + rows(entries)


def report_links(path: str, lang: Lang) -> str:
    """The report in both languages, the reader's own first."""
    first, second = ("zh", "en") if lang == "zh" else ("en", "zh")
    return (
        f'<a class="action" href="{escape(path)}/report-{first}.pdf">'
        f"{escape(text('download', lang))} PDF · {OWN_NAMES[first]}</a>"
        f'<a class="action quiet" href="{escape(path)}/report-{second}.pdf">'
        f"{escape(text('download', lang))} PDF · {OWN_NAMES[second]}</a>"
    )


def records_list(signed: Signed, visits: list[Visit], path: str, lang: Lang) -> str:
    """The inspection record of each asset, folded away: there may be hundreds."""
    waits = {photo.visit for photo in signed.pending()}
    entries: list[tuple[str, str]] = []
    for visit in visits:
        record = signed.inspections[visit.ref]
        links = " · ".join(
            f'<a href="{escape(path)}/{record}-{each}.pdf">PDF {OWN_NAMES[each]}</a>' for each in ("zh", "en")
        )
        label = f"{visit.code} {visit.name}".strip() or "–"
        entries.append((label, escape(text("record_waits", lang)) if visit.ref in waits else links))
    return f"<details><summary>{escape(text('records', lang))} ({len(entries)})</summary>{rows(entries)}</details>"
