// Generated from sync/model by `make generate`. Do not edit.

export type Lang = "zh" | "en";
/** How two concurrent changes of one field meet; see docs/model.md. */
export type Policy = "quiet" | "review" | "members" | "transition" | "centre";

/** What a value may be; checked before an op is frozen, and again at the centre. */
export type Shape =
  | { t: "text"; max?: number; pattern?: string }
  | { t: "int"; min?: number; max?: number }
  | { t: "bool" }
  | { t: "one"; of: readonly string[] }
  | { t: "list"; item: Shape; max?: number }
  | { t: "map"; key: Shape; value: Shape }
  | { t: "struct"; name: string };

export interface FieldInfo {
  zh: string;
  en: string;
  policy: Policy;
  /** The kind that the value (or each of its members) names. */
  ref?: KindName;
  search?: true;
  column?: true;
  shape: Shape;
}

export interface KindInfo {
  zh: string;
  en: string;
  /** Roles that may write it; empty: the centre only. */
  roles: readonly Role[];
  /** Fields that the creating op must set. */
  required: readonly string[];
  /** Per field of policy transition: the legal [from, to]; "" is the state before the first. */
  transitions: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  derived: boolean;
  appendOnly: boolean;
  fields: Readonly<Record<string, FieldInfo>>;
}

export type KindName = "customer" | "site" | "space" | "category" | "asset" | "label" | "checklist" | "round" | "inspection" | "photo" | "signature" | "document" | "user" | "device" | "company" | "conflict" | "parked";
export type Role = "administrator" | "manager" | "dispatcher" | "engineer" | "storekeeper" | "supervisor" | "customer" | "viewer";
export const ROLES: readonly Role[] = ["administrator", "manager", "dispatcher", "engineer", "storekeeper", "supervisor", "customer", "viewer"];
/** Longest text in a field, in characters. */
export const MAX_TEXT = 10000;

/** One text in both languages; a missing one falls back to the other. */
export interface Bilingual {
  zh?: string;
  en?: string;
}

/** One answer of a choice item. */
export interface Choice {
  value: string;
  title: Bilingual;
  abnormal?: boolean;
}

/** One line of a checklist. `check` answers pass / fail / na; `number` has a unit and a normal range, both ends inclusive. */
export interface ChecklistItem {
  id: string;
  type: "check" | "choice" | "number" | "text" | "instruction";
  title: Bilingual;
  section?: Bilingual | null;
  hint?: Bilingual | null;
  unit?: string;
  min?: string | null;
  max?: string | null;
  step?: string | null;
  choices?: Choice[];
  photo?: "never" | "abnormal" | "always";
  required?: boolean;
}

/** Assets of one category are inspected by one checklist version. */
export interface Assignment {
  category: string;
  checklist: string;
}

/** The answer to one item. `answer`: pass / fail / na, a choice's value, a decimal, or text. */
export interface ItemResult {
  item: string;
  answer: string;
  state: "normal" | "abnormal" | "na";
  severity?: "minor" | "medium" | "serious" | null;
  note?: string;
  solved?: string;
  photos?: string[];
}

/** How the engineer came to the asset: its label scanned, its code typed, or picked from the list. */
export interface Presence {
  by: "scan" | "typed" | "list";
  at: number;
}

/** Where a photo was taken: degrees WGS 84 and metres, as decimals. */
export interface Position {
  lat: string;
  lon: string;
  accuracy_m?: string | null;
}

/** Who signed for the customer. */
export interface Signer {
  name: string;
  role?: string;
}

/** One person's value in a conflict: the op (first 9 bytes of its hash), its author, and the value as JSON text. */
export interface Side {
  op: string;
  user: string;
  value: string;
  at: number;
}

/** An organisation whose equipment is looked after. */
export interface Customer {
  /** 客户名称 · Customer */
  name?: string | null;
  /** 简称 · Short name */
  short_name?: string | null;
  /** 联系人 · Contact */
  contact?: string | null;
  /** 电话 · Phone */
  phone?: string | null;
  /** 备注 · Note */
  note?: string | null;
  /** 来源 · Source */
  source?: string | null;
}

/** A place of one customer that rounds are made for; the unit of access. */
export interface Site {
  /** 客户 · Customer */
  customer?: string | null;
  /** 场所名称 · Site */
  name?: string | null;
  /** 地址 · Address */
  address?: string | null;
  /** 时区 · Time zone */
  tz?: string | null;
  /** 联系人 · Contact */
  contact?: string | null;
  /** 电话 · Phone */
  phone?: string | null;
  /** 备注 · Note */
  note?: string | null;
  /** 来源 · Source */
  source?: string | null;
}

/** A building, floor, room, rack or area; a tree through `parent`. */
export interface Space {
  /** 场所 · Site */
  site?: string | null;
  /** 上级 · Part of */
  parent?: string | null;
  /** 类型 · Type */
  type?: "building" | "floor" | "room" | "rack" | "area" | null;
  /** 名称 · Name */
  name?: string | null;
  /** 编号 · Code */
  code?: string | null;
  /** 次序 · Order */
  order?: number | null;
  /** 备注 · Note */
  note?: string | null;
  /** 来源 · Source */
  source?: string | null;
}

/** A class of equipment; rounds choose the checklist by it. */
export interface Category {
  /** 代号 · Key */
  key?: string | null;
  /** 类别 · Category */
  name?: Bilingual | null;
  /** 图标 · Icon */
  icon?: string | null;
  /** 来源 · Source */
  source?: string | null;
}

/** One piece of equipment. */
export interface Asset {
  /** 客户 · Customer */
  customer?: string | null;
  /** 场所 · Site */
  site?: string | null;
  /** 位置 · Location */
  space?: string | null;
  /** 编码 · Code */
  code?: string | null;
  /** 标签 · Labels */
  tokens?: string[] | null;
  /** 类别 · Category */
  category?: string | null;
  /** 名称 · Name */
  name?: string | null;
  /** 品牌 · Manufacturer */
  manufacturer?: string | null;
  /** 型号 · Model */
  model?: string | null;
  /** 规格 · Specification */
  spec?: string | null;
  /** 序列号 · Serial number */
  serial?: string | null;
  /** 固定资产编号 · Asset tag */
  asset_tag?: string | null;
  /** 原值 · Value */
  value?: string | null;
  /** 出厂日期 · Made on */
  made_on?: string | null;
  /** 购置日期 · Purchased on */
  purchased_on?: string | null;
  /** 保修至 · Warranty until */
  warranty_end?: string | null;
  /** 供应商 · Supplier */
  supplier?: string | null;
  /** 使用人 · User */
  person?: string | null;
  /** 使用部门 · Department */
  department?: string | null;
  /** 重要性 · Criticality */
  criticality?: "low" | "normal" | "high" | null;
  /** 状态 · Status */
  status?: "registered" | "in_stock" | "in_service" | "under_repair" | "lent" | "retired" | "scrapped" | null;
  /** 所属设备 · Part of */
  parent?: string | null;
  /** 机柜位置 · Rack position */
  rack_position?: string | null;
  /** 配置 · Configuration */
  config?: Record<string, string> | null;
  /** 备注 · Note */
  note?: string | null;
  /** 来源 · Source */
  source?: string | null;
}

/** A token that the centre issued and printed. Binding it to an asset is a change of the asset's `tokens`. */
export interface Label {
  /** 标签码 · Token */
  token?: string | null;
  /** 批次 · Batch */
  batch?: string | null;
  /** 设备 · Asset */
  asset?: string | null;
  /** 打印时间 · Printed */
  printed_at?: number | null;
  /** 补打原因 · Reason for re-print */
  reason?: string | null;
}

/** One version of a checklist; a published version is not edited, the next one names the same `family`. */
export interface Checklist {
  /** 检查表系列 · Family */
  family?: string | null;
  /** 版本 · Version */
  version?: number | null;
  /** 检查表 · Checklist */
  title?: Bilingual | null;
  /** 适用类别 · Categories */
  categories?: string[] | null;
  /** 检查项 · Items */
  items?: ChecklistItem[] | null;
  /** 状态 · Status */
  status?: "draft" | "published" | "retired" | null;
}

/** One inspection task: these assets, by these checklists, by these people, until that day. At most 500 assets. */
export interface Round {
  /** 场所 · Site */
  site?: string | null;
  /** 名称 · Title */
  title?: string | null;
  /** 设备 · Assets */
  assets?: string[] | null;
  /** 检查表 · Checklists */
  assignments?: Assignment[] | null;
  /** 人员 · People */
  people?: string[] | null;
  /** 截止 · Due */
  due_on?: string | null;
  /** 状态 · Status */
  status?: "planned" | "active" | "finished" | "signed" | "cancelled" | null;
  /** 备注 · Note */
  note?: string | null;
}

/** One engineer's inspection of one asset in one round, or the reason why there was none. */
export interface Inspection {
  /** 场所 · Site */
  site?: string | null;
  /** 巡检 · Round */
  round?: string | null;
  /** 设备 · Asset */
  asset?: string | null;
  /** 检查表 · Checklist */
  checklist?: string | null;
  /** 结果 · Outcome */
  outcome?: "done" | "skipped" | null;
  /** 检查结果 · Results */
  results?: ItemResult[] | null;
  /** 未检原因 · Reason skipped */
  reason?: string | null;
  /** 到场 · Presence */
  presence?: Presence | null;
  /** 开始 · Started */
  started_at?: number | null;
  /** 完成 · Finished */
  finished_at?: number | null;
}

/** One picture. The evidence is the bytes whose SHA-256 is `blob`; watermark and thumbnail are derived from them. */
export interface Photo {
  /** 场所 · Site */
  site?: string | null;
  /** 设备 · Asset */
  asset?: string | null;
  /** 空间 · Space */
  space?: string | null;
  /** 巡检 · Round */
  round?: string | null;
  /** 检查项 · Item */
  item?: string | null;
  /** 文件 · File */
  blob?: string | null;
  /** 格式 · Format */
  mime?: string | null;
  /** 字节 · Bytes */
  size?: number | null;
  /** 宽 · Width */
  width?: number | null;
  /** 高 · Height */
  height?: number | null;
  /** 拍摄时间 · Taken */
  taken_at?: number | null;
  /** 位置 · Position */
  position?: Position | null;
  /** 送达 · Arrived */
  arrived_at?: number | null;
  /** 拒收原因 · Refused because */
  refused?: string | null;
}

/** The customer's word on a round: signed, absent or refused. It covers the bytes of `statement`, nothing else. */
export interface Signature {
  /** 场所 · Site */
  site?: string | null;
  /** 巡检 · Round */
  round?: string | null;
  /** 结果 · Outcome */
  outcome?: "signed" | "absent" | "refused" | null;
  /** 声明 · Statement */
  statement?: string | null;
  /** 笔迹 · Strokes */
  strokes?: string | null;
  /** 键入签名 · Typed */
  typed?: boolean | null;
  /** 签字人 · Signer */
  signer?: Signer | null;
  /** 原因 · Reason */
  reason?: string | null;
  /** 语言 · Language */
  lang?: "zh" | "en" | null;
  /** 签字时间 · Signed */
  signed_at?: number | null;
  /** 副本凭证 · Copy key */
  copy?: string | null;
  /** 核对 · Verified */
  verified?: "match" | "mismatch" | null;
}

/** One issued document; `blob` names its PDF. Written by the centre. */
export interface Document {
  /** 场所 · Site */
  site?: string | null;
  /** 种类 · Kind */
  kind?: "inspection_record" | "service_report" | null;
  /** 编号 · Number */
  number?: string | null;
  /** 语言 · Language */
  lang?: "zh" | "en" | null;
  /** 巡检 · Round */
  round?: string | null;
  /** 巡检记录 · Inspection */
  inspection?: string | null;
  /** 设备 · Asset */
  asset?: string | null;
  /** 签字 · Signature */
  signature?: string | null;
  /** 核验码 · Verification token */
  token?: string | null;
  /** 文件 · File */
  blob?: string | null;
  /** 字节 · Bytes */
  size?: number | null;
  /** 签发时间 · Issued */
  issued_at?: number | null;
}

/** A person with an account: a role, and the sites it holds for. `all_sites` is for office people of the company. */
export interface User {
  /** 姓名 · Name */
  name?: string | null;
  /** 角色 · Role */
  role?: "administrator" | "manager" | "dispatcher" | "engineer" | "storekeeper" | "supervisor" | "customer" | "viewer" | null;
  /** 场所 · Sites */
  sites?: string[] | null;
  /** 全部场所 · All sites */
  all_sites?: boolean | null;
  /** 状态 · Status */
  status?: "invited" | "active" | "revoked" | null;
  /** 语言 · Language */
  lang?: "zh" | "en" | null;
}

/** A browser profile that was enrolled: an install with its own key and chain. */
export interface Device {
  /** 人员 · Person */
  user?: string | null;
  /** 安装号 · Install */
  install?: string | null;
  /** 名称 · Name */
  name?: string | null;
  /** 平台 · Platform */
  platform?: string | null;
  /** 状态 · Status */
  status?: "active" | "revoked" | null;
  /** 登记时间 · Enrolled */
  enrolled_at?: number | null;
}

/** The maintenance company: what labels and documents say of it, and its naming rules. One record. */
export interface Company {
  /** 公司名称 · Company */
  name?: Bilingual | null;
  /** 服务热线 · Hotline */
  hotline?: string | null;
  /** 地址 · Address */
  address?: string | null;
  /** 编码规则 · Code pattern */
  code_pattern?: string | null;
  /** 文档编号规则 · Document number pattern */
  document_pattern?: string | null;
}

/** Two values of one field, neither author having seen the other's; or two records that claim one key. */
export interface Conflict {
  /** 种类 · Record kind */
  kind?: string | null;
  /** 记录 · Record */
  record?: string | null;
  /** 字段 · Field */
  path?: string | null;
  /** 场所 · Site */
  site?: string | null;
  /** 现值 · Current */
  winner?: Side | null;
  /** 另值 · Other values */
  losers?: Side[] | null;
  /** 争用 · Claimed key */
  claim?: string | null;
  /** 其他记录 · Other records */
  others?: string[] | null;
  /** 状态 · Status */
  status?: "open" | "settled" | null;
}

/** An op that was kept but not applied, and why. */
export interface Parked {
  /** 安装号 · Install */
  install?: string | null;
  /** 序号 · Number */
  n?: number | null;
  /** 操作 · Op */
  op?: string | null;
  /** 人员 · Person */
  user?: string | null;
  /** 种类 · Record kind */
  kind?: string | null;
  /** 记录 · Record */
  record?: string | null;
  /** 裁定 · Verdict */
  verdict?: string | null;
  /** 原因 · Reason */
  code?: string | null;
  /** 说明 · Detail */
  detail?: string | null;
  /** 到达 · Arrived */
  arrived_at?: number | null;
}

/** Kind name -> the type of its record. */
export interface Records {
  customer: Customer;
  site: Site;
  space: Space;
  category: Category;
  asset: Asset;
  label: Label;
  checklist: Checklist;
  round: Round;
  inspection: Inspection;
  photo: Photo;
  signature: Signature;
  document: Document;
  user: User;
  device: Device;
  company: Company;
  conflict: Conflict;
  parked: Parked;
}

/** Fields whose ops carry a change rather than a value: members {add, del}, transition [from, to]. */
export interface Changes {
  customer: object;
  site: object;
  space: object;
  category: object;
  asset: { tokens: "members" };
  label: object;
  checklist: object;
  round: { status: "transition" };
  inspection: object;
  photo: object;
  signature: object;
  document: object;
  user: { sites: "members" };
  device: object;
  company: object;
  conflict: object;
  parked: object;
}

const S0: Shape = {"t": "text", "max": 10000};
const S1: Shape = {"t": "text", "max": 200};
const S2: Shape = {"t": "struct", "name": "Bilingual"};
const S3: Shape = {"t": "bool"};
const S4: Shape = {"t": "text", "pattern": "^-?\\d{1,12}(\\.\\d{1,9})?$"};
const S5: Shape = {"t": "text", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"};
const S6: Shape = {"t": "list", "item": {"t": "text", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"}};
const S7: Shape = {"t": "int", "min": 0, "max": 9007199254740991};
const S8: Shape = {"t": "text"};
const S9: Shape = {"t": "int"};
const S10: Shape = {"t": "text", "pattern": "^\\d{4}(-\\d{2}(-\\d{2})?)?$"};
const S11: Shape = {"t": "text", "pattern": "^[0-9A-HJKMNP-TV-Z]{12}$"};
const S12: Shape = {"t": "text", "pattern": "^[0-9a-f]{64}$"};
const S13: Shape = {"t": "one", "of": ["zh", "en"]};

/** The shapes of the structs inside records; those in `optional` may be left out. */
export const STRUCTS: Readonly<Record<string, { fields: Readonly<Record<string, Shape>>; optional: readonly string[]; nullable: readonly string[] }>> = {
  Bilingual: { fields: { zh: S0, en: S0 }, optional: ["zh", "en"], nullable: [] },
  Choice: { fields: { value: S1, title: S2, abnormal: S3 }, optional: ["abnormal"], nullable: [] },
  ChecklistItem: { fields: { id: {"t": "text", "pattern": "^[a-z0-9_-]{1,40}$"}, type: {"t": "one", "of": ["check", "choice", "number", "text", "instruction"]}, title: S2, section: S2, hint: S2, unit: S1, min: S4, max: S4, step: S4, choices: {"t": "list", "item": {"t": "struct", "name": "Choice"}}, photo: {"t": "one", "of": ["never", "abnormal", "always"]}, required: S3 }, optional: ["section", "hint", "unit", "min", "max", "step", "choices", "photo", "required"], nullable: ["section", "hint", "min", "max", "step"] },
  Assignment: { fields: { category: S5, checklist: S5 }, optional: [], nullable: [] },
  ItemResult: { fields: { item: S1, answer: S0, state: {"t": "one", "of": ["normal", "abnormal", "na"]}, severity: {"t": "one", "of": ["minor", "medium", "serious"]}, note: S0, solved: S0, photos: S6 }, optional: ["severity", "note", "solved", "photos"], nullable: ["severity"] },
  Presence: { fields: { by: {"t": "one", "of": ["scan", "typed", "list"]}, at: S7 }, optional: [], nullable: [] },
  Position: { fields: { lat: S4, lon: S4, accuracy_m: S4 }, optional: ["accuracy_m"], nullable: ["accuracy_m"] },
  Signer: { fields: { name: S1, role: S1 }, optional: ["role"], nullable: [] },
  Side: { fields: { op: S8, user: S8, value: S8, at: S7 }, optional: [], nullable: [] },
};

export const KINDS: Readonly<Record<KindName, KindInfo>> = {
  customer: {
    zh: "客户",
    en: "Customer",
    roles: ["administrator", "manager", "dispatcher"],
    required: ["name"],
    transitions: {},
    derived: false,
    appendOnly: false,
    fields: {
      name: { zh: "客户名称", en: "Customer", policy: "review", search: true, column: true, shape: S1 },
      short_name: { zh: "简称", en: "Short name", policy: "quiet", search: true, shape: S1 },
      contact: { zh: "联系人", en: "Contact", policy: "quiet", shape: S1 },
      phone: { zh: "电话", en: "Phone", policy: "quiet", shape: S1 },
      note: { zh: "备注", en: "Note", policy: "quiet", shape: S0 },
      source: { zh: "来源", en: "Source", policy: "quiet", shape: S1 },
    },
  },
  site: {
    zh: "场所",
    en: "Site",
    roles: ["administrator", "manager", "dispatcher"],
    required: ["customer", "name"],
    transitions: {},
    derived: false,
    appendOnly: false,
    fields: {
      customer: { zh: "客户", en: "Customer", policy: "review", ref: "customer", column: true, shape: S5 },
      name: { zh: "场所名称", en: "Site", policy: "review", search: true, column: true, shape: S1 },
      address: { zh: "地址", en: "Address", policy: "quiet", shape: S1 },
      tz: { zh: "时区", en: "Time zone", policy: "quiet", shape: S1 },
      contact: { zh: "联系人", en: "Contact", policy: "quiet", shape: S1 },
      phone: { zh: "电话", en: "Phone", policy: "quiet", shape: S1 },
      note: { zh: "备注", en: "Note", policy: "quiet", shape: S0 },
      source: { zh: "来源", en: "Source", policy: "quiet", shape: S1 },
    },
  },
  space: {
    zh: "空间",
    en: "Space",
    roles: ["administrator", "manager", "dispatcher", "engineer", "storekeeper"],
    required: ["site", "type", "name"],
    transitions: {},
    derived: false,
    appendOnly: false,
    fields: {
      site: { zh: "场所", en: "Site", policy: "review", ref: "site", shape: S5 },
      parent: { zh: "上级", en: "Part of", policy: "review", ref: "space", shape: S5 },
      type: { zh: "类型", en: "Type", policy: "review", shape: {"t": "one", "of": ["building", "floor", "room", "rack", "area"]} },
      name: { zh: "名称", en: "Name", policy: "review", search: true, column: true, shape: S1 },
      code: { zh: "编号", en: "Code", policy: "review", search: true, column: true, shape: S1 },
      order: { zh: "次序", en: "Order", policy: "quiet", shape: S9 },
      note: { zh: "备注", en: "Note", policy: "quiet", shape: S0 },
      source: { zh: "来源", en: "Source", policy: "quiet", shape: S1 },
    },
  },
  category: {
    zh: "类别",
    en: "Category",
    roles: ["administrator", "manager", "dispatcher"],
    required: ["key", "name"],
    transitions: {},
    derived: false,
    appendOnly: false,
    fields: {
      key: { zh: "代号", en: "Key", policy: "review", shape: S1 },
      name: { zh: "类别", en: "Category", policy: "review", search: true, column: true, shape: S2 },
      icon: { zh: "图标", en: "Icon", policy: "quiet", shape: S1 },
      source: { zh: "来源", en: "Source", policy: "quiet", shape: S1 },
    },
  },
  asset: {
    zh: "设备",
    en: "Asset",
    roles: ["administrator", "manager", "dispatcher", "engineer", "storekeeper"],
    required: ["site"],
    transitions: {},
    derived: false,
    appendOnly: false,
    fields: {
      customer: { zh: "客户", en: "Customer", policy: "review", ref: "customer", shape: S5 },
      site: { zh: "场所", en: "Site", policy: "review", ref: "site", shape: S5 },
      space: { zh: "位置", en: "Location", policy: "review", ref: "space", column: true, shape: S5 },
      code: { zh: "编码", en: "Code", policy: "review", search: true, column: true, shape: S1 },
      tokens: { zh: "标签", en: "Labels", policy: "members", shape: {"t": "list", "item": {"t": "text", "pattern": "^[0-9A-HJKMNP-TV-Z]{12}$"}} },
      category: { zh: "类别", en: "Category", policy: "review", ref: "category", column: true, shape: S5 },
      name: { zh: "名称", en: "Name", policy: "review", search: true, column: true, shape: S1 },
      manufacturer: { zh: "品牌", en: "Manufacturer", policy: "quiet", search: true, column: true, shape: S1 },
      model: { zh: "型号", en: "Model", policy: "quiet", search: true, column: true, shape: S1 },
      spec: { zh: "规格", en: "Specification", policy: "quiet", shape: S0 },
      serial: { zh: "序列号", en: "Serial number", policy: "review", search: true, column: true, shape: S1 },
      asset_tag: { zh: "固定资产编号", en: "Asset tag", policy: "review", search: true, column: true, shape: S1 },
      value: { zh: "原值", en: "Value", policy: "quiet", shape: S4 },
      made_on: { zh: "出厂日期", en: "Made on", policy: "quiet", shape: S10 },
      purchased_on: { zh: "购置日期", en: "Purchased on", policy: "quiet", shape: S10 },
      warranty_end: { zh: "保修至", en: "Warranty until", policy: "quiet", column: true, shape: S10 },
      supplier: { zh: "供应商", en: "Supplier", policy: "quiet", shape: S1 },
      person: { zh: "使用人", en: "User", policy: "quiet", search: true, column: true, shape: S1 },
      department: { zh: "使用部门", en: "Department", policy: "quiet", search: true, shape: S1 },
      criticality: { zh: "重要性", en: "Criticality", policy: "quiet", shape: {"t": "one", "of": ["low", "normal", "high"]} },
      status: { zh: "状态", en: "Status", policy: "review", column: true, shape: {"t": "one", "of": ["registered", "in_stock", "in_service", "under_repair", "lent", "retired", "scrapped"]} },
      parent: { zh: "所属设备", en: "Part of", policy: "review", ref: "asset", shape: S5 },
      rack_position: { zh: "机柜位置", en: "Rack position", policy: "quiet", shape: S1 },
      config: { zh: "配置", en: "Configuration", policy: "quiet", shape: {"t": "map", "key": {"t": "text", "max": 200}, "value": {"t": "text", "max": 10000}} },
      note: { zh: "备注", en: "Note", policy: "quiet", shape: S0 },
      source: { zh: "来源", en: "Source", policy: "quiet", shape: S1 },
    },
  },
  label: {
    zh: "标签",
    en: "Label",
    roles: [],
    required: ["token"],
    transitions: {},
    derived: false,
    appendOnly: false,
    fields: {
      token: { zh: "标签码", en: "Token", policy: "review", shape: S11 },
      batch: { zh: "批次", en: "Batch", policy: "quiet", shape: S1 },
      asset: { zh: "设备", en: "Asset", policy: "quiet", ref: "asset", shape: S5 },
      printed_at: { zh: "打印时间", en: "Printed", policy: "quiet", shape: S7 },
      reason: { zh: "补打原因", en: "Reason for re-print", policy: "quiet", shape: S1 },
    },
  },
  checklist: {
    zh: "检查表",
    en: "Checklist",
    roles: ["administrator", "manager", "dispatcher"],
    required: ["title", "items"],
    transitions: {},
    derived: false,
    appendOnly: false,
    fields: {
      family: { zh: "检查表系列", en: "Family", policy: "quiet", shape: S5 },
      version: { zh: "版本", en: "Version", policy: "quiet", shape: S7 },
      title: { zh: "检查表", en: "Checklist", policy: "review", search: true, column: true, shape: S2 },
      categories: { zh: "适用类别", en: "Categories", policy: "quiet", ref: "category", shape: S6 },
      items: { zh: "检查项", en: "Items", policy: "review", shape: {"t": "list", "item": {"t": "struct", "name": "ChecklistItem"}} },
      status: { zh: "状态", en: "Status", policy: "review", shape: {"t": "one", "of": ["draft", "published", "retired"]} },
    },
  },
  round: {
    zh: "巡检任务",
    en: "Round",
    roles: ["administrator", "manager", "dispatcher", "engineer"],
    required: ["site", "title", "assets"],
    transitions: {"status": [["", "active"], ["", "planned"], ["active", "cancelled"], ["active", "finished"], ["active", "signed"], ["finished", "active"], ["finished", "signed"], ["planned", "active"], ["planned", "cancelled"]]},
    derived: false,
    appendOnly: false,
    fields: {
      site: { zh: "场所", en: "Site", policy: "quiet", ref: "site", shape: S5 },
      title: { zh: "名称", en: "Title", policy: "quiet", search: true, column: true, shape: S1 },
      assets: { zh: "设备", en: "Assets", policy: "review", ref: "asset", shape: {"t": "list", "item": {"t": "text", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"}, "max": 500} },
      assignments: { zh: "检查表", en: "Checklists", policy: "review", shape: {"t": "list", "item": {"t": "struct", "name": "Assignment"}} },
      people: { zh: "人员", en: "People", policy: "review", ref: "user", shape: S6 },
      due_on: { zh: "截止", en: "Due", policy: "review", column: true, shape: S10 },
      status: { zh: "状态", en: "Status", policy: "transition", column: true, shape: {"t": "one", "of": ["planned", "active", "finished", "signed", "cancelled"]} },
      note: { zh: "备注", en: "Note", policy: "quiet", shape: S0 },
    },
  },
  inspection: {
    zh: "巡检记录",
    en: "Inspection",
    roles: ["administrator", "manager", "dispatcher", "engineer"],
    required: ["site", "round", "asset", "outcome"],
    transitions: {},
    derived: false,
    appendOnly: true,
    fields: {
      site: { zh: "场所", en: "Site", policy: "quiet", ref: "site", shape: S5 },
      round: { zh: "巡检", en: "Round", policy: "quiet", ref: "round", shape: S5 },
      asset: { zh: "设备", en: "Asset", policy: "quiet", ref: "asset", shape: S5 },
      checklist: { zh: "检查表", en: "Checklist", policy: "quiet", ref: "checklist", shape: S5 },
      outcome: { zh: "结果", en: "Outcome", policy: "review", shape: {"t": "one", "of": ["done", "skipped"]} },
      results: { zh: "检查结果", en: "Results", policy: "review", shape: {"t": "list", "item": {"t": "struct", "name": "ItemResult"}} },
      reason: { zh: "未检原因", en: "Reason skipped", policy: "review", shape: S0 },
      presence: { zh: "到场", en: "Presence", policy: "quiet", shape: {"t": "struct", "name": "Presence"} },
      started_at: { zh: "开始", en: "Started", policy: "quiet", shape: S7 },
      finished_at: { zh: "完成", en: "Finished", policy: "quiet", shape: S7 },
    },
  },
  photo: {
    zh: "照片",
    en: "Photo",
    roles: ["administrator", "manager", "dispatcher", "engineer", "storekeeper"],
    required: ["site", "blob", "mime", "size"],
    transitions: {},
    derived: false,
    appendOnly: true,
    fields: {
      site: { zh: "场所", en: "Site", policy: "quiet", ref: "site", shape: S5 },
      asset: { zh: "设备", en: "Asset", policy: "quiet", ref: "asset", shape: S5 },
      space: { zh: "空间", en: "Space", policy: "quiet", ref: "space", shape: S5 },
      round: { zh: "巡检", en: "Round", policy: "quiet", ref: "round", shape: S5 },
      item: { zh: "检查项", en: "Item", policy: "quiet", shape: S1 },
      blob: { zh: "文件", en: "File", policy: "quiet", shape: S12 },
      mime: { zh: "格式", en: "Format", policy: "quiet", shape: S1 },
      size: { zh: "字节", en: "Bytes", policy: "quiet", shape: S7 },
      width: { zh: "宽", en: "Width", policy: "quiet", shape: S7 },
      height: { zh: "高", en: "Height", policy: "quiet", shape: S7 },
      taken_at: { zh: "拍摄时间", en: "Taken", policy: "quiet", shape: S7 },
      position: { zh: "位置", en: "Position", policy: "quiet", shape: {"t": "struct", "name": "Position"} },
      arrived_at: { zh: "送达", en: "Arrived", policy: "centre", shape: S7 },
      refused: { zh: "拒收原因", en: "Refused because", policy: "centre", shape: S1 },
    },
  },
  signature: {
    zh: "签字",
    en: "Signature",
    roles: ["administrator", "manager", "dispatcher", "engineer"],
    required: ["site", "round", "outcome"],
    transitions: {},
    derived: false,
    appendOnly: true,
    fields: {
      site: { zh: "场所", en: "Site", policy: "quiet", ref: "site", shape: S5 },
      round: { zh: "巡检", en: "Round", policy: "quiet", ref: "round", shape: S5 },
      outcome: { zh: "结果", en: "Outcome", policy: "quiet", shape: {"t": "one", "of": ["signed", "absent", "refused"]} },
      statement: { zh: "声明", en: "Statement", policy: "quiet", shape: S12 },
      strokes: { zh: "笔迹", en: "Strokes", policy: "quiet", shape: S12 },
      typed: { zh: "键入签名", en: "Typed", policy: "quiet", shape: S3 },
      signer: { zh: "签字人", en: "Signer", policy: "quiet", shape: {"t": "struct", "name": "Signer"} },
      reason: { zh: "原因", en: "Reason", policy: "quiet", shape: S0 },
      lang: { zh: "语言", en: "Language", policy: "quiet", shape: S13 },
      signed_at: { zh: "签字时间", en: "Signed", policy: "quiet", shape: S7 },
      copy: { zh: "副本凭证", en: "Copy key", policy: "quiet", shape: S12 },
      verified: { zh: "核对", en: "Verified", policy: "centre", shape: {"t": "one", "of": ["match", "mismatch"]} },
    },
  },
  document: {
    zh: "文档",
    en: "Document",
    roles: [],
    required: ["site", "kind", "number"],
    transitions: {},
    derived: false,
    appendOnly: false,
    fields: {
      site: { zh: "场所", en: "Site", policy: "quiet", ref: "site", shape: S5 },
      kind: { zh: "种类", en: "Kind", policy: "quiet", column: true, shape: {"t": "one", "of": ["inspection_record", "service_report"]} },
      number: { zh: "编号", en: "Number", policy: "quiet", search: true, column: true, shape: S1 },
      lang: { zh: "语言", en: "Language", policy: "quiet", shape: S13 },
      round: { zh: "巡检", en: "Round", policy: "quiet", ref: "round", shape: S5 },
      inspection: { zh: "巡检记录", en: "Inspection", policy: "quiet", ref: "inspection", shape: S5 },
      asset: { zh: "设备", en: "Asset", policy: "quiet", ref: "asset", shape: S5 },
      signature: { zh: "签字", en: "Signature", policy: "quiet", ref: "signature", shape: S5 },
      token: { zh: "核验码", en: "Verification token", policy: "quiet", shape: S11 },
      blob: { zh: "文件", en: "File", policy: "quiet", shape: S12 },
      size: { zh: "字节", en: "Bytes", policy: "quiet", shape: S7 },
      issued_at: { zh: "签发时间", en: "Issued", policy: "quiet", shape: S7 },
    },
  },
  user: {
    zh: "人员",
    en: "Person",
    roles: ["administrator"],
    required: ["name", "role"],
    transitions: {},
    derived: false,
    appendOnly: false,
    fields: {
      name: { zh: "姓名", en: "Name", policy: "review", search: true, column: true, shape: S1 },
      role: { zh: "角色", en: "Role", policy: "review", column: true, shape: {"t": "one", "of": ["administrator", "manager", "dispatcher", "engineer", "storekeeper", "supervisor", "customer", "viewer"]} },
      sites: { zh: "场所", en: "Sites", policy: "members", ref: "site", shape: S6 },
      all_sites: { zh: "全部场所", en: "All sites", policy: "review", shape: S3 },
      status: { zh: "状态", en: "Status", policy: "review", shape: {"t": "one", "of": ["invited", "active", "revoked"]} },
      lang: { zh: "语言", en: "Language", policy: "quiet", shape: S13 },
    },
  },
  device: {
    zh: "设备终端",
    en: "Device",
    roles: [],
    required: ["install"],
    transitions: {},
    derived: false,
    appendOnly: false,
    fields: {
      user: { zh: "人员", en: "Person", policy: "quiet", ref: "user", shape: S5 },
      install: { zh: "安装号", en: "Install", policy: "quiet", shape: S1 },
      name: { zh: "名称", en: "Name", policy: "quiet", shape: S1 },
      platform: { zh: "平台", en: "Platform", policy: "quiet", shape: S1 },
      status: { zh: "状态", en: "Status", policy: "review", shape: {"t": "one", "of": ["active", "revoked"]} },
      enrolled_at: { zh: "登记时间", en: "Enrolled", policy: "quiet", shape: S7 },
    },
  },
  company: {
    zh: "公司",
    en: "Company",
    roles: ["administrator", "manager"],
    required: ["name"],
    transitions: {},
    derived: false,
    appendOnly: false,
    fields: {
      name: { zh: "公司名称", en: "Company", policy: "review", shape: S2 },
      hotline: { zh: "服务热线", en: "Hotline", policy: "review", shape: S1 },
      address: { zh: "地址", en: "Address", policy: "quiet", shape: S1 },
      code_pattern: { zh: "编码规则", en: "Code pattern", policy: "review", shape: S1 },
      document_pattern: { zh: "文档编号规则", en: "Document number pattern", policy: "review", shape: S1 },
    },
  },
  conflict: {
    zh: "冲突",
    en: "Conflict",
    roles: [],
    required: [],
    transitions: {},
    derived: true,
    appendOnly: false,
    fields: {
      kind: { zh: "种类", en: "Record kind", policy: "quiet", shape: S1 },
      record: { zh: "记录", en: "Record", policy: "quiet", shape: S5 },
      path: { zh: "字段", en: "Field", policy: "quiet", shape: S1 },
      site: { zh: "场所", en: "Site", policy: "quiet", ref: "site", shape: S5 },
      winner: { zh: "现值", en: "Current", policy: "quiet", shape: {"t": "struct", "name": "Side"} },
      losers: { zh: "另值", en: "Other values", policy: "quiet", shape: {"t": "list", "item": {"t": "struct", "name": "Side"}} },
      claim: { zh: "争用", en: "Claimed key", policy: "quiet", shape: S1 },
      others: { zh: "其他记录", en: "Other records", policy: "quiet", shape: S6 },
      status: { zh: "状态", en: "Status", policy: "quiet", shape: {"t": "one", "of": ["open", "settled"]} },
    },
  },
  parked: {
    zh: "搁置",
    en: "Parked",
    roles: [],
    required: [],
    transitions: {},
    derived: true,
    appendOnly: false,
    fields: {
      install: { zh: "安装号", en: "Install", policy: "quiet", shape: S1 },
      n: { zh: "序号", en: "Number", policy: "quiet", shape: S9 },
      op: { zh: "操作", en: "Op", policy: "quiet", shape: S1 },
      user: { zh: "人员", en: "Person", policy: "quiet", ref: "user", shape: S5 },
      kind: { zh: "种类", en: "Record kind", policy: "quiet", shape: S1 },
      record: { zh: "记录", en: "Record", policy: "quiet", shape: S5 },
      verdict: { zh: "裁定", en: "Verdict", policy: "quiet", shape: S1 },
      code: { zh: "原因", en: "Reason", policy: "quiet", shape: S1 },
      detail: { zh: "说明", en: "Detail", policy: "quiet", shape: S0 },
      arrived_at: { zh: "到达", en: "Arrived", policy: "quiet", shape: S7 },
    },
  },
};
