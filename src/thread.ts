/**
 * The second thread of a server (threads.ts): opens its roles and answers over the port. The first
 * message says which; the settings are read here as everywhere, for secrets do not travel between threads.
 */
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { readConfigWith } from './config.ts';
import { serveFarGateway, tellSettled } from './gateway/far-gateway.ts';
import { createSmppChannel } from './gateway/smpp/channel.ts';
import { openServer } from './main.ts';
import { must } from './std/assert.ts';
import { settleDown } from './std/compiled.ts';
import { createLog } from './std/log.ts';
import { createMetrics } from './std/metrics.ts';
import { Secret } from './std/secret.ts';
import type { ThreadData } from './threads.ts';

const port = must(parentPort, 'this file is the entry of a thread');
const [{ settings, roles, socket }] = (await once(port, 'message')) as [ThreadData];
const config = readConfigWith(settings);
if (!config.ok) throw new Error(config.detail);
const log = createLog({ level: config.value.logLevel });
const metrics = createMetrics({ ofProcess: false });
const server = await openServer({
  config: config.value,
  database: socket
    ? { ...socket, password: new Secret(socket.password) }
    : must(config.value.databaseUrl, 'a server without a socket has a URL'),
  roles,
  log,
  channels: roles.includes('gateway') ? [createSmppChannel({ urls: config.value.smppUrls, log })] : [],
  metrics,
  onSettled: tellSettled(port),
});
serveFarGateway(port, {
  gateway: server.gateway,
  metrics: metrics.values,
  stop: async () => server[Symbol.asyncDispose](),
});
settleDown();
