/**
 * The vault: the only place where numbers of cards are kept (B1, B2, S8). Others hold tokens, which tell
 * nothing and open nothing.
 *
 *   keep(once for a payment) ──own (after a right code)──▶ on file ──forget──▶ (deleted)
 *        └── drop, or a day is over ──▶ (deleted)
 *
 * A card on file belongs to one person: the same number is never on file twice in a tenant. The security code
 * has no way in: no function here takes it.
 */
import { assert } from '../../std/assert.ts';
import { createBatch } from '../../std/batch.ts';
import type { Clock } from '../../std/clock.ts';
import { homeOf, newId, type Id } from '../../std/id.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import type { Random } from '../../std/random.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { isFault, type Db, type Sql, type Tx } from '../../store/connection.ts';
import { transaction } from '../../store/transaction.ts';
import type { Resealed, ResealOptions } from '../reseal.ts';
import { brandOf, type Brand } from './brand.ts';
import {
  deleteCard,
  deleteOfSubscriber,
  deleteOnce,
  deleteStale,
  findCards,
  findKept,
  lockKept,
  insertCard,
  keepOnce,
  listKept,
  listTyped,
  lockCard,
  lockFingerprints,
  resealCard,
  type CardKey,
  type CardRow,
  type TypedRow,
} from './card-store.ts';
import { lastFourOf, maskCard } from './number.ts';
import { rotateCards } from './rotate.ts';
import { fingerprintOf, openCardData, sealCardData, type CardData } from './seal.ts';

export type CardToken = Id<'crd'>;

export type StoredCard = {
  readonly token: CardToken;
  /** Null while nobody says that it is his. */
  readonly subscriberId: string | null;
  /** The payment or confirmation that it was typed for; null of a card on file. */
  readonly onceFor: string | null;
  readonly brand: Brand;
  readonly lastFour: string;
  /** "Visa ···· 1234" */
  readonly masked: string;
  /** YYMM; null when the master key that it was sealed under is gone, and the card is of no more use. */
  readonly expiry: string | null;
  readonly createdAtMs: number;
};

export type RevealedCard = StoredCard & CardData;

export type CardOwner = {
  readonly tenantId: string;
  /** Whose card it is, or who says so of one that is typed once. */
  readonly subscriberId: string | null;
  /** The payment or confirmation that it is for; null to put it on file at once. */
  readonly onceFor: string | null;
};

export type CardVault = {
  /** In the caller's transaction, or in one of its own. The same card of the same person keeps its token. */
  readonly keep: (
    tx: Tx | null,
    owner: CardOwner,
    card: CardData,
  ) => Promise<Result<StoredCard, 'card_of_another'>>;
  /** With its number, to be sent to a bank. Null for what the tenant has not, or what cannot be opened. */
  readonly reveal: (tenantId: string, token: string) => Promise<RevealedCard | null>;
  /** As it may be shown. */
  readonly find: (tenantId: string, token: string) => Promise<StoredCard | null>;
  /** The cards on file of a person, the oldest first. */
  readonly list: (tenantId: string, subscriberId: string) => Promise<readonly StoredCard[]>;
  /** Whether the number is on file for somebody else than this subscriber. */
  readonly isOfAnother: (
    tenantId: string,
    pan: CardData['pan'],
    subscriberId: string | null,
  ) => Promise<boolean>;
  /** After a right code: what was typed once is on file of this person from now on. */
  readonly own: (
    tx: Tx,
    tenantId: string,
    token: string,
    subscriberId: string,
  ) => Promise<Result<StoredCard, 'card_of_another' | 'unknown_card'>>;
  /** False when it is no card on file of this person. */
  readonly forget: (tenantId: string, subscriberId: string, token: string) => Promise<boolean>;
  /** What was typed for any of these payments or confirmations. */
  readonly typedFor: (db: Db, onceFor: readonly string[]) => Promise<readonly TypedRow[]>;
  /** What a payment or confirmation had typed for it, when it has ended. */
  readonly drop: (db: Db, tenantId: string, onceFor: string) => Promise<void>;
  /** All that an erased subscriber had. */
  readonly eraseOf: (tx: Tx, tenantId: string, subscriberId: string) => Promise<void>;
  /** Deletes what was typed once and is older than a day; gives how many. */
  readonly purge: () => Promise<number>;
  /** Seals everything anew under the current master key, beside running servers. */
  readonly rotate: (options?: ResealOptions) => Promise<Resealed>;
};

export type VaultOptions = {
  readonly sql: Sql;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
};

/** A payment that was begun is over by then, whatever became of it. */
const ONCE_MS = 24 * 60 * 60_000;
const PURGE_BATCH = 500;

export function createVault(options: VaultOptions): CardVault {
  const { sql, keys } = options;

  const finds = createBatch<CardKey, CardRow | null>({
    run: async (wanted) => {
      const found = new Map((await findCards(sql, wanted)).map((row) => [nameOf(row), row]));
      return wanted.map((key) => found.get(nameOf(key)) ?? null);
    },
    apartAfter: isFault,
  });

  const found = (tenantId: string, token: string): Promise<CardRow | null> => {
    const key = keyOf(tenantId, token);
    return key ? finds.add(key) : Promise.resolve(null);
  };

  const reveal = async (tenantId: string, token: string): Promise<RevealedCard | null> => {
    const row = await found(tenantId, token);
    const data = row && openCardData(keys, row);
    return row && data ? { ...storedCard(row, data), ...data } : null;
  };

  return {
    keep: (tx, owner, card) =>
      tx ? keep(tx, owner, card) : transaction(sql, (own) => keep(own, owner, card)),
    reveal,
    find: async (tenantId, token) => {
      const row = await found(tenantId, token);
      return row && storedCard(row, openCardData(keys, row));
    },
    list: async (tenantId, subscriberId) => {
      const rows = await listKept(sql, tenantId, subscriberId);
      return rows.map((row) => storedCard(row, openCardData(keys, row)));
    },
    isOfAnother: async (tenantId, pan, subscriberId) => {
      const kept = await findKept(sql, fingerprintsOf(tenantId, pan));
      return kept !== null && kept.subscriberId !== subscriberId;
    },
    own,
    typedFor: listTyped,
    forget: async (tenantId, subscriberId, token) => {
      const key = keyOf(tenantId, token);
      return key !== null && deleteCard(sql, key, subscriberId);
    },
    drop: deleteOnce,
    eraseOf: deleteOfSubscriber,
    purge: async () => {
      let purged = 0;
      for (;;) {
        const now = await deleteStale(sql, PURGE_BATCH);
        purged += now;
        if (now < PURGE_BATCH) return purged;
      }
    },
    rotate: (how = {}) => rotateCards(options, how),
  };

  async function keep(
    tx: Tx,
    owner: CardOwner,
    card: CardData,
  ): Promise<Result<StoredCard, 'card_of_another'>> {
    const { tenantId, subscriberId, onceFor } = owner;
    assert(subscriberId !== null || onceFor !== null, 'a card is somebody’s, or for one payment');
    if (subscriberId !== null) {
      const known = await keptOf(tx, tenantId, card);
      if (known && known.subscriberId !== subscriberId) return refuse('card_of_another');
      if (known && onceFor === null) return ok(await renew(tx, known, card));
    }
    return ok(storedCard(await insertCard(tx, rowOf(owner, card), ONCE_MS), card));
  }

  async function own(
    tx: Tx,
    tenantId: string,
    token: string,
    subscriberId: string,
  ): Promise<Result<StoredCard, 'card_of_another' | 'unknown_card'>> {
    const key = keyOf(tenantId, token);
    const row = key && (await lockCard(tx, key));
    const card = row && openCardData(keys, row);
    if (!key || !row || !card) return refuse('unknown_card');
    if (row.onceFor === null) {
      return row.subscriberId === subscriberId ? ok(storedCard(row, card)) : refuse('card_of_another');
    }
    const known = await keptOf(tx, tenantId, card);
    if (known && known.subscriberId !== subscriberId) return refuse('card_of_another');
    if (!known) return ok(storedCard(await keepOnce(tx, key, subscriberId), card));
    await deleteCard(tx, key, null);
    return ok(await renew(tx, known, card));
  }

  /** The card on file with this number, whichever master key it is under; nobody else adds one meanwhile. */
  async function keptOf(tx: Tx, tenantId: string, { pan }: CardData): Promise<CardRow | null> {
    const fingerprints = fingerprintsOf(tenantId, pan);
    await lockFingerprints(tx, fingerprints);
    return lockKept(tx, fingerprints);
  }

  function fingerprintsOf(tenantId: string, pan: CardData['pan']): Uint8Array[] {
    return keys.ids.map((keyId) => fingerprintOf(keys, keyId, tenantId, pan));
  }

  /** The same card again: what was typed last about its expiry holds. */
  async function renew(tx: Tx, known: CardRow, card: CardData): Promise<StoredCard> {
    const keyId = keys.currentId;
    const isDone = await resealCard(tx, known.sealed, {
      home: known.home,
      token: known.token,
      keyId,
      fingerprint: fingerprintOf(keys, keyId, known.tenantId, card.pan),
      sealed: sealCardData(keys, keyId, known.token, card, options.random),
    });
    assert(isDone, 'a locked card is still as it was');
    return storedCard(known, card);
  }

  function rowOf({ tenantId, subscriberId, onceFor }: CardOwner, card: CardData) {
    const home = homeOfOwner(subscriberId ?? onceFor ?? '', options.random);
    const token = newId('crd', home, options.clock.nowMs(), options.random);
    const keyId = keys.currentId;
    return {
      home,
      token,
      tenantId,
      subscriberId,
      onceFor,
      keyId,
      fingerprint: fingerprintOf(keys, keyId, tenantId, card.pan),
      sealed: sealCardData(keys, keyId, token, card, options.random),
      brand: brandOf(card.pan.reveal()),
      lastFour: lastFourOf(card.pan),
    };
  }
}

function nameOf({ tenantId, token }: Omit<CardKey, 'home'>): string {
  return `${tenantId} ${token}`;
}

function keyOf(tenantId: string, token: string): CardKey | null {
  const home = homeOf('crd', token);
  return home === null ? null : { home, tenantId, token };
}

/** A card lives where the person or the payment lives. */
function homeOfOwner(id: string, random: Random): number {
  const [a = 0, b = 0] = random(2);
  return homeOf(id.slice(0, Math.max(0, id.indexOf('_'))), id) ?? ((a << 8) | b) & 1023;
}

function storedCard(row: CardRow, data: CardData | null): StoredCard {
  const { subscriberId, onceFor, brand, lastFour } = row;
  return {
    token: row.token as CardToken,
    subscriberId,
    onceFor,
    brand,
    lastFour,
    masked: maskCard(brand, lastFour),
    expiry: data?.expiry ?? null,
    createdAtMs: row.createdAt.getTime(),
  };
}
