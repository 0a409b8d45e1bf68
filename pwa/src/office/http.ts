/** Calls of the office to the centre for what is no record: files, jobs, people, labels, documents. */
import { language, t } from "../app/i18n";
import { m } from "./messages";

/** What the centre refused, or that it was not reached (`code` "offline"). `detail` is its text in the person's language. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
    readonly status = 0,
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.name = "Refusal";
  }
}

type Method = "GET" | "POST" | "PATCH" | "DELETE" | "PUT";

async function call(method: Method, path: string, body?: unknown): Promise<Response> {
  const isForm = body instanceof FormData;
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        "Accept-Language": language(),
        ...(body !== undefined && !isForm && { "Content-Type": "application/json" }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    });
  } catch {
    throw new Refusal("offline", t(m.offlineText));
  }
  if (answer.ok) return answer;
  let problem: Record<string, unknown> = {};
  try {
    problem = (await answer.json()) as Record<string, unknown>;
  } catch {
    // a proxy's page: the status is all that is known
  }
  const text = (key: string): string | undefined => (typeof problem[key] === "string" ? (problem[key] as string) : undefined);
  throw new Refusal(
    text("code") ?? "unexpected",
    text("detail") ?? text("title") ?? t(m.failedStatus, { status: String(answer.status) }),
    answer.status,
    problem,
  );
}

/** The answer's JSON; undefined where it has no body. Throws Refusal. */
async function json<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const answer = await call(method, path, body);
  if (answer.status === 204) return undefined as T;
  const text = await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

export const get = <T>(path: string): Promise<T> => json<T>("GET", path);
export const post = <T>(path: string, body: unknown = {}): Promise<T> => json<T>("POST", path, body);
/** For routes that take no body. */
export const call0 = <T>(path: string): Promise<T> => json<T>("POST", path);
export const patch = <T>(path: string, body: unknown): Promise<T> => json<T>("PATCH", path, body);
export const remove = <T>(path: string): Promise<T> => json<T>("DELETE", path);

/** A file that a POST makes. Throws Refusal. */
export async function postForFile(path: string, body: unknown): Promise<Blob> {
  return (await call("POST", path, body)).blob();
}

/** Hands a file to the person. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** What to tell a person of an error, whatever it is. */
export const explain = (error: unknown): string =>
  error instanceof Refusal ? error.detail : error instanceof Error ? error.message : String(error);
