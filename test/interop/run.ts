/**
 * `npm run test:interop`: our protocols against programs of other makers. As root on Debian it installs what
 * is missing; elsewhere it runs what it can and says what it skipped and how to get it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Each test file and the Debian packages of its peer, with a file that shows that the package is there. */
const PEERS = [
  { test: 'smpp-net-smpp.test.ts', package: 'libnet-smpp-perl', shownBy: '/usr/share/perl5/Net/SMPP.pm' },
  { test: 'smpp-kannel.test.ts', package: 'kannel', shownBy: '/usr/sbin/bearerbox' },
  { test: 'timestamp-openssl.test.ts', package: 'openssl', shownBy: '/usr/bin/openssl' },
] as const;

function apt(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync('/usr/bin/apt-get', ['-qq', ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}

const missing = PEERS.filter(({ shownBy }) => !existsSync(shownBy)).map((peer) => peer.package);
if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
  console.log(`installing ${missing.join(', ')}`);
  if (!apt('update') || !apt('install', '-y', '--no-install-recommends', ...missing)) {
    console.error(`apt-get could not install ${missing.join(', ')}; without a network that is no fault`);
  }
}

const ready = PEERS.filter(({ shownBy }) => existsSync(shownBy));
for (const { test, package: name } of PEERS.filter((peer) => !ready.includes(peer))) {
  console.log(`skipped ${test}: it needs the Debian package ${name} (apt-get install ${name})`);
}
if (ready.length > 0) {
  const files = ready.map(({ test }) => fileURLToPath(new URL(test, import.meta.url)));
  const setup = fileURLToPath(new URL('../global-setup.ts', import.meta.url));
  const args = [
    '--test',
    `--test-global-setup=${setup}`,
    '--test-concurrency=1',
    '--test-timeout=120000',
    ...files,
  ];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}
