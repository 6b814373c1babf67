import { isIPv6 } from 'node:net';
import type { Context } from 'hono';
import ipaddr from 'ipaddr.js';

/** How many reverse proxies in front of the server are ours, each of which appends to X-Forwarded-For. */
export type TrustedHops = number;

/**
 * The address of the caller: the entry that our outermost trusted proxy appended, never one that the caller
 * wrote itself (S12). Without proxies the peer of the connection.
 */
export function clientIp(c: Context, trustedHops: TrustedHops): string {
  const peer = peerAddress(c);
  if (trustedHops === 0) return peer;
  const hops = (c.req.header('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim());
  const claimed = hops[hops.length - trustedHops] ?? '';
  return ipaddr.isValid(claimed) ? ipaddr.process(claimed).toString() : peer;
}

/** What limits count by: an IPv4 address, or the /64 that one IPv6 subscriber commands whole. */
export function ipBucket(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const parsed = ipaddr.parse(ip);
  const parts = parsed.kind() === 'ipv6' ? parsed.toNormalizedString().split(':').slice(0, 4) : [ip];
  return `${parts.join(':')}::/64`;
}

function peerAddress(c: Context): string {
  const env: unknown = c.env;
  if (typeof env !== 'object' || env === null || !('incoming' in env)) return '127.0.0.1';
  const incoming = env.incoming as { socket?: { remoteAddress?: string } };
  const address = incoming.socket?.remoteAddress ?? '127.0.0.1';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
