/**
 * The whole server as a process that can be killed: it starts the embedded engine of a folder, or adopts the
 * one that its predecessor left running, and listens. Its one argument is JSON: { folder, port, smpp }.
 */
import { createSmppChannel } from '../../src/gateway/smpp/channel.ts';
import { parseSmppUrl } from '../../src/gateway/smpp/url.ts';
import { openServer, ROLES } from '../../src/main.ts';
import { createLog } from '../../src/std/log.ts';
import { openEmbedded } from '../../src/store/embedded.ts';
import { worldConfig } from '../world.ts';

export type ServerArguments = { readonly folder: string; readonly port: number; readonly smpp: string };

const { folder, port, smpp } = JSON.parse(process.argv[2] ?? '{}') as ServerArguments;
const log = createLog({ level: 'warn' });
const url = parseSmppUrl(smpp);
if (!url.ok) throw new Error(url.detail);
const engine = await openEmbedded({ folder });
await openServer({
  config: worldConfig({ PORT: String(port) }),
  database: engine.address,
  roles: ROLES,
  log,
  channels: [createSmppChannel({ urls: [url.value], log })],
});
process.stdout.write('ready\n');
