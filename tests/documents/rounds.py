"""Statements of whole rounds, as the protocol writes them, for the tests of documents."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import msgspec

from server.documents.context import Issue, Issuer, Picture
from sync.statement import Statement

SIGNED_AT = 1_763_535_120_000  # 2025-11-19 06:52 UTC, 14:52 in Shanghai

LABELS = {
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
    "outcome": ("结果", "Outcome"),
    "done": ("已检", "Inspected"),
    "skipped": ("未检", "Not inspected"),
    "reason": ("未检原因", "Reason"),
    "title": ("检查表", "Checklist"),
    "items": ("检查项数", "Items"),
    "last": ("上次", "Last"),
    "range": ("范围", "Range"),
    "state": ("判定", "State"),
    "severity": ("程度", "Severity"),
    "note": ("说明", "Note"),
    "solved": ("处理", "Solved"),
    "pass": ("正常", "Normal"),
    "fail": ("异常", "Abnormal"),
    "na": ("不适用", "Not applicable"),
    "minor": ("轻微", "Minor"),
    "medium": ("一般", "Medium"),
    "serious": ("严重", "Serious"),
}

ITEMS = [
    ("power", ("电源指示灯", "Power light")),
    ("temp", ("机箱温度", "Case temperature")),
    ("fan", ("风扇", "Fan")),
    ("dust", ("防尘网", "Dust filter")),
    ("cable", ("网线与接头", "Network cable and plug")),
    ("humidity", ("环境湿度", "Ambient humidity")),
    ("patch", ("系统补丁", "System patches")),
    ("virus", ("病毒与恶意软件", "Viruses and rogue software")),
    ("net", ("网络状态", "Network state")),
    ("group", ("计算机名与工作组", "Computer name and workgroup")),
    ("backup", ("备份", "Backup")),
    ("clean", ("清洁与消毒", "Cleaning and disinfection")),
]


def h(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


class Book:
    """Writes the lines of a statement in one language."""

    def __init__(self, lang: str = "zh") -> None:
        self.lang = lang
        self.lines: list[dict[str, str]] = []
        self.photos: list[dict[str, str]] = []

    def word(self, key: str) -> str:
        return LABELS[key][0 if self.lang == "zh" else 1]

    def line(self, ref: str, f: str, label: str, value: str, unit: str = "") -> None:
        self.lines.append({"ref": ref, "f": f, "label": label, "value": value, "unit": unit})

    def head(self, customer: str, site: str, title: str, engineer: str) -> None:
        self.line("c" * 12, "name", self.word("customer"), customer)
        self.line("s" * 12, "name", self.word("site"), site)
        self.line("r" * 12, "title", self.word("round"), title)
        self.line("u" * 12, "name", self.word("engineer"), engineer)

    def asset(self, location: str = "", **fields: str) -> None:
        for field in ("code", "name", "manufacturer", "model", "serial"):
            if fields.get(field):
                self.line("a" * 12, field, self.word(field), fields[field])
        if location:
            self.line("p" * 12, "name", self.word("location"), location)

    def skip(self, ref: str, reason: str) -> None:
        self.line(ref, "outcome", self.word("outcome"), self.word("skipped"))
        self.line(ref, "reason", self.word("reason"), reason)

    def begin(self, ref: str, title: str, items: int) -> None:
        self.line(ref, "outcome", self.word("outcome"), self.word("done"))
        self.line("k" * 12, "title", self.word("title"), title)
        self.line("k" * 12, "items", self.word("items"), str(items))

    def result(self, ref: str, item: str, label: str, value: str, unit: str = "", **more: str) -> None:
        self.line(ref, f"results.{item}", label, value, unit)
        if "range" in more:
            self.line("k" * 12, f"items.{item}.range", self.word("range"), more["range"], unit)
        if "last" in more:
            self.line(h("last", ref), f"results.{item}", self.word("last"), more["last"], unit)
        if "severity" in more:
            self.line(ref, f"results.{item}.state", self.word("state"), self.word("fail"))
            self.line(ref, f"results.{item}.severity", self.word("severity"), self.word(more["severity"]))
        for part in ("note", "solved"):
            if more.get(part):
                self.line(ref, f"results.{item}.{part}", self.word(part), more[part])

    def photo(self, ref: str, sha256: str) -> None:
        self.photos.append({"ref": ref, "sha256": sha256})

    def done(self, outcome: str = "signed", name: str = "张敏", role: str = "事故处理科") -> Statement:
        return msgspec.convert(
            {
                "v": 1,
                "kind": "round",
                "lang": self.lang,
                "tz": "Asia/Shanghai",
                "centre": "C" * 22,
                "lines": self.lines,
                "photos": self.photos,
                "signer": {"name": name, "role": role, "outcome": outcome},
                "at": SIGNED_AT,
            },
            Statement,
        )


def typical(lang: str = "zh") -> Statement:
    """Four assets: one with two problems, one normal, one with a long name and a serious problem, one skipped."""
    book = Book(lang)
    zh = lang == "zh"

    def say(a: str, b: str) -> str:
        return a if zh else b

    book.head(
        say("江城市公安局交通警察支队", "Jiangcheng Traffic Police"),
        say("办公楼壹号栋", "Office Building 1"),
        say("壹号栋 11 月巡检", "Building 1, November"),
        say("李伟", "Li Wei"),
    )
    assets = [
        ("D010210-009", say("台式机", "Desktop PC"), say("联想", "Lenovo"), "启天M437", "PF3K9X2L"),
        ("D010210-010", say("台式机", "Desktop PC"), say("联想", "Lenovo"), "启天M437", "PF3K9X7Q"),
        (
            "D010213-S01",
            say("核心交换机", "Core switch"),
            say("华为", "Huawei"),
            "S5735-L48T4X-A1",
            "21980107653GM8000123-4",
        ),
    ]
    for n, (code, name, maker, model, serial) in enumerate(assets):
        ref = h("inspection", n)
        book.asset(say("0210 室", "Room 0210"), code=code, name=name, manufacturer=maker, model=model, serial=serial)
        book.begin(ref, say("台式机状态与布线", "Desktop: status and cabling"), len(ITEMS))
        for item, labels in ITEMS:
            label = labels[0 if zh else 1]
            if item == "temp":
                book.result(
                    ref,
                    item,
                    label,
                    "43" if n else "78.5",
                    "°C",
                    range="10–70",
                    last="36",
                    **(
                        {}
                        if n
                        else {
                            "severity": "medium",
                            "note": say("超过上限，风道积灰", "Above the limit, dust in the air duct"),
                            "solved": say("现场除尘，复测 52 °C", "Dust removed on the spot, 52 °C afterwards"),
                        }
                    ),
                )
            elif item == "humidity":
                book.result(ref, item, label, "48", "%", range="40–60", last="51")
            elif item == "patch":
                book.result(ref, item, label, "0", say("个", "behind"), range="≤ 3")
            elif item == "fan" and n == 0:
                book.result(
                    ref,
                    item,
                    label,
                    book.word("fail"),
                    last=book.word("pass"),
                    severity="medium",
                    note=say(
                        "间歇异响，开机约 5 分钟后明显，扇叶积灰",
                        "Intermittent noise, clear about 5 minutes after start; blades dusty",
                    ),
                )
            elif item == "cable" and n == 2:
                book.result(
                    ref,
                    item,
                    label,
                    book.word("fail"),
                    last=book.word("pass"),
                    severity="serious",
                    note=say("24 口上联网线接头松动，时断时续。", "Uplink plug in port 24 is loose, link drops. ") * 6,
                    solved=say("当场重做接头，复测正常", "Re-crimped on the spot, tested"),
                )
            elif item == "group":
                book.result(ref, item, label, book.word("na"))
            elif item == "backup":
                book.result(ref, item, label, say("当日完整", "Full, today"))
            else:
                book.result(ref, item, label, book.word("pass"), last=book.word("pass"))
    book.asset(
        say("0210 室", "Room 0210"),
        code="D010210-011",
        name=say("打印机", "Printer"),
        manufacturer="HP",
        model="M437nda",
    )
    book.skip(h("inspection", 3), say("正在打印证件，15:30 补检", "Printing permits, will be inspected at 15:30"))
    for n, item in enumerate(("fan", "temp", "clean")):
        book.photo(h("photo", n), h("bytes", n))
    return book.done(role=say("事故处理科", "Accident section"), name=say("张敏", "Zhang Min"))


def issue(**more: Any) -> Issue:
    given: dict[str, Any] = {
        "number": "WBXJ-2025-000123",
        "token": "7K3M9QX2TB4D",
        "origin": "https://sb.example.cn",
        "sha256": h("statement"),
        "issued_at": SIGNED_AT + 3_600_000,
        "issuer": Issuer(
            zh="江城信服运维有限公司",
            en="Jiangcheng Xinfu Maintenance Ltd.",
            hotline="027-8530 0114",
            address="江城市沿江大道 1 号",
        ),
    }
    return Issue(**{**given, **more})


def pictures(photos: list[bytes], visits: list[str]) -> list[Picture]:
    """Photos of the first visits; the last one is still pending."""
    items = ("fan", "temp", "clean", "power", "dust")
    found = [
        Picture(
            sha256=h("bytes", n),
            visit=visits[n % len(visits)],
            item=items[n % len(items)],
            taken_at=SIGNED_AT - 60_000 * n,
            data=data,
        )
        for n, data in enumerate(photos)
    ]
    return [*found, Picture(sha256=h("bytes", "pending"), visit=visits[0], item="dust", taken_at=SIGNED_AT)]


def strokes() -> bytes:
    """A scribble of three strokes with changing pressure."""

    def wave(left: int, top: int, turns: float) -> list[list[int]]:
        return [
            [
                n * 12,
                left + n * 60,
                top + int(500 * math.sin(n / 40 * turns * math.tau)),
                300 + int(400 * abs(math.sin(n / 9))),
            ]
            for n in range(41)
        ]

    body = {
        "v": 1,
        "width": 6400,
        "height": 2400,
        "strokes": [wave(500, 1200, 1.5), wave(2200, 900, 2.5), [[900, 5200, 1400, 500]], wave(3000, 1500, 0.5)],
    }
    return msgspec.json.encode(body)
