import { homeOf } from '../std/id.ts';
import { refuse, type Result } from '../std/result.ts';
import type { Address } from '../directory/address.ts';
import { addressesOf, lockAddresses, markBound, retireAddress } from '../directory/bind.ts';
import { maskAddress } from '../directory/number.ts';
import type { Principal } from '../http/client-auth.ts';
import type { Tx } from '../store/connection.ts';
import type { Act } from './act.ts';
import { addressDigest, provesItsAddress, type Confirmation } from './confirmation.ts';
import type { Context } from './context.ts';
import type { Open, Opened, OpenRefusal } from './open.ts';
import { readConfirmations } from './store.ts';

/**
 * Binding an address to a subscriber by proof of possession (S11).
 *
 *   no address in use yet:  code to the new address ──right──▶ bound
 *   one is in use already:  code to the old address, which is told the new one ──right──▶ approval
 *                           approval + code to the new address ──right──▶ new bound, old retired
 *
 * A vouched address is bound without approval of another, for the third party that vouches for it stands in
 * for one.
 */
export type BindInput = {
  readonly subscriberId: string;
  readonly addressId: string;
  /** The id of a confirmation on the old address that approved exactly this new one. */
  readonly approval: string | null;
  readonly ip: string;
};

export type BindRefusal = OpenRefusal | 'not_found' | 'already_bound' | 'approval_invalid';

export type Binding = Opened & {
  readonly step: 'approve_on_old_address' | 'prove_new_address';
  readonly act: Act;
};

export type Bind = (principal: Principal, input: BindInput) => Promise<Result<Binding, BindRefusal>>;

const APPROVAL_MAX_AGE_MS = 15 * 60_000;

export function createBind(context: Context, open: Open): Bind {
  const { sql } = context.store;

  async function approves(principal: Principal, input: BindInput, oldId: string): Promise<boolean> {
    const home = input.approval === null ? null : homeOf('cnf', input.approval);
    if (input.approval === null || home === null) return false;
    const [row] = await readConfirmations(sql, context.keys, [{ home, id: input.approval }]);
    if (!row || row.tenantId !== principal.tenantId || row.clientId !== principal.clientId) return false;
    const act = JSON.parse(row.act) as Act;
    const fresh = row.endedAtMs !== null && row.nowMs - row.endedAtMs < APPROVAL_MAX_AGE_MS;
    return (
      fresh &&
      row.state === 'confirmed' &&
      row.addressId === oldId &&
      row.subscriberId === input.subscriberId &&
      act.purpose === 'bind_address' &&
      act.contentDigest === addressDigest(input.addressId)
    );
  }

  return async (principal, input) => {
    const { tenantId } = principal;
    const { subscriberId, addressId } = input;
    const addresses = await addressesOf(sql, tenantId, subscriberId);
    const wanted = addresses.find(({ id }) => id === addressId);
    if (!wanted) return refuse('not_found');
    if (wanted.state === 'bound') return refuse('already_bound');
    const old = replacedBy(wanted, addresses);
    if (old && input.approval !== null && !(await approves(principal, input, old.id)))
      return refuse('approval_invalid');
    const asksOld = old !== null && input.approval === null;
    const act: Act = {
      purpose: 'bind_address',
      text: maskAddress(wanted.value),
      contentDigest: addressDigest(addressId),
    };
    const opened = await open(principal, {
      to: { subscriberId },
      act,
      addressId: asksOld ? old.id : addressId,
      connected: false,
      language: null,
      returnUrl: null,
      ip: input.ip,
    });
    if (!opened.ok) return opened;
    const step = asksOld ? 'approve_on_old_address' : 'prove_new_address';
    return { ok: true, value: { ...opened.value, step, act } };
  };
}

/**
 * In the transaction that confirmed it: the address is bound, and the one before it is retired. False for
 * other acts, and where another address came into use meanwhile.
 */
export async function completeBinding(tx: Tx, row: Confirmation): Promise<boolean> {
  const { tenantId, subscriberId, addressId } = row;
  if (subscriberId === null || addressId === null || !provesItsAddress(row)) return false;
  const addresses = await lockAddresses(tx, tenantId, subscriberId);
  const wanted = addresses.find(({ id }) => id === addressId);
  const old = wanted && replacedBy(wanted, addresses);
  // An address that came into use after this one was asked for has approved nothing.
  if (old && (old.boundAt ?? old.createdAt).getTime() >= row.createdAtMs) return false;
  if (old) await retireAddress(tx, { tenantId, subscriberId, addressId: old.id });
  return markBound(tx, { tenantId, subscriberId, addressId });
}

/** The address in use whose holder must approve the new one, and which the new one takes the place of. */
function replacedBy(wanted: Address, addresses: readonly Address[]): Address | null {
  const others = addresses.filter(({ id, channel }) => id !== wanted.id && channel === wanted.channel);
  const bound = others.find(({ state }) => state === 'bound');
  if (bound) return bound;
  return wanted.state === 'vouched' ? null : (others.find(({ state }) => state === 'vouched') ?? null);
}
