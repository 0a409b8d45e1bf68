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


REASONS: Final[dict[str, ReasonText]] = {
    # --- nothing was taken from the row ---
    "duplicate_row": ReasonText("skip", "与第 {row} 行完全相同", "The same as row {row} in every cell"),
    "total_row": ReasonText("skip", "合计行，不是设备", "A total, not equipment"),
    "header_row": ReasonText("skip", "重复的表头", "The header once more"),
    "footer_row": ReasonText("skip", "表尾说明，不是设备", "A remark below the table, not equipment"),
    "section_row": ReasonText("skip", "小标题行，不是设备", "A heading inside the table, not equipment"),
    "not_an_asset": ReasonText(
        "skip",
        "没有类别、名称、型号、序列号或编号，无法判断是什么设备",
        "No category, name, model, serial number or tag: it does not say what it is",
    ),
    "no_customer": ReasonText("skip", "没有客户单位（租户）", "It belongs to no customer (tenant)"),
    "no_site": ReasonText("skip", "没有场所，选项中也未指定", "It names no site, and the options name none either"),
    "skipped_parent": ReasonText("skip", "其所属的 {parent} 未导入", "What it belongs to ({parent}) was not imported"),
    # --- taken, but somebody should look ---
    "duplicate_serial": ReasonText(
        "doubt", "序列号 {serial} 还出现在：{others}", "The serial number {serial} also stands in: {others}"
    ),
    "duplicate_tag": ReasonText(
        "doubt", "资产编号 {tag} 还出现在：{others}", "The asset tag {tag} also stands in: {others}"
    ),
    "duplicate_code": ReasonText(
        "doubt",
        "编码 {code} 已被占用（{others}），此行未写入编码",
        "The code {code} is taken ({others}); this row was given none",
    ),
    "identical_row": ReasonText(
        "doubt",
        "与第 {row} 行完全相同，但没有序号或序列号可以判断是否同一台；按两台导入",
        "The same as row {row}, and no number tells whether it is the same thing; imported as a second one",
    ),
    "no_serial": ReasonText("doubt", "没有序列号", "No serial number"),
    "unreadable_serial": ReasonText("doubt", "没有序列号（原文：{text}）", "No serial number (the cell says “{text}”)"),
    "rounded_serial": ReasonText(
        "doubt",
        "“{text}”是以数字保存的，电子表格只保留 15 位，末尾可能已丢失",
        "“{text}” was kept as a number; a spreadsheet keeps 15 digits of one, so its end may be lost",
    ),
    "serial_changed": ReasonText(
        "doubt",
        "序列号由 {old} 变为 {new}：同一行、同一型号，按同一台更新",
        "The serial number was {old} and is now {new}: same row, same model, so the same asset was updated",
    ),
    "no_location": ReasonText("doubt", "没有安装位置", "No location"),
    "no_room": ReasonText("doubt", "位置“{text}”没有房间号", "The location “{text}” names no room"),
    "floor_room_mismatch": ReasonText(
        "doubt", "位置“{text}”的楼层与房间号不一致", "The floor and the room number of “{text}” do not agree"
    ),
    "unreadable_date": ReasonText(
        "doubt", "{field}“{text}”不是可读的日期，未写入", "{field}: “{text}” is not a readable date and was left out"
    ),
    "ambiguous_date": ReasonText(
        "doubt",
        "{field}“{text}”分不清日和月，未写入；可在选项中指定次序",
        "{field}: in “{text}” day and month cannot be told apart; left out. Choose the order in the options",
    ),
    "dates_reversed": ReasonText(
        "doubt", "出厂日期 {made} 晚于购置日期 {bought}", "Made on {made}, after it was bought on {bought}"
    ),
    "unreadable_number": ReasonText(
        "doubt", "{field}“{text}”不是数字，未写入", "{field}: “{text}” is not a number and was left out"
    ),
    "no_category": ReasonText("doubt", "没有设备类别", "No category"),
    "unknown_category": ReasonText(
        "doubt", "类别“{text}”不在已知类别中，已新建", "The category “{text}” is not a known one; it was added"
    ),
    "unknown_status": ReasonText(
        "doubt", "状态“{text}”无法识别，未写入", "The status “{text}” is not a known one and was left out"
    ),
    "unknown_criticality": ReasonText(
        "doubt", "重要性“{text}”无法识别，未写入", "The criticality “{text}” is not a known one and was left out"
    ),
    "too_long": ReasonText(
        "doubt", "{field}过长，只保留前 {limit} 个字符", "{field} is too long; its first {limit} characters were kept"
    ),
    "kept_by_hand": ReasonText(
        "doubt",
        "{field}：表中为“{text}”，但之后有人改为“{kept}”，已保留人工修改",
        "{field}: the register says “{text}”, but somebody has changed it to “{kept}” since; theirs was kept",
    ),
    "deleted_here": ReasonText(
        "skip", "此设备已在系统中删除，未重新加入", "This asset was deleted in Sitebook; it was not added again"
    ),
    # --- worth knowing ---
    "unknown_date": ReasonText("note", "{field}未知（原文：{text}）", "{field} is not known (the cell says “{text}”)"),
    "no_name": ReasonText("note", "没有名称，用类别代替", "It has no name; its category is used"),
    "known_by_key": ReasonText(
        "note",
        "没有序列号和资产编号，以 {key} 识别",
        "Without serial number and asset tag, it is known by {key}",
    ),
    "no_code": ReasonText("note", "未编位置码：{zh}", "No position code: {en}"),
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
