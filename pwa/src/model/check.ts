/** Whether values are what their fields take: the same rules as at the centre, asked before an op is frozen for ever. */
import { KINDS, STRUCTS, type KindName, type Shape } from "./generated";

/** A value that the centre would park. `path` is the field, and the way inside it. */
export class InvalidValue extends Error {
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(`${path}: ${reason}`);
  }
}

/** Throws InvalidValue for the first value that its field does not take. `creating`: the required fields must be there. */
export function checkValues(kind: KindName, values: Readonly<Record<string, unknown>>, creating: boolean): void {
  const info = KINDS[kind];
  if (info.derived) throw new InvalidValue(kind, "is derived by the centre and never written");
  for (const [field, value] of Object.entries(values)) {
    const rule = info.fields[field];
    if (!rule) throw new InvalidValue(field, `${kind} has no such field`);
    if (rule.policy === "centre") throw new InvalidValue(field, "is written by the centre only");
    if (rule.policy === "members") {
      checkMembers(field, value);
    } else if (rule.policy === "transition") {
      if (!Array.isArray(value) || value.length !== 2 || value.some((state) => typeof state !== "string"))
        throw new InvalidValue(field, "a transition is [from, to]");
      checkShape(`${field}[1]`, value[1], rule.shape);
    } else if (value !== null && value !== undefined) {
      checkShape(field, value, rule.shape);
    }
  }
  if (!creating) return;
  for (const field of info.required) {
    const value = values[field];
    if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0))
      throw new InvalidValue(field, `a new ${kind} needs it`);
  }
}

function checkMembers(field: string, value: unknown): void {
  const isList = (part: unknown): boolean => part === undefined || (Array.isArray(part) && part.every((item) => typeof item === "string"));
  const { add, del, ...rest } = (value ?? {}) as { add?: unknown; del?: unknown };
  if (typeof value !== "object" || !isList(add) || !isList(del) || Object.keys(rest).length > 0)
    throw new InvalidValue(field, "a set is changed by {add, del}");
}

const patterns = new Map<string, RegExp>();

function matches(pattern: string, value: string): boolean {
  let found = patterns.get(pattern);
  if (!found) patterns.set(pattern, (found = new RegExp(pattern, "u")));
  return found.test(value);
}

function checkShape(path: string, value: unknown, shape: Shape): void {
  const refuse = (expected: string): never => {
    throw new InvalidValue(path, `expected ${expected}, got ${JSON.stringify(value)?.slice(0, 80) ?? typeof value}`);
  };
  switch (shape.t) {
    case "text": {
      if (typeof value !== "string") return refuse("text");
      // Code points, as the centre counts; a UTF-16 length within the limit needs no counting.
      if (shape.max !== undefined && value.length > shape.max && [...value].length > shape.max)
        return refuse(`at most ${shape.max} characters`);
      if (shape.pattern !== undefined && !matches(shape.pattern, value)) return refuse(`the form ${shape.pattern}`);
      return;
    }
    case "int":
      if (!Number.isSafeInteger(value)) return refuse("a whole number");
      if (shape.min !== undefined && (value as number) < shape.min) return refuse(`at least ${shape.min}`);
      if (shape.max !== undefined && (value as number) > shape.max) return refuse(`at most ${shape.max}`);
      return;
    case "bool":
      if (typeof value !== "boolean") return refuse("true or false");
      return;
    case "one":
      if (typeof value !== "string" || !shape.of.includes(value)) return refuse(`one of ${shape.of.join(", ")}`);
      return;
    case "list":
      if (!Array.isArray(value)) return refuse("a list");
      if (shape.max !== undefined && value.length > shape.max) return refuse(`at most ${shape.max} entries`);
      value.forEach((item, index) => checkShape(`${path}[${index}]`, item, shape.item));
      return;
    case "map":
      if (!isPlain(value)) return refuse("keys and values");
      for (const [key, item] of Object.entries(value)) {
        checkShape(`${path} key`, key, shape.key);
        checkShape(`${path}.${key}`, item, shape.value);
      }
      return;
    case "struct": {
      if (!isPlain(value)) return refuse("an object");
      const struct = STRUCTS[shape.name];
      if (!struct) return;
      for (const [key, item] of Object.entries(value)) {
        const inner = struct.fields[key];
        if (!inner) throw new InvalidValue(`${path}.${key}`, `${shape.name} has no such member`);
        if (item === undefined || (item === null && struct.nullable.includes(key))) continue;
        checkShape(`${path}.${key}`, item, inner);
      }
      for (const key of Object.keys(struct.fields))
        if (!struct.optional.includes(key) && value[key] === undefined) throw new InvalidValue(`${path}.${key}`, "is missing");
    }
  }
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
