/**
 * A receiver of webhooks in one file: believes what is signed and fresh, does each event once, answers fast.
 *
 *   WEBHOOK_SECRET=whsec_… npx node examples/receive-webhook.ts
 *
 * The secret is in the answer to POST /v1/webhook-endpoints. PORT is 3000 unless set otherwise.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { CountersignWebhookInvalid, verifyWebhook, type WebhookEvent } from '../src/sdk/webhooks.ts';

const BODY_MAX_BYTES = 256 * 1024;

/** A real receiver keeps these in its database, in the transaction of what it does for the event. */
const done = new Set<string>();

function handle(event: WebhookEvent): void {
  if (done.has(event.id)) return;
  done.add(event.id);
  console.log(`${event.timestamp} ${event.type} ${JSON.stringify(event.data)}`);
}

/** The bytes as they came: the signature is over these, not over JSON that was read and written again. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > BODY_MAX_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function receive(request: IncomingMessage, response: ServerResponse, secret: string): Promise<void> {
  const body = await readBody(request);
  if (body === null) {
    response.writeHead(413).end();
    return;
  }
  try {
    handle(await verifyWebhook({ body, headers: request.headers, secret }));
    // Any 2xx within 15 seconds: what takes longer is done afterwards.
    response.writeHead(204).end();
  } catch (error) {
    if (!(error instanceof CountersignWebhookInvalid)) throw error;
    console.log(`refused: ${error.message}`);
    response.writeHead(400).end();
  }
}

const { WEBHOOK_SECRET, PORT = '3000' } = process.env;
if (WEBHOOK_SECRET === undefined) {
  console.error('Set WEBHOOK_SECRET to the secret that POST /v1/webhook-endpoints answered.');
  process.exitCode = 1;
} else {
  const secret = WEBHOOK_SECRET;
  const server = createServer((request, response) => {
    receive(request, response, secret).catch((error: unknown) => {
      // It is sent again: a receiver that fails answers so.
      console.error(error);
      response.writeHead(500).end();
    });
  });
  server.listen(Number(PORT), '127.0.0.1', () => console.log(`Listening on http://127.0.0.1:${PORT}/`));
}
