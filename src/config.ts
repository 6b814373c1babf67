import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isSupportedCountry, type CountryCode } from 'libphonenumber-js/max';
import { z } from 'zod';
import { parseSmppUrl, type SmppUrl } from './gateway/smpp/url.ts';
import { makeKeyRingText, parseKeyRing, type KeyRing } from './std/key-ring.ts';
import { systemRandom } from './std/random.ts';
import { refuse, ok, type Result } from './std/result.ts';
import { Secret } from './std/secret.ts';

/**
 * The environment, read once into one typed value. This table is also what `countersign --help` and
 * docs/operating.md show, so a variable that is not here does not exist.
 */
export const VARIABLES = {
  DATABASE_URL:
    'Postgres 16 or newer, postgres://user:password@host/database. Absent: an embedded server in the data folder.',
  SMPP_URL:
    'Mobile operators, comma-separated: smpp://id:password@host:2775?binds=2&window=50&sourceAddr=Acme, or smpps://.',
  COUNTERSIGN_DATA:
    'The folder of everything that must survive a restart. Default: ./data beside package.json.',
  COUNTERSIGN_MASTER_KEY:
    'k1:<base64 of 32 bytes>, newest first, comma-separated. Absent: made once in the data folder.',
  HOST: 'Address to listen on. Default: 127.0.0.1.',
  PORT: 'Port to listen on. Default: 8080.',
  PUBLIC_URL:
    'Where people reach this server, such as https://confirm.example. Default: http://localhost:PORT.',
  TRUSTED_HOPS: 'How many reverse proxies of yours stand in front and append to X-Forwarded-For. Default: 0.',
  NUMBER_DIRECTORY_URL:
    'A number directory that is asked for identifiers the database does not know (https).',
  NUMBER_DIRECTORY_TOKEN: 'Its bearer token.',
  TSA_URL: 'A time-stamping authority (RFC 3161, http or https) that stamps the log. Absent: no time-stamps.',
  TSA_CA: 'A file with its CA in PEM; then no other authority is believed.',
  TSA_INTERVAL_MS: 'The shortest time between two time-stamps. Default: 10000.',
  ALLOW_PRIVATE_ADDRESSES:
    'true: webhooks and the number directory may be at private and loopback addresses, also by plain http.',
  TERMINAL_PORT:
    'Port where payment terminals connect (ISO 8583 over TCP, at HOST; 0: any). Absent: none may.',
  TERMINAL_TLS: 'A file with certificate and private key in PEM; then terminals must speak TLS.',
  DEFAULT_COUNTRY: 'ISO 3166 code for telephone numbers written without their country, such as FR.',
  METRICS_TOKEN: 'Bearer token that /metrics asks for. Absent: /metrics answers to loopback only.',
  LOG_LEVEL: 'trace, debug, info, warn, error or silent. Default: info.',
} as const;

export type Config = {
  readonly dataFolder: string;
  readonly databaseUrl: Secret<string> | null;
  readonly smppUrls: readonly SmppUrl[];
  readonly keys: KeyRing;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
  readonly trustedHops: number;
  readonly numberDirectory: { readonly url: string; readonly token: Secret<string> } | null;
  readonly timeStamps: TimeStampConfig | null;
  readonly allowPrivateAddresses: boolean;
  /** Null where no terminals connect. */
  readonly terminals: TerminalConfig | null;
  readonly defaultCountry: CountryCode | undefined;
  readonly metricsToken: Secret<string> | null;
  readonly logLevel: string;
};

export type TimeStampConfig = {
  readonly url: string;
  /** CAs in PEM. */
  readonly caPem: string | null;
  readonly intervalMs: number;
  /** Whether it may be in one's own network: who writes it as a number says so. */
  readonly allowPrivate: boolean;
};

export type TerminalConfig = {
  /** 0 lets the system choose. */
  readonly port: number;
  /** In PEM; null: plain TCP. */
  readonly tls: { readonly cert: string; readonly key: Secret<string> } | null;
};

export type Environment = Readonly<Record<string, string | undefined>>;

const PACKAGE_FOLDER = fileURLToPath(new URL('..', import.meta.url));
const ROOT_DATA_FOLDER = '/var/lib/countersign';

const optional = z.string().trim().min(1).optional();
/** What a header can carry: no program could send any other. */
const token = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,500}$/, 'must be visible ASCII without spaces')
  .optional();
const Schema = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must begin with postgres://' })
    .refine(
      (text) => URL.parse(text)?.hostname !== '',
      'must name a host: postgres://user:password@host/database',
    )
    .optional(),
  SMPP_URL: optional,
  COUNTERSIGN_DATA: optional,
  COUNTERSIGN_MASTER_KEY: optional,
  HOST: z.string().trim().min(1).default('127.0.0.1'),
  PORT: z.coerce.number({ error: 'must be a number from 0 to 65535' }).int().min(0).max(65535).default(8080),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  TRUSTED_HOPS: z.coerce.number({ error: 'must be a number from 0 to 10' }).int().min(0).max(10).default(0),
  NUMBER_DIRECTORY_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  NUMBER_DIRECTORY_TOKEN: token,
  TSA_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  TSA_CA: optional,
  TSA_INTERVAL_MS: z.coerce
    .number({ error: 'must be a number from 50 to 86400000' })
    .int()
    .min(50)
    .max(86_400_000)
    .default(10_000),
  ALLOW_PRIVATE_ADDRESSES: z.enum(['true', 'false'], { error: 'must be true or false' }).default('false'),
  TERMINAL_PORT: z.coerce
    .number({ error: 'must be a number from 0 to 65535' })
    .int()
    .min(0)
    .max(65535)
    .optional(),
  TERMINAL_TLS: optional,
  DEFAULT_COUNTRY: z
    .custom<CountryCode>(
      (text) => typeof text === 'string' && isSupportedCountry(text),
      'must be an ISO 3166 code such as FR',
    )
    .optional(),
  METRICS_TOKEN: token,
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
      error: 'must be trace, debug, info, warn, error or silent',
    })
    .default('info'),
});

/** Reads and checks the environment; the refusal names the variable and says what it must be. */
export function readConfig(environment: Environment = process.env): Result<Config, 'bad_config'> {
  const present = Object.fromEntries(
    Object.keys(VARIABLES).flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
  );
  const parsed = Schema.safeParse(present);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return bad(
      `${String(issue?.path[0])} ${issue?.message ?? 'is malformed'}. It is now "${shown(present, issue?.path[0])}".`,
    );
  }
  const values = parsed.data;
  const smppUrls: SmppUrl[] = [];
  for (const [i, text] of (values.SMPP_URL?.split(',') ?? []).entries()) {
    const url = parseSmppUrl(text.trim());
    if (!url.ok) return bad(`SMPP_URL, number ${i + 1}: ${url.detail ?? 'is malformed'}`);
    smppUrls.push(url.value);
  }
  if (values.NUMBER_DIRECTORY_URL && !values.NUMBER_DIRECTORY_TOKEN) {
    return bad('NUMBER_DIRECTORY_TOKEN is missing: the number directory is asked with a bearer token.');
  }
  if (values.NUMBER_DIRECTORY_TOKEN && !values.NUMBER_DIRECTORY_URL) {
    return bad('NUMBER_DIRECTORY_URL is missing: NUMBER_DIRECTORY_TOKEN is for it alone.');
  }
  if (values.PUBLIC_URL && !/^https?:\/\/[^/?#]+\/?$/.test(values.PUBLIC_URL)) {
    return bad('PUBLIC_URL must be only scheme, host and port, such as https://confirm.example.');
  }
  const timeStamps = readTimeStamps(values);
  if (!timeStamps.ok) return timeStamps;
  const terminals = readTerminals(values);
  if (!terminals.ok) return terminals;
  const dataFolder = resolve(values.COUNTERSIGN_DATA ?? defaultDataFolder());
  const keys = readKeys(values.COUNTERSIGN_MASTER_KEY, dataFolder);
  if (!keys.ok) return keys;
  return ok({
    dataFolder,
    databaseUrl: values.DATABASE_URL === undefined ? null : new Secret(values.DATABASE_URL),
    smppUrls,
    keys: keys.value,
    host: values.HOST,
    port: values.PORT,
    publicUrl: (values.PUBLIC_URL ?? `http://localhost:${values.PORT}`).replace(/\/+$/, ''),
    trustedHops: values.TRUSTED_HOPS,
    numberDirectory: values.NUMBER_DIRECTORY_URL
      ? { url: values.NUMBER_DIRECTORY_URL, token: new Secret(values.NUMBER_DIRECTORY_TOKEN ?? '') }
      : null,
    timeStamps: timeStamps.value,
    allowPrivateAddresses: values.ALLOW_PRIVATE_ADDRESSES === 'true',
    terminals: terminals.value,
    defaultCountry: values.DEFAULT_COUNTRY,
    metricsToken: values.METRICS_TOKEN === undefined ? null : new Secret(values.METRICS_TOKEN),
    logLevel: values.LOG_LEVEL,
  });
}

function readTimeStamps(values: z.infer<typeof Schema>): Result<TimeStampConfig | null, 'bad_config'> {
  const { TSA_URL: url, TSA_CA: path, TSA_INTERVAL_MS: intervalMs } = values;
  if (url === undefined) {
    return path === undefined ? ok(null) : bad('TSA_URL is missing: TSA_CA is for it alone.');
  }
  const host = URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  const allowPrivate = values.ALLOW_PRIVATE_ADDRESSES === 'true' || isIP(host) !== 0;
  if (path === undefined) return ok({ url, caPem: null, intervalMs, allowPrivate });
  try {
    const caPem = readFileSync(path, 'utf8');
    if (!caPem.includes('-----BEGIN CERTIFICATE-----'))
      return bad(`TSA_CA: ${path} holds no certificate in PEM.`);
    return ok({ url, caPem, intervalMs, allowPrivate });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return bad(`TSA_CA: ${path} cannot be read (${code}).`);
  }
}

function readTerminals(values: z.infer<typeof Schema>): Result<TerminalConfig | null, 'bad_config'> {
  const { TERMINAL_PORT: port, TERMINAL_TLS: path } = values;
  if (port === undefined) {
    return path === undefined ? ok(null) : bad('TERMINAL_PORT is missing: TERMINAL_TLS is for it alone.');
  }
  if (path === undefined) return ok({ port, tls: null });
  try {
    const pem = readFileSync(path, 'utf8');
    if (!pem.includes('-----BEGIN CERTIFICATE-----') || !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
      return bad(`TERMINAL_TLS: ${path} must hold a certificate and its private key in PEM.`);
    return ok({ port, tls: { cert: pem, key: new Secret(pem) } });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return bad(`TERMINAL_TLS: ${path} cannot be read (${code}).`);
  }
}

/** As `readConfig`, with settings that stand in front of those of the environment. */
export function readConfigWith(settings: Environment): Result<Config, 'bad_config'> {
  return readConfig({ ...process.env, ...settings });
}

/**
 * Beside package.json; for root in a folder that only root may enter, where Postgres can live
 * (store/engine.ts).
 */
function defaultDataFolder(): string {
  return PACKAGE_FOLDER.startsWith('/root/') ? ROOT_DATA_FOLDER : join(PACKAGE_FOLDER, 'data');
}

/**
 * The master key never enters the database; without one in the environment it lives in a file that only we
 * may read.
 */
function readKeys(text: string | undefined, dataFolder: string): Result<KeyRing, 'bad_config'> {
  const path = join(dataFolder, 'master.key');
  const source = text === undefined ? path : 'COUNTERSIGN_MASTER_KEY';
  if (text === undefined) {
    try {
      if (!existsSync(path)) {
        if (existsSync(join(dataFolder, 'postgres'))) {
          return bad(
            `The master key is gone: ${path} is missing beside a database that was written with it. ` +
              'Put it back, or set COUNTERSIGN_MASTER_KEY.',
          );
        }
        // Where the parent is there, only one folder is made: in /proc a recursive making never ends.
        if (!existsSync(dataFolder)) {
          mkdirSync(dataFolder, { recursive: !existsSync(dirname(dataFolder)), mode: 0o755 });
        }
        writeFileSync(path, `${makeKeyRingText(systemRandom)}\n`, { mode: 0o600, flag: 'wx' });
      }
      text = readFileSync(path, 'utf8');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      return bad(
        `The data folder ${dataFolder} or its master.key cannot be used (${code}). ` +
          'Give this user rights to it, or set COUNTERSIGN_DATA to another folder.',
      );
    }
  }
  const keys = parseKeyRing(text);
  return keys.ok ? keys : bad(`${source}: ${keys.detail ?? 'is malformed'}`);
}

function bad(detail: string) {
  return refuse('bad_config', { detail });
}

/** What was given, except where it could hold a password. */
function shown(present: Record<string, unknown>, name: unknown): string {
  const value = present[String(name)];
  return typeof value === 'string' && !/^(?!PUBLIC_).*(URL|KEY|TOKEN)/.test(String(name)) ? value : '…';
}
