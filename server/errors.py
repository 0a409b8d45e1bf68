"""Every error a caller can meet: one table from a stable code to status and text, in both languages.

A `Problem` is raised where the rule is broken and becomes an RFC 9457 answer in `server.api.problems`. Codes are never
reused. Texts say what was wrong, with actual and expected, and what to do next; `{name}` is a parameter of the Problem.
"""

from typing import Any, Literal

import msgspec

Lang = Literal["zh", "en"]


class Row(msgspec.Struct, frozen=True):
    """One line of the table: HTTP status and the text in both languages."""

    status: int
    zh: str
    en: str


TABLE: dict[str, Row] = {
    # --- the request itself ---
    "bad_request": Row(400, "请求无法理解：{reason}。", "The request could not be understood: {reason}."),
    "bad_json": Row(
        400,
        "请求内容不是有效的 JSON：{reason}。请检查后重发。",
        "The body is not valid JSON: {reason}. Correct it and send it again.",
    ),
    "invalid": Row(
        422,
        "字段“{field}”无效：{reason}。",
        "The field “{field}” is not valid: {reason}.",
    ),
    "too_large": Row(
        413,
        "内容过大：上限为 {limit} 字节。请减小后重发。",
        "The content is too large: at most {limit} bytes are accepted. Send less.",
    ),
    "bad_encoding": Row(
        400,
        "压缩内容已损坏，或不是 gzip：{reason}。",
        "The compressed body is damaged or is not gzip: {reason}.",
    ),
    "unsupported_encoding": Row(
        415,
        "不支持内容编码“{encoding}”。请使用 gzip 或不压缩。",
        "The content encoding “{encoding}” is not supported. Use gzip or none.",
    ),
    "unsupported_media": Row(
        415,
        "不支持的内容类型“{media}”。应为 {expected}。",
        "The content type “{media}” is not supported. Expected: {expected}.",
    ),
    "not_acceptable": Row(
        406,
        "无法提供所要求的格式“{media}”。",
        "The wanted format “{media}” is not available.",
    ),
    "method_not_allowed": Row(
        405,
        "此地址不支持方法 {method}。",
        "This address does not support the method {method}.",
    ),
    "no_such_page": Row(
        404,
        "地址 {path} 不存在。请检查链接。",
        "There is nothing at {path}. Check the link.",
    ),
    "not_found": Row(
        404,
        "找不到{kind}“{id}”。可能已删除，或您无权查看。",
        "There is no {kind} “{id}”. It may have been deleted, or you may not see it.",
    ),
    "conflict": Row(
        409,
        "与当前状态冲突：{reason}。请刷新后重试。",
        "This contradicts the current state: {reason}. Reload and try again.",
    ),
    "rate_limited": Row(
        429,
        "请求过于频繁。请在 {retry_after} 秒后重试。",
        "Too many requests. Try again in {retry_after} seconds.",
    ),
    "busy": Row(
        503,
        "服务器正忙。您的数据未丢失，请在 {retry_after} 秒后重试。",
        "The server is busy. Nothing of yours is lost; try again in {retry_after} seconds.",
    ),
    "stopping": Row(
        503,
        "服务器正在停止。请在 {retry_after} 秒后重试。",
        "The server is stopping. Try again in {retry_after} seconds.",
    ),
    "internal": Row(
        500,
        "服务器内部错误。请重试；若仍失败，请将编号 {request_id} 告知管理员。",
        "Something failed in the server. Try again; if it fails again, tell the administrator the number {request_id}.",
    ),
    # --- the exchange with an install (docs/protocol.md) ---
    "sync_malformed": Row(
        400,
        "同步请求的格式不符：{reason}。请更新应用后重试；手机上的数据不受影响。",
        "The sync request is malformed: {reason}. Update the app and try again; nothing on the phone is lost.",
    ),
    "sync_signature": Row(
        403,
        "同步请求的签名不符：{reason}。请重新打开应用；若仍不行，请联系办公室。",
        "The sync request's signature is wrong: {reason}. Open the app again; if it stays so, ask the office.",
    ),
    "centre_other": Row(
        409,
        "此设备登记在另一个中心：{reason}。请打开原来的地址。",
        "This device belongs to another centre: {reason}. Open the address it was enrolled at.",
    ),
    # --- who is asking ---
    "unauthenticated": Row(401, "请先登录。", "Sign in first."),
    "session_expired": Row(401, "登录已过期，请重新登录。", "Your session has ended. Sign in again."),
    "forbidden": Row(
        403,
        "您的角色不允许此操作。需要的角色：{needed}。",
        "Your role does not allow this. It needs: {needed}.",
    ),
    "forbidden_site": Row(
        403,
        "您未被分配到此场所。请联系管理员。",
        "You are not assigned to this site. Ask an administrator.",
    ),
    "wrong_origin": Row(
        403,
        "请求来自其他网站（{actual}），已拒绝。请从 {expected} 打开。",
        "The request came from another site ({actual}) and was refused. Open {expected} instead.",
    ),
    "access_undeclared": Row(
        403,
        "此地址未声明谁可使用，因此一律拒绝。请告知管理员。",
        "This address does not declare who may use it, so nobody may. Tell the administrator.",
    ),
    # --- coming in: invitations, installs, passkeys, PINs, API tokens ---
    "invitation_unknown": Row(
        404,
        "邀请链接无效。请完整复制链接或重新扫码；若仍不行，请向办公室索取新邀请。",
        "This invitation is not known here. Copy the whole link, scan the code again, or ask the office for another.",
    ),
    "invitation_used": Row(
        410,
        "此邀请已被使用，每个邀请只能用一次。如需登记另一台设备，请向办公室索取新邀请。",
        "This invitation was used already; each works once. Ask the office for a new one to enrol another device.",
    ),
    "invitation_expired": Row(
        410,
        "此邀请已过期。请向办公室索取新邀请。",
        "This invitation has expired. Ask the office for a new one.",
    ),
    "invitation_withdrawn": Row(
        410,
        "此邀请已被撤回或被更新的邀请取代。请使用最新的邀请。",
        "This invitation was withdrawn or replaced by a newer one. Use the newest.",
    ),
    "install_invalid": Row(
        422,
        "安装号应为 16 个随机字节的 base64url（22 个字符）。",
        "An install id is 16 random bytes in base64url (22 characters).",
    ),
    "install_unknown": Row(
        403,
        "此设备尚未登记。请扫描邀请码，或用通行密钥登录。",
        "This device is not enrolled. Scan an invitation, or sign in with a passkey.",
    ),
    "install_revoked": Row(
        403,
        "此设备已被停用。请联系办公室；恢复使用需清除本应用的数据并用新邀请登记。",
        "This device was revoked. Ask the office; to use it again, clear the app's data and enrol anew.",
    ),
    "install_taken": Row(
        409,
        "此安装号已登记了另一把密钥。请生成新的安装号后重试。",
        "This install id is enrolled with another key. Draw a new install id and try again.",
    ),
    "key_invalid": Row(
        422,
        "设备公钥无效。需要 P-256 公钥（DER SubjectPublicKeyInfo，base64url）。",
        "The device's public key is not valid. Wanted: a P-256 key as DER SubjectPublicKeyInfo in base64url.",
    ),
    "proof_wrong": Row(
        403,
        "设备密钥的签名不符。请重新打开应用后再试。",
        "The signature of the device's key does not match. Open the app again and retry.",
    ),
    "proof_time": Row(
        403,
        "签名中的时间 {actual} 与中心的时间 {expected} 相差超过 10 分钟。请按中心的时间重新签名。",
        "The time in the signature, {actual}, is more than ten minutes off the centre's, {expected}. Sign again with the centre's time.",
    ),
    "challenge_expired": Row(
        410,
        "登录请求已超时或已使用。请重新开始。",
        "This sign-in took too long or was used already. Start again.",
    ),
    "passkey_unknown": Row(
        404,
        "不认识此通行密钥，可能已被删除。请选择另一个，或用其他方式登录。",
        "This passkey is not known here; it may have been deleted. Choose another one or sign in another way.",
    ),
    "passkey_failed": Row(
        403,
        "通行密钥验证未通过。请重试，或用其他方式登录。",
        "The passkey could not be verified. Try again or sign in another way.",
    ),
    "passkey_unavailable": Row(
        409,
        "此地址（{origin}）不支持通行密钥：需要 https 域名或 http://localhost。请改用 PIN。",
        "Passkeys do not work at {origin}: they need https and a host name, or http://localhost. Use a PIN.",
    ),
    "passkey_taken": Row(
        409,
        "此通行密钥已登记。",
        "This passkey is registered already.",
    ),
    "pin_weak": Row(
        422,
        "PIN 应为 6 至 12 位数字，且不能是重复、连续数字或日期等容易猜到的组合。",
        "A PIN has 6 to 12 digits and is not easily guessed: no repeated digits, no sequences, no dates.",
    ),
    "pin_wrong": Row(
        403,
        "PIN 不正确，还可尝试 {tries_left} 次。",
        "The PIN is wrong. Tries left: {tries_left}.",
    ),
    "pin_locked": Row(
        423,
        "PIN 已因多次输错而锁定。请用通行密钥登录，或向办公室索取新邀请。",
        "The PIN is locked after too many wrong tries. Sign in with a passkey, or ask the office for a new invitation.",
    ),
    "pin_unset": Row(
        409,
        "您在此设备上没有设置 PIN。请用通行密钥登录，或向办公室索取新邀请。",
        "You have no PIN on this device. Sign in with a passkey, or ask the office for a new invitation.",
    ),
    "pin_current_needed": Row(
        403,
        "更改 PIN 需要当前的 PIN，或刚刚用通行密钥登录。",
        "Changing the PIN needs the current one, or a sign-in by passkey just before.",
    ),
    "last_way_in": Row(
        409,
        "这是您最后一种登录方式。请先添加另一个通行密钥或 PIN。",
        "This is your last way in. Add another passkey or a PIN first.",
    ),
    "person_revoked": Row(
        403,
        "此账号已停用。请联系办公室。",
        "This account was revoked. Ask the office.",
    ),
    "last_administrator": Row(
        409,
        "这是最后一位在用的管理员，不能停用或更改角色。请先任命另一位。",
        "This is the last active administrator, who cannot be revoked or change role. Appoint another one first.",
    ),
    "token_invalid": Row(
        401,
        "API 令牌无效、已过期或已撤销。请新建：sitebook token",
        "The API token is unknown, expired or revoked. Make a new one: sitebook token",
    ),
    "token_scope": Row(
        403,
        "此 API 令牌不含所需权限 {needed}。",
        "The API token lacks the scope {needed}.",
    ),
    "token_refused": Row(
        403,
        "此操作需要本人登录，API 令牌不可用。",
        "This needs a person's own session; API tokens may not do it.",
    ),
    # --- blobs and photos ---
    "blob_unknown": Row(
        404,
        "没有文件 {sha256}，或您无权访问。请先送达提及它的操作。",
        "There is no file {sha256}, or you may not see it. Deliver the op that names it first.",
    ),
    "blob_offset": Row(
        409,
        "上传位置不符：收到 {actual}，应为 {expected}。请用 HEAD 查询后继续。",
        "The upload stands elsewhere: got offset {actual}, expected {expected}. Ask with HEAD and go on from there.",
    ),
    "blob_length": Row(
        400,
        "文件长度未知或不符：{reason}。请在 Upload-Length 中写明。",
        "The length of the file is unknown or contradictory: {reason}. Say it in Upload-Length.",
    ),
    "blob_checksum": Row(
        460,
        "文件校验失败：收到 {actual}，应为 {expected}。请从头重新上传。",
        "The file does not hash to its address: got {actual}, expected {expected}. Upload it again from the start.",
    ),
    "tus_version": Row(
        412,
        "不支持的上传协议版本“{actual}”。应为 {expected}。",
        "The upload protocol version “{actual}” is not supported. Expected: {expected}.",
    ),
    "disk_full": Row(
        507,
        "服务器磁盘空间不足。已上传的部分未丢失，请联系管理员，稍后会从中断处继续。",
        "The server's disk is full. What was uploaded so far is kept; tell the administrator; it goes on from there.",
    ),
    "photo_pending": Row(
        404,
        "照片尚未送达服务器。请在手机联网后重试。",
        "The photo has not reached the server yet. Try again when the phone has been online.",
    ),
    "photo_refused": Row(
        404,
        "照片无法显示：{reason}。记录仍然保留。",
        "The photo cannot be shown: {reason}. Its record is kept.",
    ),
    # --- documents ---
    "document_unsigned": Row(
        409,
        "此巡检尚无签字，不能出具文档。请先在手机上完成签字并联网送达。",
        "This round has no signature yet, so no document can be issued. Have it signed on the phone and delivered.",
    ),
    "document_pending": Row(
        409,
        "{total} 张照片中有 {missing} 张尚未送达。请待手机联网送达后再出具，或选择按缺照片出具。",
        "{missing} of {total} photos have not arrived yet. Wait until the phone has been online, "
        "or ask for the document without them.",
    ),
    "statement_pending": Row(
        409,
        "签字内容尚未全部送达服务器。请待手机联网后重试。",
        "The signed content has not reached the server yet. Try again when the phone has been online.",
    ),
    "statement_mismatch": Row(
        409,
        "签字内容与其记录不符，不能据此出具文档。请联系管理员核查。",
        "The signed content differs from its records, so no document is issued from it. Ask an administrator to check.",
    ),
    # --- labels ---
    "label_layout": Row(422, "{reason_zh}", "{reason_en}"),
    "label_pattern": Row(422, "{reason_zh}", "{reason_en}"),
    "label_count": Row(
        422,
        "一次应处理 1 至 {limit} 个标签，现为 {actual} 个。请分批。",
        "One call takes 1 to {limit} labels, not {actual}. Split them up.",
    ),
    "label_choice": Row(
        422,
        "请只给出其中一项：{expected}。",
        "Give exactly one of these: {expected}.",
    ),
    "label_none": Row(
        409,
        "其中 {count} 台设备还没有标签。请先分配标签，再打印。",
        "{count} of these assets have no label yet. Allot labels first, then print.",
    ),
    "label_reprint": Row(
        409,
        "其中 {count} 个标签已打印过。请写明补打原因（如“标签损坏”）。",
        "{count} of these labels were printed before. Say why they are printed again, as “label damaged”.",
    ),
    # --- the store and the installation ---
    "data_in_use": Row(
        503,
        "数据目录 {folder} 正被进程 {pid} 使用。请先停止该进程；服务运行时命令行会自动通过它执行。",
        "The data folder {folder} is in use by process {pid}. Stop that process first; "
        "while it serves, the command line goes through it by itself.",
    ),
    "data_missing": Row(
        404,
        "{folder} 不是数据目录。请先运行：sitebook init --data {folder}",
        "{folder} is not a data folder. Make one first: sitebook init --data {folder}",
    ),
    "backup_passphrase": Row(
        422,
        "备份口令太短：至少 {minimum} 个字符。",
        "The backup's passphrase is too short: at least {minimum} characters.",
    ),
    "backup_passphrase_wrong": Row(
        403, "备份口令不正确，或备份文件已损坏。", "The passphrase does not open this backup, or the backup is damaged."
    ),
    "backup_target": Row(507, "无法写入备份 {path}：{reason}。", "The backup {path} could not be written: {reason}."),
    "backup_damaged": Row(
        422,
        "{path} 不是完整的备份：{reason}。请使用另一份备份。",
        "{path} is not a whole backup: {reason}. Use another one.",
    ),
    "data_exists": Row(
        409,
        "{folder} 已有数据，不会覆盖。请选择其他目录。",
        "{folder} already holds data, which is not overwritten. Choose another folder.",
    ),
    "store_too_new": Row(
        503,
        "数据由较新的版本写入（第 {actual} 次迁移，本程序只到 {expected}）。请升级程序。",
        "The data was written by a newer version (migration {actual}, this program knows {expected}). "
        "Upgrade the program.",
    ),
    "store_failed": Row(
        503,
        "数据未能写入磁盘（{reason}），请求已撤销。请检查磁盘空间后重试。",
        "The data could not be written to disk ({reason}); nothing of this request was kept. "
        "Check the disk and try again.",
    ),
    "origin_trial": Row(
        500,
        "此数据目录是在 {expected} 上开始的试用，其标签与通行密钥都指向该地址，不能改为 {actual}。"
        "请为正式地址新建数据目录：先设 SITEBOOK_ORIGIN，再运行 sitebook init。",
        "This data folder is a trial begun at {expected}; its labels and passkeys point there, so it cannot become "
        "{actual}. Set SITEBOOK_ORIGIN and begin a new data folder with sitebook init.",
    ),
    "origin_changed": Row(
        500,
        "此安装的地址已定为 {expected}（标签与通行密钥依赖它），不能改为 {actual}。请将 SITEBOOK_ORIGIN 设回原值。",
        "This installation's address is {expected} (labels and passkeys depend on it) and cannot become {actual}. "
        "Set SITEBOOK_ORIGIN back.",
    ),
    "bad_setting": Row(
        500,
        "设置 {name} 的值“{actual}”无效：{reason}。",
        "The setting {name} has the value “{actual}”, which is not valid: {reason}.",
    ),
    "no_server": Row(
        503,
        "数据目录 {folder} 上没有运行中的服务器。请先运行：sitebook serve --data {folder}",
        "No server is running on {folder}. Start one first: sitebook serve --data {folder}",
    ),
    "port_in_use": Row(
        503,
        "端口 {port} 已被占用。请用 --port 选择其他端口（make run PORT=…）。",
        "The port {port} is already taken. Choose another one with --port (make run PORT=…).",
    ),
    # --- registers coming in ---
    "import_too_large": Row(
        413,
        "文件“{name}”有 {actual} 字节，上限为 {limit}。请拆分后分别导入。",
        "The file “{name}” has {actual} bytes; at most {limit} are read. Split it and import the parts.",
    ),
    "import_too_many_rows": Row(
        413,
        "“{name}”有 {actual} 行，上限为 {limit}。请拆分后分别导入。",
        "“{name}” has {actual} rows; at most {limit} are read. Split it and import the parts.",
    ),
    "import_too_many_columns": Row(
        413,
        "“{name}”有 {actual} 列，上限为 {limit}。请删除多余的列。",
        "“{name}” has {actual} columns; at most {limit} are read. Remove the ones that are not needed.",
    ),
    "import_empty": Row(
        422,
        "“{name}”是空的：没有一行数据。请检查是否选对了文件和工作表。",
        "“{name}” is empty: it holds no row of data. Check that it is the right file and sheet.",
    ),
    "import_damaged": Row(
        422,
        "“{name}”已损坏，无法读取（{reason}）。请用原程序打开并重新保存后再导入。",
        "“{name}” is damaged and cannot be read ({reason}). Open it in the program it came from, save it again, "
        "then import it.",
    ),
    "import_password": Row(
        422,
        "“{name}”有密码保护。请打开后去掉密码，保存再导入。",
        "“{name}” is protected by a password. Open it, remove the password, save it, then import it.",
    ),
    "import_bomb": Row(
        413,
        "“{name}”展开后过大（上限 {limit_mb} MB 或 120 秒），已停止读取。请只复制有数据的单元格到新文件再导入。",
        "“{name}” unfolds to too much (limits: {limit_mb} MB, 120 s), so reading was stopped. Copy only the cells with "
        "data to a new file and import that.",
    ),
    "import_encoding": Row(
        422,
        "“{name}”的文字编码无法识别（试过 {tried}：{reason}）。请另存为 UTF-8 或 .xlsx，或指定编码（如 big5）。",
        "The text encoding of “{name}” is not known (tried {tried}: {reason}). Save it as UTF-8 or .xlsx, or name the "
        "encoding (such as big5).",
    ),
    "import_format": Row(
        415,
        "“{name}”不是可导入的清单。支持 .xlsx、.xls、.xlsb、.ods、.csv，以及 NetBox 的 .json。",
        "“{name}” is not a register that can be imported: .xlsx, .xls, .xlsb, .ods, .csv and NetBox's .json can.",
    ),
    "import_html": Row(
        415,
        "“{name}”其实是网页，不是电子表格。请用表格程序打开，另存为 .xlsx 再导入。",
        "“{name}” is really a web page. Open it in a spreadsheet program, save it as .xlsx, then import it.",
    ),
    "import_sheets_differ": Row(
        422,
        "工作表“{other}”的列与“{first}”不同，请分别导入。",
        "The sheet “{other}” has other columns than “{first}”. Import them one after the other.",
    ),
    "import_no_sheet": Row(
        422,
        "文件中没有工作表“{sheet}”。可选：{expected}。",
        "The file has no sheet “{sheet}”. It has: {expected}.",
    ),
    "import_mapping": Row(
        422,
        "列的对应关系无效：{reason}。每列选一个字段，同一字段只能选一次。",
        "The columns are not mapped well: {reason}. Choose one field per column, and each field once.",
    ),
    "import_no_columns": Row(
        422,
        "没有一列说明是什么设备。请至少指定类别、名称、型号、序列号、资产编号、编码之一。",
        "No column says what the equipment is. Map at least one of category, name, model, serial number, asset tag, code.",
    ),
    "import_options": Row(
        422,
        "导入选项“{option}”：{reason_zh}。",
        "Import option “{option}”: {reason_en}.",
    ),
    "import_stale": Row(
        409,
        "预览之后，档案已被另一次导入更改。未写入任何数据；请重新预览，再开始导入。",
        "Another import has changed the register since the preview. Nothing was written; preview again, then start.",
    ),
    "import_running": Row(
        409,
        "正在导入“{name}”，一次只能运行一个导入。请等它完成或先停止它。",
        "“{name}” is being imported, and imports run one at a time. Wait for it, or stop it first.",
    ),
    "import_not_planned": Row(
        409,
        "此导入还没有预览结果。请先预览，再开始导入。",
        "This import has not been previewed yet. Preview it first, then start it.",
    ),
}

TITLES: dict[int, tuple[str, str]] = {
    400: ("请求有误", "Bad request"),
    401: ("需要登录", "Sign-in needed"),
    403: ("不允许", "Not allowed"),
    404: ("找不到", "Not found"),
    405: ("方法不支持", "Method not allowed"),
    406: ("格式不可用", "Format not available"),
    409: ("冲突", "Conflict"),
    410: ("已失效", "No longer valid"),
    412: ("条件不符", "Precondition failed"),
    413: ("内容过大", "Too large"),
    415: ("类型不支持", "Type not supported"),
    422: ("内容无效", "Not valid"),
    423: ("已锁定", "Locked"),
    429: ("请求过多", "Too many requests"),
    460: ("校验失败", "Checksum mismatch"),
    500: ("服务器错误", "Server error"),
    503: ("暂不可用", "Not available now"),
    507: ("空间不足", "Out of space"),
}

RETRY_AFTER_S = 2
"""What a caller is told to wait when the problem names nothing else."""


class _Known(dict[str, Any]):
    """Parameters of a text; one that was not given shows as a dash rather than breaking the error's own path."""

    def __missing__(self, key: str) -> str:
        return "–"


class Problem(Exception):
    """An error meant for the caller: a code of `TABLE` and the parameters of its text.

    `params` go into the answer as members of their own, so they are JSON-ready and hold no secrets.
    """

    def __init__(self, code: str, **params: Any) -> None:
        if code not in TABLE:
            raise LookupError(f"the error table has no code {code!r}; add it to server/errors.py")
        super().__init__(code)
        self.code = code
        row = TABLE[code]
        if row.status in (429, 503):
            params.setdefault("retry_after", RETRY_AFTER_S)
        self.params = params

    @property
    def status(self) -> int:
        """HTTP status."""
        return TABLE[self.code].status

    def text(self, lang: Lang = "en") -> str:
        """What to show a person, in their language."""
        row = TABLE[self.code]
        return (row.zh if lang == "zh" else row.en).format_map(_Known(self.params))

    def __str__(self) -> str:
        return f"{self.code}: {self.text('en')}"


def title(status: int, lang: Lang) -> str:
    """The short name of a status, in the caller's language."""
    zh, en = TITLES.get(status, ("错误", "Error"))
    return zh if lang == "zh" else en


def problem_body(problem: Problem, lang: Lang, request_id: str) -> dict[str, Any]:
    """RFC 9457 members of one problem; parameters follow as extension members."""
    if problem.code == "internal":
        problem.params.setdefault("request_id", request_id)
    return {
        **{name: value for name, value in problem.params.items() if value is not None},
        "type": f"/api/problems#{problem.code}",
        "title": title(problem.status, lang),
        "status": problem.status,
        "detail": problem.text(lang),
        "code": problem.code,
        "request_id": request_id,
    }


def choose_lang(accept_language: str | None, wanted: str | None = None) -> Lang:
    """`wanted` (a `?lang=`) if we have it, else the best of Accept-Language (RFC 9110 §12.5.4), else zh."""
    if wanted:
        primary = wanted.lower().partition("-")[0]
        if primary == "zh" or primary == "en":
            return primary
    best: Lang = "zh"
    best_q = 0.0
    for part in (accept_language or "")[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary != "zh" and primary != "en":
            continue
        q = 1.0
        name, _, value = parameters.strip().partition("=")
        if name.strip() == "q":
            try:
                q = float(value)
            except ValueError:
                q = 0.0
        if q > best_q:
            best, best_q = primary, q
    return best
