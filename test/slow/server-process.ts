/**
 * The whole server as a process that can be killed: it starts the embedded engine of a folder, or adopts the
 * one that its predecessor left running, and listens. Its one argument is JSON: `ServerArguments`.
 */
import { ROLES } from '../../src/roles.ts';
import { createLog } from '../../src/std/log.ts';
import { openEmbedded } from '../../src/store/embedded.ts';
import { startThreads } from '../../src/threads.ts';
import { worldConfig, worldSettings } from '../world.ts';

export type ServerArguments = {
  readonly folder: string;
  readonly port: number;
  readonly smpp: string;
  /** Settings beside those of `worldConfig`. */
  readonly more?: Readonly<Record<string, string>>;
};

const { folder, port, smpp, more } = JSON.parse(process.argv[2] ?? '{}') as ServerArguments;
const log = createLog({ level: 'warn' });
const settings = worldSettings({ PORT: String(port), SMPP_URL: smpp, LOG_LEVEL: 'warn', ...more });
const engine = await openEmbedded({ folder });
await startThreads(ROLES).open({
  config: worldConfig(settings),
  settings,
  database: engine.address,
  log,
});
process.stdout.write('ready\n');
