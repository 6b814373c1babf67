import { ok, refuse, type Result } from '../std/result.ts';
import { getSubscriber } from '../directory/manage.ts';
import { maskAddress } from '../directory/number.ts';
import type { ResolveRequest } from '../directory/resolve.ts';
import type { Language } from '../std/language.ts';
import { ruleOf } from '../confirmation/policy.ts';
import type { Context } from './context.ts';
import { NAME_MAX, type Party } from './message.ts';
import type { NamedPerson } from './verbs.ts';

/** From how a person is named to who that is, as the head of the message keeps him. */
export type Found = { readonly party: Party; readonly language: Language | null };

export type PartyRefusal = 'unknown' | 'address_not_allowed' | 'malformed_address';

export type Asked = {
  readonly tenantId: string;
  readonly clientId: string;
  readonly named: NamedPerson;
  /** What the client calls him. */
  readonly name: string | null;
  readonly role: 'sender' | 'addressee';
};

/**
 * Anybody may be written to, by a number that only the sender knows; who sends is under contract, or policy
 * lets the client name his number (P3).
 */
export async function findParty(context: Context, asked: Asked): Promise<Result<Found, PartyRefusal>> {
  const { tenantId, clientId, named, name, role } = asked;
  const { directory, confirmations, store } = context;
  const policy = await confirmations.context.policyOf(tenantId);
  const rule = ruleOf(policy, role === 'sender' ? 'send_message' : 'message', clientId);
  const resolved = await directory.resolve({
    tenantId,
    to: toOf(named),
    channel: 'sms',
    allow: { ...rule, callerAddress: role === 'addressee' || rule.callerAddress },
  });
  if (!resolved.ok) {
    if (resolved.refusal === 'address_not_allowed' || resolved.refusal === 'malformed_address')
      return refuse(resolved.refusal, detailOf(resolved.detail));
    return refuse('unknown', {
      detail: `The ${role} is nobody whom a code can be sent to, as the directory knows.`,
    });
  }
  const { subscriberId, language, address } = resolved.value;
  const contract = subscriberId === null ? null : await getSubscriber(store.sql, tenantId, subscriberId);
  const known = contract?.name ?? name;
  const number = address.value;
  const party: Party = {
    subscriberId,
    name: known,
    number,
    mail: 'number' in named ? (named.mail ?? null) : null,
    source: address.source,
    shown: shortened(role === 'sender' ? (known ?? maskAddress(number)) : (name ?? typedOf(named, number))),
  };
  return ok({ party, language });
}

/** How the room confirmation is told to send a code to him. */
export function toOfParty(party: Party): ResolveRequest['to'] {
  return party.subscriberId === null
    ? { address: { channel: 'sms', value: party.number } }
    : { subscriberId: party.subscriberId };
}

function toOf(named: NamedPerson): ResolveRequest['to'] {
  return 'number' in named ? { address: { channel: 'sms', value: named.number } } : named;
}

/** A sender sees his addressee as he named him: he learns neither name nor number that he did not know. */
function typedOf(named: NamedPerson, number: string): string {
  if ('number' in named) return number;
  return 'identifier' in named ? named.identifier.value : named.subscriberId;
}

function shortened(name: string): string {
  const line = name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ').trim();
  const letters = Array.from(line);
  return letters.length <= NAME_MAX ? line : `${letters.slice(0, NAME_MAX - 1).join('')}…`;
}

function detailOf(detail: string | undefined): { detail?: string } {
  return detail === undefined ? {} : { detail };
}
