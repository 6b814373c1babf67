/**
 * A client in one file: asks a person to confirm a transfer, takes the code back, keeps the receipt.
 *
 *   npm start                                   in one terminal
 *   COUNTERSIGN_API_KEY=csk_… npx node examples/confirm-transfer.ts   in another, with the key that it printed
 *
 * Set COUNTERSIGN_URL for a server elsewhere, and SUBSCRIBER for somebody else than alice of the
 * demonstration.
 */
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { createCountersign, type Countersign } from '../src/sdk/countersign.ts';
import { CountersignProblem } from '../src/sdk/problem.ts';
import type { Act, OpenedConfirmation } from '../src/sdk/types.ts';

const ACT: Act = {
  purpose: 'transfer',
  amount: { value: '312.40', currency: 'EUR' },
  payee: { name: 'Acme' },
};

/** True when the right code came back; false when it ended otherwise, or nobody types any more. */
async function askForCode({ confirmations }: Countersign, opened: OpenedConfirmation): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin });
  const session = opened.session.secret;
  const prompt = () => process.stdout.write('Code: ');
  prompt();
  try {
    for await (const code of terminal) {
      try {
        await confirmations.verify(opened.id, { code, session });
        return true;
      } catch (error) {
        if (!(error instanceof CountersignProblem)) throw error;
        console.log(error.message);
        if (error.refusal === 'ended') return false;
      }
      prompt();
    }
    return false;
  } finally {
    terminal.close();
  }
}

async function main(baseUrl: string, apiKey: string, subscriber: string): Promise<void> {
  const countersign = createCountersign({ baseUrl, apiKey });
  const opened = await countersign.confirmations.open({
    subscriber: { identifier: { value: subscriber } },
    act: ACT,
  });
  // A normal act is confirmed at once: then there is no code, and the reason says why.
  const exempt = opened.state === 'confirmed';
  console.log(`${opened.id} is ${opened.state}${exempt ? ` (${opened.reason ?? ''})` : ''}.`);
  if (!exempt) {
    console.log(`A code of ${opened.digits} digits went to ${opened.sentTo ?? ''}, with the act in clear.`);
    console.log(
      `The phone of the demonstration is at ${baseUrl}/handset. Compare the act, then type the code.`,
    );
  }
  const confirmed = exempt || (await askForCode(countersign, opened));
  if (!confirmed) {
    // What was not confirmed is ended, so that its code is worthless from now on.
    await countersign.confirmations.cancel(opened.id).catch(() => undefined);
    console.log('Not confirmed: no money moves.');
    process.exitCode = 1;
    return;
  }
  console.log('Confirmed. Now, and not before, the transfer would be made.');
  const receipt = await countersign.confirmations.receipt(opened.id);
  await writeFile('receipt.json', `${JSON.stringify(receipt, null, 2)}\n`);
  console.log('The receipt is in receipt.json. Check it without us: npx countersign verify receipt.json');
}

const { COUNTERSIGN_URL, COUNTERSIGN_API_KEY, SUBSCRIBER } = process.env;
if (COUNTERSIGN_API_KEY === undefined) {
  console.error('Set COUNTERSIGN_API_KEY to the key that "npm start" prints.');
  process.exitCode = 1;
} else {
  await main(COUNTERSIGN_URL ?? 'http://localhost:8080', COUNTERSIGN_API_KEY, SUBSCRIBER ?? 'alice');
}
