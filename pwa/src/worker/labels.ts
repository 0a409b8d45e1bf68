/**
 * What a scanned or typed text is to this installation. The twin of server/labels/tokens.py; both are tested on the same
 * cases. A token is 12 characters of Crockford's base32; a label's QR holds `HTTPS://<HOST>/A/<TOKEN>`.
 */

const ALPHABET = /^[0-9A-HJKMNP-TV-Z]{12}$/;

export type Label =
  /** A label of this installation. */
  | { kind: "own"; token: string }
  /**
   * Somebody else's web address: to be shown, never followed. `token` is set when it has the form of a label, as those
   * printed by a trial or under an earlier address have.
   */
  | { kind: "foreign"; url: string; token?: string }
  /** Neither: perhaps a position code, a serial number or another system's barcode. */
  | { kind: "other"; text: string };

/** The token a person meant, or undefined: case, spaces, hyphens and full width don't matter; I and L are 1, O is 0. */
export function readToken(text: string): string | undefined {
  const token = text
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\p{Pd}]/gu, "")
    .replace(/[IL]/g, "1")
    .replace(/O/g, "0");
  return ALPHABET.test(token) ? token : undefined;
}

/** `origin`: where this app is served from, as `location.origin`. */
export function readLabel(text: string, origin: string): Label {
  text = text.trim();
  const typed = readToken(text);
  if (typed) return { kind: "own", token: typed };
  const address = parse(text);
  if (!address) return { kind: "other", text };
  const parts = address.pathname.replace(/^\/+|\/+$/g, "").split("/");
  const token = parts.length === 2 && parts[0]?.toUpperCase() === "A" ? readToken(decode(parts[1] ?? "")) : undefined;
  // `origin` of a URL has scheme, host in ASCII lower case, and the port unless it is the scheme's own.
  if (place(address) !== place(parse(origin))) return token ? { kind: "foreign", url: text, token } : { kind: "foreign", url: text };
  return token ? { kind: "own", token } : { kind: "other", text };
}

function parse(text: string): URL | undefined {
  // Only what is written as an address is one: the URL parser would also mend `https:host`, tabs and line breaks.
  if (!/^https?:\/\/[^\s/\\]/i.test(text) || /\s/.test(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function place(address: URL | undefined): string {
  return address ? `${address.protocol}//${address.hostname.replace(/\.$/, "")}:${address.port}` : "";
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
