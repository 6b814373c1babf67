/** The upper half of the certificate: what it is, what was sent, and the two sides. */
import type { CertificateInput, CertificateParty } from './certificate.ts';
import { COLOURS, drawBand, drawMark, drawRosette, drawSeal } from './certificate-ornament.ts';
import { COLUMN, LABEL, MONO, SECOND, SMALL, tag, TEXT, timeInWords, type Page } from './certificate-page.ts';
import { isInSerif, PAGE, printable, type Face, type Sheet, type Style } from './certificate-sheet.ts';

const { left, right, text: width } = PAGE;

/** Each part is given where it begins, and says where it ends. */
export function drawHead(page: Page): number {
  const { sheet, input, texts } = page;
  const { pdf } = sheet;
  sheet.artifact(() => {
    drawRosette(pdf, right - 33, 98, 152);
    drawMark(pdf, left - 1, 37, 19);
    sheet.put('Countersign', left + 23, 50.5, { face: 'bold', size: 10 });
    drawBand(pdf, left, 148, width, 7);
    drawSeal(pdf, right - 33, 98, 66, isDone(input) ? 'good' : 'open');
  });
  tag(page, 'P', () => void sheet.putRight(texts.copy[input.kind], right, 50.5, LABEL));
  drawTitle(page);
  tag(page, 'P', () => {
    const style: Style = { face: 'sans', size: 9.6, colour: isDone(input) ? COLOURS.accent : COLOURS.soft };
    sheet.put(sheet.fit(statusOf(page), style, width - 90), left, 125, style);
  });
  return 174;
}

/** As large as one line allows, else two lines. */
function drawTitle(page: Page): void {
  const { sheet, input, texts } = page;
  const title = printable(
    input.title ?? texts.title[input.kind === 'declaration' ? 'declaration' : 'message'],
  );
  const face: Face = isInSerif(title) ? 'serif' : 'bold';
  const room = width - 84;
  const size = [24, 22, 20, 18].find((each) => sheet.measure(title, { face, size: each }) <= room) ?? 16;
  const lines = sheet.wrap(title, { face, size }, room, 2);
  const top = lines.length === 1 ? 100 : 86;
  tag(page, 'H1', () => {
    for (const [i, line] of lines.entries()) sheet.put(line, left, top + i * (size + 4), { face, size });
  });
}

function isDone({ kind, handedOverAtMs }: CertificateInput): boolean {
  return kind === 'declaration' || handedOverAtMs !== null;
}

function statusOf({ input, texts }: Page): string {
  const { kind, language, handedOverAtMs, submittedAtMs } = input;
  if (kind === 'declaration') return texts.status.received(timeInWords(submittedAtMs, language));
  if (handedOverAtMs === null) return texts.status.notHandedOver;
  return texts.status.handedOver(timeInWords(handedOverAtMs, language));
}

export function drawSubject(page: Page, top: number): number {
  const { sheet, input, texts } = page;
  const shown = input.subject === '' ? texts.sealed : printable(input.subject);
  const [style, lines] = whole(sheet, shown, [13.5, 12, 10.5], width);
  const pitch = style.size * 1.26;
  tag(page, 'P', () => {
    sheet.put(texts.subject, left, top, LABEL);
    sheet.putRight(input.messageId, right, top, { ...MONO, colour: COLOURS.soft });
  });
  tag(page, 'H2', () => {
    for (const [i, line] of lines.entries()) sheet.put(line, left, top + 18 + i * pitch, style);
  });
  return top + 18 + lines.length * pitch + 4;
}

/** In the largest size in which two lines hold all of it; else three lines of the smallest. */
function whole(
  sheet: Sheet,
  text: string,
  sizes: readonly number[],
  room: number,
): readonly [Style, string[]] {
  const styles = sizes.map((size): Style => ({ face: 'bold', size }));
  const style = styles.find((each) => sheet.wrap(text, each, room, 3).length <= 2) ?? styles.at(-1) ?? TEXT;
  return [style, sheet.wrap(text, style, room, 3)];
}

type Moment = { readonly label: string; readonly atMs: number | null };

export function drawParties(page: Page, top: number): number {
  const { sheet, input, texts } = page;
  const { sender, addressee, submittedAtMs, handedOverAtMs } = input;
  sheet.rule(top, left, COLUMN, 0.8);
  sheet.rule(top, SECOND, COLUMN, 0.8);
  if (input.kind === 'declaration') {
    const received = { label: texts.received, atMs: submittedAtMs };
    return Math.max(
      drawParty(page, { x: left, top, label: texts.declarant, party: sender, moment: received }),
      drawParty(page, { x: SECOND, top, label: texts.office, party: addressee, moment: null }),
    );
  }
  const sent = { label: texts.sent, atMs: submittedAtMs };
  const handed = { label: texts.handedOver, atMs: handedOverAtMs };
  return Math.max(
    drawParty(page, { x: left, top, label: texts.from, party: sender, moment: sent }),
    drawParty(page, { x: SECOND, top, label: texts.to, party: addressee, moment: handed }),
  );
}

type PartyPlace = {
  readonly x: number;
  readonly top: number;
  readonly label: string;
  readonly party: CertificateParty;
  /** What this party did; null for an administration, which does nothing. */
  readonly moment: Moment | null;
};

function drawParty(page: Page, { x, top, label, party, moment }: PartyPlace): number {
  const { sheet, input, texts } = page;
  const shown = printable(party.name ?? party.number ?? '');
  const [style, name] = whole(sheet, shown, [11, 9.5, 8], COLUMN);
  let y = top + 14;
  tag(page, 'P', () => void sheet.put(label, x, y, LABEL));
  tag(page, 'P', () => {
    for (const line of name) sheet.put(line, x, (y += style.size + 4), style);
    if (party.name !== null && party.number !== null && party.name !== party.number) {
      sheet.put(sheet.fit(printable(party.number), MONO, COLUMN), x, (y += 13), MONO);
    }
  });
  if (!moment) return y + 10;
  const { how } = party;
  const proved = how
    ? texts.proved(texts.channels[how.channel] ?? how.channel, timeInWords(how.atMs, input.language))
    : [texts.notProved];
  tag(page, 'P', () => {
    y += 2;
    for (const line of proved) sheet.put(sheet.fit(printable(line), SMALL, COLUMN), x, (y += 11), SMALL);
  });
  tag(page, 'P', () => {
    const at = moment.atMs === null ? texts.notYet : timeInWords(moment.atMs, input.language);
    sheet.put(moment.label, x, (y += 18), LABEL);
    sheet.put(at, x, (y += 12.5), { ...TEXT, face: 'bold' });
  });
  return y + 22;
}
