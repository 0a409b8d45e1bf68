"""The words of registers: what clerks call a column, a kind of equipment, a state, and the ways to say "nothing here"."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import msgspec

_SIGNS: Final = re.compile(r"[\s\-_‐-―·.,，、:：;；/\\()（）\[\]【】*＊#'\"]+")


@lru_cache(maxsize=131_072)
def fold(text: str) -> str:
    """For comparing: full width and half width, upper and lower case, spaces and dashes make no difference."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split("|") if word)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A field that a column can be read into."""

    zh: str
    en: str
    titles: tuple[str, ...]
    """What clerks call it, the most usual first."""


def _target(zh: str, en: str, titles: str) -> Target:
    return Target(
        zh=zh, en=en, titles=tuple(dict.fromkeys(fold(part) for part in (zh, en, *titles.split("|")) if part))
    )


TARGETS: Final[dict[str, Target]] = {
    "number": _target("序号", "Row number", "项次|行号|no|no.|nr|index|seq|item|id"),
    "code": _target("编码", "Code", "设备编码|位置编码|标签编码|标签号|设备编号|编号|标签|位置码|device code|label"),
    "asset_tag": _target(
        "固定资产编号",
        "Asset tag",
        "固资编号|资产编号|资产号|资产编码|资产标签|资产条码|固定资产号|固定资产编码|asset no|asset number|asset id|"
        "inventory number|inventory no|tag number",
    ),
    "category": _target(
        "类别",
        "Category",
        "设备类别|设备类型|类型|资产类别|资产类型|分类|设备分类|种类|device category|device role|role|type|asset type|"
        "kind|class|equipment type",
    ),
    "name": _target(
        "名称", "Name", "设备名称|资产名称|物品名称|品名|设备名|device name|device|asset name|asset|equipment"
    ),
    "manufacturer": _target(
        "品牌",
        "Manufacturer",
        "厂商|厂家|制造商|生产厂家|生产商|生产厂商|设备品牌|制造厂商|制造厂|brand|make|vendor|maker",
    ),
    "model": _target(
        "型号", "Model", "规格型号|设备型号|型号规格|产品型号|机型|model number|device type|part number|model name"
    ),
    "maker_model": _target(
        "品牌型号", "Manufacturer and model", "品牌及型号|厂牌型号|品牌/型号|brand and model|make and model"
    ),
    "spec": _target("规格", "Specification", "规格参数|配置参数|技术参数|配置信息|设备配置|主要配置|specs|spec"),
    "serial": _target(
        "序列号",
        "Serial number",
        "sn|s/n|sn号|sn码|出厂编号|机身号|机身编号|产品序列号|设备序列号|序列编号|机器码|出厂序列号|机器编号|serial|"
        "serial no|service tag|serial nr",
    ),
    "value": _target(
        "原值", "Value", "金额|价格|单价|价值|购置金额|资产原值|采购金额|资产价值|price|cost|purchase price|amount"
    ),
    "made_on": _target(
        "出厂日期",
        "Made on",
        "生产日期|制造日期|出厂时间|生产时间|date of manufacture|manufacture date|manufactured|mfg date",
    ),
    "purchased_on": _target(
        "购置日期",
        "Purchased on",
        "购买日期|采购日期|购入日期|购买时间|采购时间|购置时间|入账日期|取得日期|purchase date|purchased|date of purchase|"
        "bought on|date purchased",
    ),
    "warranty_end": _target(
        "保修至",
        "Warranty until",
        "保修到期|质保到期|维保到期|过保日期|保修截止日期|保修期至|质保期至|质保截止|保修截止|保修到期日|维保截止日期|"
        "warranty end|warranty expires|warranty expiry|warranty",
    ),
    "supplier": _target("供应商", "Supplier", "供货商|供货单位|供应单位|维保单位|维保商|reseller"),
    "person": _target(
        "使用人",
        "User",
        "责任人|保管人|领用人|使用者|管理员|使用人员|负责人|姓名|owner|person|assigned to|custodian|used by",
    ),
    "department": _target(
        "使用部门", "Department", "部门|科室|所属部门|使用科室|所属科室|部门名称|领用部门|管理部门|dept|division|unit"
    ),
    "criticality": _target("重要性", "Criticality", "重要程度|重要级别|重要等级|priority|importance"),
    "status": _target(
        "状态", "Status", "使用状态|设备状态|资产状态|使用情况|设备状况|当前状态|运行状态|state|condition"
    ),
    "location": _target(
        "位置",
        "Location",
        "安装位置|地点|存放地点|安装地点|所在位置|放置地点|存放位置|使用地点|放置位置|所在地点|物理位置|place|"
        "installed at|where",
    ),
    "building": _target("楼栋", "Building", "楼宇|楼号|大楼|楼名|栋号|楼栋号|建筑|建筑物|bldg"),
    "floor": _target("楼层", "Floor", "层|层数|所在楼层|level|storey"),
    "room": _target("房间", "Room", "房间号|房号|室|办公室号|机房|room number|room no|room name"),
    "rack": _target("机柜", "Rack", "机柜号|机柜编号|柜号|cabinet"),
    "rack_position": _target("机柜位置", "Rack position", "u位|u数|机架位置|起始u位|position|u position|rack unit"),
    "site": _target("场所", "Site", "站点|院区|校区|厂区|网点|场所名称|园区|site name|campus|branch"),
    "note": _target(
        "备注", "Note", "说明|备注信息|备注说明|其他|描述|notes|remark|remarks|comment|comments|description"
    ),
    "config": _target(
        "配置项",
        "Configuration item",
        "ip|ip地址|ip address|mac|mac地址|mac address|主机名|计算机名|hostname|host name|computer name|操作系统|os|"
        "operating system|系统版本|cpu|处理器|内存|memory|ram|硬盘|disk|storage|数据库|database|端口|端口数|固件|固件版本|"
        "firmware|显卡|网关|子网掩码|vlan|域|工作组|platform|办公软件|杀毒软件",
    ),
}
"""Field -> its names. `maker_model`, `location`, `building`, `floor`, `room`, `rack`, `site` and `number` are read into other
fields; several columns may be `config`, each under its own title."""


class CategoryWord(msgspec.Struct, frozen=True, kw_only=True):
    """A class of equipment that we know by many names. `icon` is a lucide icon."""

    key: str
    zh: str
    en: str
    icon: str
    words: tuple[str, ...]


def _category(key: str, zh: str, en: str, icon: str, words: str = "") -> CategoryWord:
    return CategoryWord(
        key=key,
        zh=zh,
        en=en,
        icon=icon,
        words=tuple(dict.fromkeys(fold(part) for part in (key, zh, en, *words.split("|")) if part)),
    )


CATEGORIES: Final[tuple[CategoryWord, ...]] = (
    _category(
        "desktop",
        "台式机",
        "Desktop PC",
        "pc-case",
        "台式电脑|台式计算机|主机|电脑主机|电脑|计算机|微机|pc|desktop computer|computer|workstation pc|台式pc|pc机",
    ),
    _category("all-in-one", "一体机", "All-in-one PC", "monitor", "一体电脑|电脑一体机|aio"),
    _category(
        "laptop", "笔记本", "Laptop", "laptop", "笔记本电脑|手提电脑|便携式计算机|便携机|notebook|laptop computer"
    ),
    _category("workstation", "工作站", "Workstation", "pc-case", "图形工作站"),
    _category("tablet", "平板电脑", "Tablet", "tablet", "平板|pad"),
    _category("monitor", "显示器", "Monitor", "monitor", "液晶显示器|显示屏|屏幕|display|screen|lcd"),
    _category(
        "printer",
        "打印机",
        "Printer",
        "printer",
        "激光打印机|针式打印机|喷墨打印机|一体打印机|多功能一体机|打印一体机|mfp",
    ),
    _category("copier", "复印机", "Copier", "printer", "photocopier"),
    _category("scanner", "扫描仪", "Scanner", "scan-line", "高拍仪|扫描枪"),
    _category("projector", "投影仪", "Projector", "projector", "投影机|投影"),
    _category("server", "服务器", "Server", "server", "机架服务器|刀片服务器|pc服务器|rack server|blade server"),
    _category("application-server", "应用服务器", "Application server", "server"),
    _category("storage", "存储", "Storage", "hard-drive", "磁盘阵列|存储设备|san|nas|storage array|磁带库"),
    _category("switch", "交换机", "Switch", "network", "网络交换机|以太网交换机|network switch|ethernet switch"),
    _category("access-switch", "接入交换机", "Access switch", "network", "接入层交换机"),
    _category("distribution-switch", "汇聚交换机", "Distribution switch", "network", "汇聚层交换机|aggregation switch"),
    _category("core-switch", "核心交换机", "Core switch", "network", "核心层交换机"),
    _category("tor-switch", "架顶交换机", "ToR switch", "network", "top of rack switch"),
    _category("router", "路由器", "Router", "router", "网络路由器"),
    _category("firewall", "防火墙", "Firewall", "shield", "下一代防火墙|安全网关|utm"),
    _category("security", "安全设备", "Security appliance", "shield", "入侵检测|ips|ids|waf|堡垒机|网闸|vpn"),
    _category("load-balancer", "负载均衡", "Load balancer", "network", "负载均衡器"),
    _category(
        "wireless", "无线设备", "Wireless access point", "wifi", "无线ap|ap|无线控制器|access point|wap|wlan controller"
    ),
    _category("camera", "摄像机", "Camera", "cctv", "摄像头|监控摄像机|网络摄像机|球机|枪机|ipc|ip camera|cctv camera"),
    _category("recorder", "录像机", "Video recorder", "video", "硬盘录像机|网络录像机|nvr|dvr|视频存储"),
    _category("ups", "UPS", "UPS", "battery-charging", "不间断电源|ups电源|ups主机|uninterruptible power supply"),
    _category("pdu", "PDU", "PDU", "plug", "电源分配单元|机柜插座|power distribution unit"),
    _category("patch-panel", "配线架", "Patch panel", "cable", "光纤配线架|网络配线架|理线架|odf"),
    _category("rack", "机柜", "Rack", "server", "网络机柜|服务器机柜|cabinet"),
    _category("air-conditioner", "空调", "Air conditioner", "air-vent", "精密空调|机房空调|hvac"),
    _category("phone", "电话机", "Telephone", "phone", "电话|ip电话|ip phone|座机"),
    _category("kvm", "KVM", "KVM", "keyboard", "kvm切换器"),
    _category("access-control", "门禁", "Access control", "key-round", "门禁机|门禁控制器|考勤机"),
    _category("video-conference", "视频会议", "Video conferencing", "video", "会议终端|视频会议终端|mcu"),
    _category("screen", "大屏", "Display wall", "monitor", "led屏|拼接屏|led大屏|电子屏"),
    _category(
        "terminal", "自助终端", "Self-service terminal", "tablet-smartphone", "自助机|查询机|叫号机|瘦客户机|云终端"
    ),
)

CATEGORY_BY_WORD: Final[dict[str, CategoryWord]] = {word: entry for entry in CATEGORIES for word in entry.words}

_STATUSES: Final = {
    "registered": "registered|已登记|登记|planned|计划|staged|待安装",
    "in_service": "in service|在用|使用中|正常|正常使用|使用|运行|运行中|良好|完好|启用|已启用|active|used|in use|ok|good",
    "in_stock": "in stock|闲置|库存|在库|备用|备件|未使用|空闲|入库|stock|spare|idle|inventory|available|unused",
    "under_repair": "under repair|维修|维修中|待修|待维修|在修|送修|故障|损坏|报修|坏|repair|broken|failed|faulty|defective",
    "lent": "lent|借出|外借|出借|借用|loan|on loan",
    "retired": "retired|待报废|拟报废|停用|退役|下架|已停用|已下架|decommissioned|decommissioning|offline|已退役|不用",
    "scrapped": "scrapped|报废|已报废|销毁|已处置|处置|disposed|scrap",
}
STATUS_BY_WORD: Final[dict[str, str]] = {
    fold(word): status for status, words in _STATUSES.items() for word in words.split("|")
}

CRITICALITY_BY_WORD: Final[dict[str, str]] = {
    fold(word): level
    for level, words in {
        "high": "high|高|重要|关键|核心|非常重要|critical|重点",
        "normal": "normal|中|一般|普通|medium|较重要",
        "low": "low|低|次要|不重要|minor",
    }.items()
    for word in words.split("|")
}

NOTHING: Final = frozenset(
    fold(word)
    for word in _words(
        "无|無|没有|暂无|不详|未知|不明|不清|不清楚|看不清|看不清楚|看不到|模糊|磨损|脱落|缺失|丢失|空|空白|待查|待补|待核实|待定|未填|"
        "未登记|无序列号|无sn|无标签|无铭牌|无编号|没有序列号|无法识别|无法查看|无法辨认|不可见|不知道|none|null|nil|n/a|nan|unknown|"
        "missing|illegible|unreadable|not available|not applicable|no number|no serial|no serial number|tbd|tbc"
    )
)
"""Folded texts that say there is no value; so do texts of dashes, slashes, dots, question marks and zeros alone."""

DITTO: Final = frozenset({"同上", "〃", "″", "''", '"', "ditto", "do."})
"""Texts that repeat the cell above."""

_MARKS_ONLY: Final = re.compile(r"[\s\-—–―_/\\|.。·,，?？*＊×xX#0~～]+")


@lru_cache(maxsize=131_072)
def says_nothing(text: str) -> bool:
    """Whether a cell's text stands for "no value" (`无`, `看不清`, `不详`, `/`, `N/A` …). An empty cell does too."""
    return not text.strip() or _MARKS_ONLY.fullmatch(text.strip()) is not None or fold(text) in NOTHING


BRANDS: Final = tuple(
    sorted(
        _words(
            "联想|戴尔|惠普|华为|华三|锐捷|浪潮|清华同方|同方|方正|宏碁|华硕|海尔|神舟|长城|曙光|中兴|思科|海康威视|"
            "海康|大华|宇视|爱普生|奔图|兄弟|佳能|理光|施乐|富士施乐|京瓷|三星|苹果|飞利浦|冠捷|AOC|明基|优派|山特|APC|"
            "艾默生|维谛|科士达|科华|深信服|天融信|启明星辰|绿盟|奇安信|山石网科|迪普|TP-LINK|普联|小米|得力|格力|美的|"
            "HP|Dell|Lenovo|Cisco|Juniper|Arista|Huawei|H3C|Ruijie|Inspur|Epson|Brother|Canon|Ricoh|Xerox|Samsung|"
            "Apple|Philips|BenQ|Acer|Asus|Fujitsu|IBM|NEC|Hikvision|Dahua|Eaton|Vertiv|Fortinet"
        ),
        key=len,
        reverse=True,
    )
)
"""Makers, longest first, to cut `联想启天M437` into maker and model."""

TOTAL_WORDS: Final = frozenset(
    fold(word) for word in _words("合计|总计|小计|共计|合计数|总数|本页合计|本页小计|total|sum|subtotal|grand total")
)
FOOTER_STARTS: Final = _words(
    "填表人|制表人|审核人|制表|审核|批准|复核|填报人|填表日期|制表日期|打印日期|说明:|说明：|注:|注：|备注:|备注：|prepared by|note:"
)
