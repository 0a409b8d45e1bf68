"""The demo's register as plain data: sites, buildings, rooms, categories, checklists, and 400 assets in their rooms."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct


class Room(Struct, frozen=True, kw_only=True):
    """A room and what stands in it: category -> how many."""

    number: str
    zh: str
    holds: dict[str, int]


class Building(Struct, frozen=True, kw_only=True):
    """A building of a site."""

    code: str
    name: str
    rooms: tuple[Room, ...]


class Product(Struct, frozen=True, kw_only=True):
    """A model that stands around: manufacturer, model, what people call it, how its serials begin."""

    manufacturer: str
    model: str
    name: str
    serial: str
    value: str


PRODUCTS: dict[str, tuple[Product, ...]] = {
    "pc": (
        Product(manufacturer="联想", model="启天M437", name="台式机", serial="PF2X", value="4860"),
        Product(manufacturer="联想", model="启天M437 SFF", name="台式机", serial="PF2Y", value="4620"),
        Product(manufacturer="惠普", model="EliteDesk 800 G9", name="台式机", serial="CZC3", value="5980"),
    ),
    "monitor": (Product(manufacturer="惠普", model="P24 G5", name="显示器", serial="CNK2", value="980"),),
    "printer": (
        Product(manufacturer="惠普", model="LaserJet M437nda", name="打印机", serial="CNB1", value="6250"),
        Product(manufacturer="联想", model="M7650DNF", name="打印机", serial="VNB4", value="1880"),
    ),
    "switch": (
        Product(manufacturer="华为", model="S5735-L48T4S", name="接入交换机", serial="21023", value="7400"),
        Product(manufacturer="华为", model="S6730-H48X6C", name="核心交换机", serial="21024", value="58600"),
    ),
    "server": (Product(manufacturer="戴尔", model="PowerEdge R750xs", name="服务器", serial="7XK2", value="46800"),),
    "ups": (Product(manufacturer="华为", model="UPS2000-G-6K", name="不间断电源", serial="2102", value="12800"),),
    "camera": (Product(manufacturer="海康威视", model="DS-7932N", name="录像机", serial="E831", value="3650"),),
}

CATEGORIES: dict[str, tuple[str, str]] = {
    "pc": ("台式机", "Desktop PC"),
    "monitor": ("显示器", "Monitor"),
    "printer": ("打印机", "Printer"),
    "switch": ("交换机", "Switch"),
    "server": ("服务器", "Server"),
    "ups": ("UPS", "UPS"),
    "camera": ("录像机", "Video recorder"),
}


def _offices(floor: int, names: tuple[str, ...], first: int = 1, pcs: int = 5) -> tuple[Room, ...]:
    return tuple(
        Room(number=f"{floor:02}{first + index:02}", zh=name, holds={"pc": pcs + index % 3, "monitor": 1, "printer": 1})
        for index, name in enumerate(names)
    )


SITES: dict[str, tuple[str, tuple[Building, ...]]] = {
    "支队机关": (
        "江城市江汉路 88 号",
        (
            Building(
                code="D01",
                name="办公楼壹号栋",
                rooms=(
                    Room(number="0101", zh="值班室", holds={"pc": 4, "monitor": 2, "printer": 1}),
                    *_offices(2, ("值班室", "会议室", "法制科", "培训室", "财务科", "违法处理大厅")),
                    Room(number="0209", zh="违法处理科", holds={"pc": 8, "printer": 1, "switch": 1}),
                    Room(number="0210", zh="事故处理科", holds={"pc": 24, "monitor": 3, "printer": 2, "switch": 1}),
                    Room(number="0213", zh="网络间", holds={"switch": 3}),
                    *_offices(3, ("政工科", "秩序科"), first=2),
                    Room(number="0301", zh="机房", holds={"server": 6, "switch": 2, "ups": 2}),
                ),
            ),
            Building(
                code="D02",
                name="办公楼贰号栋",
                rooms=(
                    *_offices(1, ("宣传科", "科技科", "信息科", "档案室")),
                    *_offices(2, ("装备科", "后勤科", "审计室", "纪检室")),
                    Room(number="0205", zh="配电间", holds={"ups": 2}),
                ),
            ),
            Building(
                code="D03",
                name="指挥中心",
                rooms=(
                    Room(number="0101", zh="配电间", holds={"ups": 3}),
                    Room(number="0201", zh="指挥大厅", holds={"pc": 30, "monitor": 28, "switch": 2}),
                    Room(number="0204", zh="设备间", holds={"server": 5, "switch": 4, "camera": 4}),
                ),
            ),
        ),
    ),
    "车辆管理所": (
        "江城市建设大道 219 号",
        (
            Building(
                code="D04",
                name="业务楼",
                rooms=(
                    Room(number="0101", zh="办证大厅", holds={"pc": 22, "monitor": 8, "printer": 8}),
                    *_offices(2, ("驾管科", "车管科", "综合科", "档案科")),
                    Room(number="0305", zh="档案室", holds={"pc": 6, "printer": 2}),
                    Room(number="0306", zh="弱电间", holds={"switch": 2, "ups": 1}),
                ),
            ),
            Building(
                code="D05",
                name="检测楼",
                rooms=(
                    Room(number="0101", zh="检测线", holds={"pc": 18, "monitor": 10, "camera": 4}),
                    Room(number="0102", zh="调度室", holds={"pc": 6, "printer": 1, "switch": 1}),
                    *_offices(2, ("查验科", "监管科"), pcs=6),
                ),
            ),
        ),
    ),
}

PEOPLE = (
    "王强",
    "刘洋",
    "陈静",
    "何玉",
    "孙立",
    "周强",
    "张敏",
    "赵磊",
    "吴凡",
    "林海",
    "徐娜",
    "马超",
    "郭丽",
    "公用",
)

MANAGER, DISPATCHER, ENGINEERS = "郑岚", "王静", ("李伟", "赵雷")
SIGNER, SIGNER_ROLE = "张敏", "事故处理科"


def count() -> int:
    """Assets in all."""
    return sum(sum(room.holds.values()) for _, buildings in SITES.values() for b in buildings for room in b.rooms)


def item(id: str, kind: str, zh: str, en: str, **more: Any) -> dict[str, Any]:
    """One checklist item."""
    return {"id": id, "type": kind, "title": {"zh": zh, "en": en}, **more}


STATE = {"zh": "运行状态与线缆", "en": "Status and cabling"}
SOFTWARE = {"zh": "软件", "en": "Software"}
CARE = {"zh": "保养", "en": "Care"}


def checklists() -> Iterator[tuple[tuple[str, ...], dict[str, str], list[dict[str, Any]]]]:
    """(category keys, title, items)."""
    level = [
        {"value": "little", "title": {"zh": "少", "en": "Little"}},
        {"value": "some", "title": {"zh": "一般", "en": "Some"}},
        {"value": "much", "title": {"zh": "多", "en": "Much"}, "abnormal": True},
    ]
    yield (
        ("pc", "monitor", "printer"),
        {"zh": "终端设备月检", "en": "Workplace equipment, monthly"},
        [
            item("power_light", "check", "电源指示灯", "Power light", section=STATE),
            item("case_temp", "number", "机箱温度", "Case temperature", section=STATE, unit="°C", min="10", max="70", step="1"),
            item("fan", "check", "风扇", "Fan", section=STATE, photo="abnormal"),
            item("cables", "check", "线缆与接头", "Cables and connectors", section=STATE, photo="abnormal"),
            item("dust", "choice", "积尘", "Dust", section=STATE, choices=level),
            item("patches", "number", "缺少的补丁", "Missing patches", section=SOFTWARE, min="0", max="5", step="1"),
            item("virus", "check", "病毒与违规软件", "Viruses and rogue software", section=SOFTWARE),
            item("name", "check", "机器名与登记一致", "Host name matches the register", section=SOFTWARE),
            item("cleaning", "check", "除尘清洁", "Cleaned", section=CARE),
            item("remark", "text", "备注", "Remark", required=False),
        ],
    )  # fmt: skip
    yield (
        ("switch", "camera"),
        {"zh": "网络设备月检", "en": "Network equipment, monthly"},
        [
            item("lights", "check", "端口指示灯", "Port lights", section=STATE, photo="abnormal"),
            item("temp", "number", "设备温度", "Temperature", section=STATE, unit="°C", min="5", max="55", step="1"),
            item("load", "number", "CPU 负载", "CPU load", section=STATE, unit="%", max="80", step="1"),
            item("uplink", "check", "上联链路", "Uplink", section=STATE, photo="abnormal"),
            item("front", "check", "前面板照片", "Picture of the front", section=STATE, photo="always"),
            item("config", "check", "配置已备份", "Configuration backed up", section=SOFTWARE),
            item("log", "text", "日志要点", "From the log", section=SOFTWARE, required=False),
        ],
    )  # fmt: skip
    yield (
        ("server", "ups"),
        {"zh": "机房设备月检", "en": "Server room, monthly"},
        [
            item("alarm", "check", "告警灯", "Alarm light", section=STATE, photo="abnormal"),
            item("room_temp", "number", "环境温度", "Room temperature", section=STATE, unit="°C", min="18", max="27", step="0.5"),
            item("humidity", "number", "相对湿度", "Relative humidity", section=STATE, unit="%", min="40", max="70", step="1"),
            item("battery", "number", "电池容量", "Battery capacity", section=STATE, unit="%", min="60", step="1"),
            item("backup", "choice", "备份状态", "Backup", section=SOFTWARE, choices=[
                {"value": "today", "title": {"zh": "今日成功", "en": "Done today"}},
                {"value": "week", "title": {"zh": "七日内成功", "en": "Within 7 days"}},
                {"value": "failed", "title": {"zh": "失败或超期", "en": "Failed or overdue"}, "abnormal": True},
            ]),
            item("dusting", "check", "滤网清洁", "Filter cleaned", section=CARE),
        ],
    )  # fmt: skip
