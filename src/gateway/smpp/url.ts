/**
 * An operator's account as one line of configuration:
 *
 *   smpp://systemid:password@host:2775?binds=2&window=50&sourceAddr=Countersign
 *   smpps://...                        the same over TLS, port 3550 when none is given
 *
 *   option      default      meaning
 *   binds       1            TCP connections, each bound as a transceiver
 *   window      50           submit_sm without an answer, for each bind
 *   rate        no limit     submit_sm a second over all binds, when the contract names one
 *   sourceAddr  none         sender: +E.164, a short code, or up to 11 letters and digits
 *   ton, npi    by sender    type of number and numbering plan of the sender
 *   systemType  empty        system_type of the bind
 *   name        none         put before message ids, so that those of two operators never meet
 */
import { ok, refuse, type Refused, type Result } from '../../std/result.ts';
import { Secret } from '../../std/secret.ts';

type SmppAddress = { readonly ton: number; readonly npi: number; readonly addr: string };

export type SmppUrl = {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly systemId: string;
  readonly password: Secret<string>;
  readonly systemType: string;
  readonly binds: number;
  readonly window: number;
  readonly ratePerSecond: number | null;
  readonly source: SmppAddress;
  readonly name: string;
};

type Malformed = Refused<'malformed_smpp_url'>;

const OPTIONS = ['binds', 'window', 'rate', 'sourceAddr', 'ton', 'npi', 'systemType', 'name'] as const;
const EXAMPLE = 'smpp://systemid:password@host:2775';
const PORT = 2775;
const PORT_TLS = 3550;
const BINDS_MAX = 32;
const WINDOW_MAX = 10_000;
const RATE_MAX = 100_000;
const VISIBLE_ASCII = /^[\x21-\x7e]*$/;

/** The detail of a refusal never repeats the URL, for it holds the password (S8). */
export function parseSmppUrl(text: string): Result<SmppUrl, 'malformed_smpp_url'> {
  const url = URL.parse(text.trim());
  if (url === null || (url.protocol !== 'smpp:' && url.protocol !== 'smpps:')) {
    return malformed(`An SMPP URL looks like ${EXAMPLE}, or smpps:// for TLS.`);
  }
  if (url.hostname === '') return malformed(`The SMPP URL names no host; it looks like ${EXAMPLE}.`);
  if ((url.pathname !== '' && url.pathname !== '/') || url.hash !== '') {
    return malformed(
      'The SMPP URL has a path or a fragment; options follow a question mark. Write # as %23.',
    );
  }
  const systemId = decoded(url.username);
  const password = decoded(url.password);
  if (systemId === null || systemId === '' || systemId.length > 15) {
    return malformed('The SMPP URL needs a system id of 1 to 15 visible ASCII characters before the host.');
  }
  if (password === null || password.length > 8) {
    return malformed('The password in the SMPP URL is longer than 8 characters or not visible ASCII.');
  }
  const tls = url.protocol === 'smpps:';
  const options = parseOptions(url.searchParams);
  if ('ok' in options) return options;
  return ok({
    tls,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (tls ? PORT_TLS : PORT) : Number(url.port),
    systemId,
    password: new Secret(password),
    ...options,
  });
}

type Options = Pick<SmppUrl, 'systemType' | 'binds' | 'window' | 'ratePerSecond' | 'source' | 'name'>;

function parseOptions(query: URLSearchParams): Options | Malformed {
  for (const name of query.keys()) {
    if (!(OPTIONS as readonly string[]).includes(name)) {
      return malformed(`The SMPP URL has an unknown option "${name}"; known are ${OPTIONS.join(', ')}.`);
    }
  }
  const binds = integer(query, 'binds', 1, BINDS_MAX);
  const window = integer(query, 'window', 1, WINDOW_MAX);
  const rate = integer(query, 'rate', 1, RATE_MAX);
  const ton = integer(query, 'ton', 0, 7);
  const npi = integer(query, 'npi', 0, 18);
  for (const read of [binds, window, rate, ton, npi])
    if (typeof read === 'object' && read !== null) return read;
  const systemType = query.get('systemType') ?? '';
  if (systemType.length > 12 || !VISIBLE_ASCII.test(systemType)) {
    return malformed('The option systemType of the SMPP URL has at most 12 visible ASCII characters.');
  }
  const name = query.get('name') ?? '';
  if (!/^[a-z0-9-]{0,20}$/.test(name)) {
    return malformed('The option name of the SMPP URL has at most 20 small letters, digits and hyphens.');
  }
  const source = parseSource(query.get('sourceAddr') ?? '');
  if ('ok' in source) return source;
  return {
    systemType,
    binds: number(binds) ?? 1,
    window: number(window) ?? 50,
    ratePerSecond: number(rate),
    source: { addr: source.addr, ton: number(ton) ?? source.ton, npi: number(npi) ?? source.npi },
    name,
  };
}

/** TON and NPI by SMPP 3.4, 5.2.5 and 5.2.6: international and ISDN, network specific, alphanumeric. */
function parseSource(text: string): SmppAddress | Malformed {
  // In a query a plus sign means a space, so a number written with its plus arrives with a space.
  const addr = text.replace(/^ (?=\d)/, '+');
  if (addr === '') return { ton: 0, npi: 0, addr: '' };
  if (/^\+[1-9]\d{5,14}$/.test(addr)) return { ton: 1, npi: 1, addr: addr.slice(1) };
  if (/^\d{3,8}$/.test(addr)) return { ton: 3, npi: 0, addr };
  if (/^(?=.*[A-Za-z])[A-Za-z0-9 .&_-]{1,11}$/.test(addr)) return { ton: 5, npi: 0, addr };
  return malformed(
    'The option sourceAddr of the SMPP URL is a number with its plus (%2B41790000000), a short code of 3 to 8 ' +
      'digits, or up to 11 letters, digits, spaces and . & _ -',
  );
}

function integer(query: URLSearchParams, name: string, min: number, max: number): number | null | Malformed {
  const text = query.get(name);
  if (text === null) return null;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  return malformed(`The option ${name} of the SMPP URL is a whole number from ${min} to ${max}.`);
}

function number(read: number | null | Malformed): number | null {
  return typeof read === 'number' ? read : null;
}

function decoded(part: string): string | null {
  try {
    const text = decodeURIComponent(part);
    return VISIBLE_ASCII.test(text) ? text : null;
  } catch {
    return null;
  }
}

function malformed(detail: string): Malformed {
  return refuse('malformed_smpp_url', { detail });
}
