import { type DBSchema, openDB } from 'idb';
import { EnvelopeError } from '../core/errors.ts';
import type { PersonalKey } from './personal-key.ts';

/**
 * What this browser keeps between visits. The key is a CryptoKey that nobody can export; the identity is the guest's,
 * where people are guests.
 */
export type Holding =
  | { readonly kind: 'personal'; readonly identityId?: string; readonly key: PersonalKey }
  | { readonly kind: 'kms'; readonly identityId: string };

interface Schema extends DBSchema {
  /** By deployment, and by person where it knows them: two of either on one origin don't mix. */
  holdings: { key: string; value: Holding };
}

/** @throws `device-storage-refused` where the browser keeps nothing, as some private windows do */
export async function loadHolding(deployment: string): Promise<Holding | undefined> {
  return withStore(async (database) => database.get('holdings', deployment));
}

/** @returns what is kept: another tab's where it came first, which may have locked files with it already */
export async function keepHolding(deployment: string, holding: Holding): Promise<Holding> {
  const kept = await withStore(async (database) => {
    const { store, done } = database.transaction('holdings', 'readwrite');
    const before = await store.get(deployment);
    if (!before) await store.add(holding, deployment);
    await done;
    return before ?? holding;
  });
  // Otherwise some browsers forget after a week without a visit. The backup file is the safety, not this: nobody waits
  // for it, since Firefox asks the person, who may never answer.
  navigator.storage?.persist?.().catch(() => false);
  return kept;
}

async function withStore<T>(use: (database: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> {
  try {
    const database = await open();
    try {
      return await use(database);
    } finally {
      database.close();
    }
  } catch (error) {
    throw new EnvelopeError('device-storage-refused', 'this browser refuses to keep the key', {
      cause: error,
    });
  }
}

function open() {
  return openDB<Schema>('s3-envelope', 1, {
    upgrade: (database) => void database.createObjectStore('holdings'),
  });
}
