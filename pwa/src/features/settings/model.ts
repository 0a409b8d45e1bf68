/** What the settings say of the outbox, and what locking would mean. */

export interface Waiting {
  readonly pendingOps: number;
  readonly pendingBlobs: number;
  readonly attention: number;
}

export type OutboxWord = { readonly word: "attention" | "some"; readonly n: number } | { readonly word: "none" };

/** What needs a person before what only waits; an entry and its files are counted one by one, as the sync bar does. */
export function outboxWord({ pendingOps, pendingBlobs, attention }: Waiting): OutboxWord {
  if (attention > 0) return { word: "attention", n: attention };
  const n = pendingOps + pendingBlobs;
  return n > 0 ? { word: "some", n } : { word: "none" };
}

/** Whether a locked screen can be opened without a network: only a PIN that this phone has seen does that. */
export const opensOffline = (people: readonly { readonly id: string; readonly pin: boolean }[], user: string | undefined): boolean =>
  people.some((person) => person.id === user && person.pin);
