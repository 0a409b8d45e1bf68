/** Where a document's file and its verification page are. */
export const documentFile = (id: string, inline = false): string => `/api/documents/${encodeURIComponent(id)}.pdf${inline ? "?inline" : ""}`;
export const verificationPage = (token: string): string => `/v/${encodeURIComponent(token)}`;
