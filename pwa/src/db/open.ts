/** Opening of IndexedDB databases from a factory that is handed in. */
import { wrap, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from "idb";

export interface OpenOptions<S extends DBSchema> {
  factory: IDBFactory;
  name: string;
  version: number;
  upgrade(db: IDBPDatabase<S>, tx: IDBPTransaction<S, StoreNames<S>[], "versionchange">, from: number): void;
  /** The browser closed the connection (data cleared, disk gone) or another tab needs it closed for an upgrade. */
  closed?(): void;
}

/** Opens a database. The connection closes itself when a newer version of the app wants to upgrade in another tab. */
export async function open<S extends DBSchema>(options: OpenOptions<S>): Promise<IDBPDatabase<S>> {
  const request = options.factory.open(options.name, options.version);
  request.addEventListener("upgradeneeded", (event) => {
    const tx = wrap(request.transaction as IDBTransaction) as unknown as IDBPTransaction<S, StoreNames<S>[], "versionchange">;
    options.upgrade(wrap(request.result) as unknown as IDBPDatabase<S>, tx, event.oldVersion);
  });
  const db = (await wrap(request)) as unknown as IDBPDatabase<S>;
  db.addEventListener("versionchange", () => {
    db.close();
    options.closed?.();
  });
  db.addEventListener("close", () => options.closed?.());
  return db;
}

/** For a request inside a transaction whose `done` is awaited: the transaction reports the failure, once. */
export function quietly(request: Promise<unknown>): void {
  request.catch(() => undefined);
}
