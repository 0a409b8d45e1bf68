"""Why a row was skipped or is doubtful: stable codes with their texts."""

from typing import Final, Literal

import msgspec

Weight = Literal["skip", "doubt", "note"]
"""`skip`: nothing was taken from the row. `doubt`: taken, but somebody should look. `note`: worth knowing."""


class ReasonText(msgspec.Struct, frozen=True):
    """One line of the table; `{name}` is a parameter of the Reason."""

    weight: Weight
    zh: str
    en: str
    name_zh: str
    name_en: str
    """What it is called in a list of figures, without particulars."""


REASONS: Final[dict[str, ReasonText]] = {
    # --- nothing was taken from the row ---
    "duplicate_row": ReasonText(
        "skip", "与第 {row} 行完全相同", "The same as row {row} in every cell", "重复行", "Repeated row"
    ),
    "total_row": ReasonText("skip", "合计行，不是设备", "A total, not equipment", "合计行", "Total"),
    "header_row": ReasonText("skip", "重复的表头", "The header once more", "重复的表头", "Repeated header"),
    "footer_row": ReasonText(
        "skip", "表尾说明，不是设备", "A remark below the table, not equipment", "表尾说明", "Remark below the table"
    ),
    "section_row": ReasonText(
        "skip",
        "小标题行，不是设备",
        "A heading inside the table, not equipment",
        "小标题行",
        "Heading inside the table",
    ),
    "not_an_asset": ReasonText(
        "skip",
        "没有类别、名称、型号、序列号或编号，无法判断是什么设备",
        "No category, name, model, serial number or tag: it does not say what it is",
        "看不出是什么设备",
        "Does not say what it is",
    ),
    "no_customer": ReasonText(
        "skip", "没有客户单位（租户）", "It belongs to no customer (tenant)", "没有客户", "No customer"
    ),
    "no_site": ReasonText(
        "skip", "没有场所，选项中也未指定", "It names no site, and the options name none either", "没有场所", "No site"
    ),
    "skipped_parent": ReasonText(
        "skip",
        "其所属的 {parent} 未导入",
        "What it belongs to ({parent}) was not imported",
        "所属对象未导入",
        "What it belongs to was not imported",
    ),
    "not_reached": ReasonText(
        "skip", "导入在此行之前停止", "The import stopped before this row", "停止前未处理", "Not reached"
    ),
    "parked": ReasonText(
        "skip", "未能写入，已搁置：{why}", "It could not be taken in and was parked: {why}", "已搁置", "Parked"
    ),
    "deleted_here": ReasonText(
        "skip",
        "此设备已在系统中删除，未重新加入",
        "This asset was deleted in Sitebook; it was not added again",
        "已在系统中删除",
        "Deleted in Sitebook",
    ),
    # --- taken, but somebody should look ---
    "duplicate_serial": ReasonText(
        "doubt",
        "序列号 {serial} 还出现在：{others}",
        "The serial number {serial} also stands in: {others}",
        "序列号重复",
        "Duplicate serial number",
    ),
    "duplicate_tag": ReasonText(
        "doubt",
        "资产编号 {tag} 还出现在：{others}",
        "The asset tag {tag} also stands in: {others}",
        "资产编号重复",
        "Duplicate asset tag",
    ),
    "duplicate_code": ReasonText(
        "doubt",
        "编码 {code} 已被占用（{others}），此行未写入编码",
        "The code {code} is taken ({others}); this row was given none",
        "编码重复",
        "Duplicate code",
    ),
    "identical_row": ReasonText(
        "doubt",
        ("与第 {row} 行完全相同，但没有序号或序列号可以判断是否同一台；按两台导入"),
        "The same as row {row}, and no number tells whether it is the same thing; imported as a second one",
        "内容相同的行",
        "Identical row",
    ),
    "no_serial": ReasonText("doubt", "没有序列号", "No serial number", "没有序列号", "No serial number"),
    "unreadable_serial": ReasonText(
        "doubt",
        "没有序列号（原文：{text}）",
        "No serial number (the cell says “{text}”)",
        "序列号看不清或写明没有",
        "Serial number illegible or said to be none",
    ),
    "rounded_serial": ReasonText(
        "doubt",
        "“{text}”是以数字保存的，电子表格只保留 15 位，末尾可能已丢失",
        "“{text}” was kept as a number; a spreadsheet keeps 15 digits of one, so its end may be lost",
        "序列号可能缺尾数",
        "Serial number may have lost digits",
    ),
    "serial_changed": ReasonText(
        "doubt",
        "序列号由 {old} 变为 {new}：同一行、同一型号，按同一台更新",
        "The serial number was {old} and is now {new}: same row, same model, so the same asset was updated",
        "序列号已变",
        "Serial number changed",
    ),
    "no_location": ReasonText("doubt", "没有安装位置", "No location", "没有安装位置", "No location"),
    "no_room": ReasonText(
        "doubt",
        "位置“{text}”没有房间号",
        "The location “{text}” names no room",
        "位置没有房间号",
        "Location without room",
    ),
    "floor_room_mismatch": ReasonText(
        "doubt",
        "位置“{text}”的楼层与房间号不一致",
        "The floor and the room number of “{text}” do not agree",
        "楼层与房间号不一致",
        "Floor and room do not agree",
    ),
    "unreadable_date": ReasonText(
        "doubt",
        "{field}“{text}”不是可读的日期，未写入",
        "{field}: “{text}” is not a readable date and was left out",
        "日期不可读",
        "Unreadable date",
    ),
    "ambiguous_date": ReasonText(
        "doubt",
        "{field}“{text}”分不清日和月，未写入；可在选项中指定次序",
        ("{field}: in “{text}” day and month cannot be told apart; left out. Choose the order in the options"),
        "日月次序不明",
        "Day and month ambiguous",
    ),
    "dates_reversed": ReasonText(
        "doubt",
        "出厂日期 {made} 晚于购置日期 {bought}",
        "Made on {made}, after it was bought on {bought}",
        "出厂晚于购置",
        "Made after it was bought",
    ),
    "unreadable_number": ReasonText(
        "doubt",
        "{field}“{text}”不是数字，未写入",
        "{field}: “{text}” is not a number and was left out",
        "数字不可读",
        "Unreadable number",
    ),
    "no_category": ReasonText("doubt", "没有设备类别", "No category", "没有类别", "No category"),
    "unknown_category": ReasonText(
        "doubt",
        "类别“{text}”不在已知类别中，已新建",
        "The category “{text}” is not a known one; it was added",
        "未知类别",
        "Unknown category",
    ),
    "unknown_status": ReasonText(
        "doubt",
        "状态“{text}”无法识别，未写入",
        "The status “{text}” is not a known one and was left out",
        "未知状态",
        "Unknown status",
    ),
    "unknown_criticality": ReasonText(
        "doubt",
        "重要性“{text}”无法识别，未写入",
        "The criticality “{text}” is not a known one and was left out",
        "未知重要性",
        "Unknown criticality",
    ),
    "too_long": ReasonText(
        "doubt",
        "{field}过长，只保留前 {limit} 个字符",
        "{field} is too long; its first {limit} characters were kept",
        "内容过长",
        "Too long",
    ),
    "kept_by_hand": ReasonText(
        "doubt",
        "{field}：表中为“{text}”，但之后有人改为“{kept}”，已保留人工修改",
        ("{field}: the register says “{text}”, but somebody has changed it to “{kept}” since; theirs was kept"),
        "保留了人工修改",
        "Changed by hand since, kept",
    ),
    # --- worth knowing ---
    "unknown_date": ReasonText(
        "note",
        "{field}未知（原文：{text}）",
        "{field} is not known (the cell says “{text}”)",
        "日期未知",
        "Date not known",
    ),
    "no_name": ReasonText(
        "note", "没有名称，用类别代替", "It has no name; its category is used", "没有名称", "No name"
    ),
    "known_by_key": ReasonText(
        "note",
        "没有序列号和资产编号，以 {key} 识别",
        "Without serial number and asset tag, it is known by {key}",
        "以来源编号识别",
        "Known by its key",
    ),
    "no_code": ReasonText("note", "未编位置码：{zh}", "No position code: {en}", "未编位置码", "No position code"),
}


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of one row. `field` is the field it is about, `params` fill the text."""

    code: str
    field: str | None = None
    params: dict[str, str] = {}

    @property
    def weight(self) -> Weight:
        """How much it matters."""
        return REASONS[self.code].weight

    def text(self, lang: Literal["zh", "en"]) -> str:
        """What to show a person."""
        line = REASONS[self.code]
        params = {**self.params}
        if self.field is not None:
            params["field"] = _field_name(self.field, lang)
        return (line.zh if lang == "zh" else line.en).format(**params)


def _field_name(field: str, lang: Literal["zh", "en"]) -> str:
    from server.exchange.vocabulary import TARGETS
    from sync.model import FIELDS

    info = FIELDS["asset"].get(field) or TARGETS.get(field)
    return field if info is None else (info.zh if lang == "zh" else info.en)
