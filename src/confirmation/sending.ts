import type { Limits } from './policy-limits.ts';
import { ipBucket } from '../http/ip.ts';

/**
 * Sending limits (S13): how often codes may go to one address, number prefix and country, and be asked for by
 * one IP and client. Every asking counts, also a refused one, so that hammering does not open a gap.
 */
export type SendingCounts = {
  /** Whether the spacing since the last code to this address has passed. */
  readonly spaced: boolean;
  readonly sinceLastMs: number;
  readonly addressHour: number;
  readonly addressHourEndsMs: number;
  readonly addressDay: number;
  readonly addressDayEndsMs: number;
  readonly buckets: ReadonlyMap<string, number>;
  readonly bucketsEndMs: number;
};

export type SendingLimit =
  | 'spacing'
  | 'address_hour'
  | 'address_day'
  | 'prefix'
  | 'ip'
  | 'client'
  | 'country';

export type SendingDecision =
  | { readonly admitted: true; readonly exceeded: SendingLimit | null }
  | { readonly admitted: false; readonly exceeded: SendingLimit; readonly retryAfterMs: number };

export type Sending = {
  readonly tenantId: string;
  readonly clientId: string;
  readonly ip: string;
  /** E.164. */
  readonly number: string;
  /** ISO 3166, or ZZ where the number tells none. */
  readonly country: string;
};

export type Buckets = { prefix: string; ip: string; client: string; country: string };

/** The names of the counters that one sending moves. */
export function bucketsOf(sending: Sending, limits: Limits): Buckets {
  const { tenantId, clientId, ip, number, country } = sending;
  const prefix = number.slice(0, Math.max(4, number.length - limits.prefix.lastDigits));
  return {
    prefix: `prefix:${tenantId}:${prefix}`,
    ip: `ip:${tenantId}:${ipBucket(ip)}`,
    client: `client:${clientId}`,
    country: unverifiedBucket(tenantId, country),
  };
}

/** Counts codes that were sent and not yet verified: it goes down again with each success. */
export function unverifiedBucket(tenantId: string, country: string): string {
  return `country:${tenantId}:${country}`;
}

/** The first limit that the counts exceed decides; `recordOnly` admits all the same and only says which. */
export function admit(counts: SendingCounts, sending: Sending, limits: Limits): SendingDecision {
  const names = bucketsOf(sending, limits);
  const over = (bucket: string, max: number) => (counts.buckets.get(bucket) ?? Infinity) > max;
  const budget = limits.country.byCountry[sending.country] ?? limits.country.unverifiedPerHourMax;
  const { address } = limits;
  const checks: [SendingLimit, boolean, number][] = [
    ['spacing', !counts.spaced, Math.max(1, address.spacingMs - counts.sinceLastMs)],
    ['address_hour', counts.addressHour > address.perHourMax, counts.addressHourEndsMs],
    ['address_day', counts.addressDay > address.perDayMax, counts.addressDayEndsMs],
    ['prefix', over(names.prefix, limits.prefix.perHourMax), counts.bucketsEndMs],
    ['ip', over(names.ip, limits.ip.perHourMax), counts.bucketsEndMs],
    ['client', over(names.client, limits.client.perHourMax), counts.bucketsEndMs],
    ['country', over(names.country, budget), counts.bucketsEndMs],
  ];
  const exceeded = checks.find(([, isOver]) => isOver);
  if (!exceeded) return { admitted: true, exceeded: null };
  const [limit, , retryAfterMs] = exceeded;
  return limits.recordOnly
    ? { admitted: true, exceeded: limit }
    : { admitted: false, exceeded: limit, retryAfterMs };
}
