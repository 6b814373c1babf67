import type { VerifyTexts } from './texts.ts';

/** The public verification page in English. */
export const EN: VerifyTexts = {
  skip: 'Go to the verification',
  languages: 'Language',
  title: 'Verify a receipt or a certificate',
  lead: 'See what a receipt proves: who signed it, whether the log holds it, and what it says.',
  form: 'Choose what to verify',
  again: 'Verify another',
  file: 'Receipt or certificate',
  fileHint: 'receipt.json, or a certificate as PDF; at most 5 MB. Choose it, or drop it on the field.',
  or: 'or',
  paste: 'Paste the text of a receipt',
  pasteHint: 'All of receipt.json, from the first brace to the last.',
  button: 'Verify',
  stored: 'Nothing is stored: it is checked and forgotten.',
  offlineTitle: 'Verify without this server',
  offlineText:
    'The command checks the same with no network. Give it this log’s key, from a source you trust.',
  ownKey: (origin) => `Key of the log ${origin}`,
  verdict: {
    own: [
      'This receipt holds',
      (origin) => `The log of this server, ${origin}, signed all of it, and nothing in it was altered.`,
    ],
    other: [
      'It holds by its own keys',
      (origin, own) =>
        `It is from the log ${origin}, not from this server’s log ${own}. Nothing in it contradicts itself, but ` +
        'anybody can make a log: compare its key below with the one that its operator publishes.',
    ],
    fails: ['This receipt does not hold', 'Do not rely on it. What failed is marked below.'],
    impostor: [
      'This receipt does not hold',
      (origin) => `It names this server’s log, ${origin}, but no key of this log signed it. It is forged.`,
    ],
    unreadable: ['This is no receipt', 'It could not be read, so nothing was checked.'],
    nothing: ['Nothing to verify', 'Choose a file, or paste the text of a receipt.'],
    tooLarge: ['The file is too large', 'A receipt or a certificate has at most 5 MB.'],
  },
  ofPdf:
    'This is about the receipt attached in the PDF. What is printed on its page was not compared with it: ' +
    'trust what stands here.',
  checks: 'What was checked',
  marks: { holds: 'Holds', fails: 'Fails', note: 'Note' },
  issuer: {
    holds: 'The issuer signed this receipt, and nothing in it was altered since.',
    fails: 'The issuer’s signature does not fit: the receipt was altered, or was never issued.',
  },
  checkpoint: {
    holds: 'The log signed the state that the receipt refers to.',
    fails: 'The log’s own signature does not hold.',
  },
  inclusion: {
    holds: 'Every event shown stands in the log, at the place shown.',
    fails: 'An event shown does not stand in the log as it is shown.',
  },
  contents: {
    holds: 'The contents shown are those that the log committed to at that time.',
    fails: 'A content shown is not the one that the log committed to.',
    note: 'The log committed to contents that this receipt does not show.',
  },
  keys: {
    own: 'The keys are those of this server’s log.',
    other: 'The keys come from the receipt itself; this server does not know them.',
    fails: 'The keys in the receipt are not right.',
  },
  timestamp: {
    none: 'No time-stamp was asked for: the times are the log’s own word.',
    pending: 'A time-stamp was asked for and has not come yet: the times are the log’s own word.',
    fails: 'The time-stamp does not hold.',
    stamped: (authority, at) => `All of it existed on ${at}: stamped by ${authority}.`,
    certified: 'The authority is one that this server trusts.',
    uncertified: 'Whether that authority can be trusted was not checked here.',
  },
  says: (subject) => `What the log says about ${subject}`,
  entry: (index) => `entry ${index}`,
  fields: {
    act: 'Act',
    address: 'Address',
    subscriber: 'Subscriber',
    sessionNumber: 'Session number',
    text: 'Text sent',
    subject: 'Subject',
    sender: 'Sender',
    addressee: 'Addressee',
    senderRecord: 'Sender, in full',
    addresseeRecord: 'Addressee, in full',
    content: 'Digest of the content',
    nonce: 'Random value',
    files: 'Files',
  },
  facts: 'Public facts',
  none: 'none',
  more: (count) => `and ${count} more`,
  words: 'Line by line, as the command says it',
};
