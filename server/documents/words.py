"""What the documents themselves say, in both languages. What was signed is never translated here."""

from typing import Literal

Lang = Literal["zh", "en"]

TITLES = {
    "inspection_record": ("维保巡检记录表", "Maintenance Inspection Record"),
    "service_report": ("系统预防性维护服务报告", "Preventive Maintenance Service Report"),
}

WORDS: dict[str, tuple[str, str]] = {
    # states
    "normal": ("正常", "Normal"),
    "abnormal": ("异常", "Abnormal"),
    "na": ("不适用", "Not applicable"),
    "skipped": ("未检", "Not inspected"),
    "done": ("已检", "Inspected"),
    "minor": ("轻微", "Minor"),
    "medium": ("一般", "Medium"),
    "serious": ("严重", "Serious"),
    "unrated": ("未定级", "Not rated"),
    "solved": ("已处理", "Solved"),
    "open": ("待处理", "Open"),
    # header and footer
    "hotline": ("服务热线", "Hotline"),
    "number": ("编号", "No."),
    "page": ("第 {page} 页，共 {pages} 页", "Page {page} of {pages}"),
    "verify": ("扫码核验", "Scan to verify"),
    "trial": ("试用", "Trial"),
    "trial_note": (
        "试用环境签发，仅供演示，不作为服务凭证。",
        "Issued by a trial installation, for demonstration only; not evidence of service.",
    ),
    "statement_hash": ("签字内容 SHA-256", "Signed content SHA-256"),
    "issued": ("签发时间", "Issued"),
    # facts
    "customer": ("客户", "Customer"),
    "site": ("场所", "Site"),
    "round": ("巡检", "Round"),
    "engineer": ("工程师", "Engineer"),
    "code": ("编码", "Code"),
    "name": ("名称", "Name"),
    "manufacturer": ("品牌", "Manufacturer"),
    "model": ("型号", "Model"),
    "serial": ("序列号", "Serial number"),
    "location": ("位置", "Location"),
    "checklist": ("检查表", "Checklist"),
    "state": ("状态", "State"),
    "signer": ("签字人", "Signed by"),
    "signed_at": ("签字时间", "Signed at"),
    # sections
    "results": ("检查结果", "Results"),
    "findings": ("发现的问题与处理", "Problems found and how they were solved"),
    "photos": ("现场照片", "Photos"),
    "conclusion": ("结论", "Conclusion"),
    "summary": ("本次小结", "Summary"),
    "signatures": ("签字与盖章", "Signatures and stamps"),
    "statistics": ("异常统计", "Abnormal results"),
    "not_done": ("未完成的检查", "Not inspected, and why"),
    "all_results": ("各设备检查结果", "Results by equipment"),
    # columns
    "item": ("检查项", "Item"),
    "result": ("结果", "Result"),
    "range": ("正常范围", "Normal range"),
    "last": ("上次", "Last"),
    "note": ("说明", "Note"),
    "solution": ("处理", "Solution"),
    "severity": ("程度", "Severity"),
    "reason": ("未检原因", "Reason"),
    "equipment_one": ("设备", "Equipment"),
    "total": ("合计", "Total"),
    "problem": ("问题", "Problem"),
    "to_be_solved": ("尚未处理", "Not solved yet"),
    "see_problem": ("见问题 {n}", "see problem {n}"),
    "none_given": ("未填写", "None given"),
    # figures
    "due": ("应检设备", "Due"),
    "items": ("检查项", "Items"),
    "with_abnormal": ("有异常", "With problems"),
    "all_normal": ("全部正常", "All normal"),
    # photos
    "photo_pending": ("照片尚未送达", "Photo not delivered yet"),
    "photo_unreadable": ("照片无法显示", "Photo cannot be shown"),
    "photo_note": (
        "照片为带水印的缩小副本；原件按 SHA-256 存档，编号为其前 12 位。",
        "Photos are reduced copies with a watermark; the originals are kept under their SHA-256, "
        "whose first 12 digits are given.",
    ),
    # sentences
    "record_normal": ("共检查 {items} 项，全部正常。", "Items checked: {items}, all normal."),
    "record_normal_na": (
        "共检查 {items} 项，其中 {na} 项不适用，其余正常。",
        "Items checked: {items}; not applicable: {na}; all others normal.",
    ),
    "record_abnormal": (
        "共检查 {items} 项，{abnormal} 项异常：{solved} 项已处理，{open} 项待处理。",
        "Items checked: {items}, abnormal: {abnormal}; solved: {solved}, open: {open}.",
    ),
    "record_skipped": ("本次未检：{reason}", "Not inspected this time: {reason}"),
    "report_done": (
        "应检设备 {due} 台，已检 {done} 台，未检 {skipped} 台。",
        "Equipment due: {due}, inspected: {done}, not inspected: {skipped}.",
    ),
    "report_normal": ("已检设备全部正常。", "All inspected equipment is normal."),
    "report_abnormal": (
        "{assets} 台设备共有 {abnormal} 项异常：{solved} 项已处理，{open} 项待处理。",
        "Abnormal results: {abnormal}, equipment concerned: {assets}; solved: {solved}, open: {open}.",
    ),
    "report_serious": ("其中 {serious} 项为严重。", "Serious: {serious}."),
    "chart_state": (
        "{items} 项检查结果中 {normal} 项正常，{abnormal} 项异常",
        "{normal} of {items} results normal, {abnormal} abnormal",
    ),
    "chart_items_one": ("异常出现在“{item}”：{n} 项", "The abnormal results are in “{item}”: {n}"),
    "chart_items_top": ("异常最多的是“{item}”：{n} 项", "Most abnormal results: “{item}”, {n}"),
    "chart_items_even": (
        "异常分散在 {kinds} 个检查项，没有集中",
        "No item stands out: abnormal results in {kinds} items",
    ),
    "others": ("其他 {n} 个检查项", "{n} other items"),
    # signatures
    "for_customer": ("客户确认", "For the customer"),
    "for_company": ("维保单位", "For the maintenance company"),
    "date": ("日期", "Date"),
    "stamp": ("盖章处", "Stamp"),
    "signed": ("已签字", "Signed"),
    "absent": ("客户不在场", "Customer absent"),
    "refused": ("客户拒签", "Customer refused to sign"),
    "typed": ("键入签名", "Typed signature"),
    "strokes_missing": ("笔迹无法显示", "The drawing of the signature cannot be shown"),
    "two_copies": (
        "本表一式两份，双方各执一份。内容已按页脚所列 SHA-256 锁定，任何改动均可发现。",
        "Two copies, one for each side. Its content is locked by the SHA-256 in the footer; any change can be detected.",
    ),
    "translation": (
        "译文：签字确认的文本为{language}。如有不一致，以签字文本为准。",
        "Translation: the signed text is in {language}. If they differ, the signed text prevails.",
    ),
    "foreign_text": (
        "检查内容按签字时的语言（{language}）列出。",
        "What was inspected is given in the language in which it was signed ({language}).",
    ),
    "zh": ("中文", "Chinese"),
    "en": ("英文", "English"),
}


def say(key: str, lang: Lang, **values: object) -> str:
    """One text in `lang`. Values are put in as they are."""
    text = WORDS[key][0 if lang == "zh" else 1]
    return text.format(**values) if values else text


def title(kind: str, lang: Lang) -> str:
    """A document kind's title in `lang`."""
    return TITLES[kind][0 if lang == "zh" else 1]
