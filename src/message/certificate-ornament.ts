/**
 * The ornaments of the certificate, drawn as lines: a rosette and a woven band as on bank notes, the mark,
 * and the seal. They are the certificate's looks and prove nothing; screen readers are told to pass them
 * by.
 */
type Pdf = PDFKit.PDFDocument;

export const COLOURS = {
  ink: '#16211c',
  soft: '#52605a',
  line: '#d5d2c4',
  accent: '#0b5f4c',
  faint: '#d9e8e1',
  sunk: '#f6f4ee',
  amber: '#c2701c',
  white: '#ffffff',
} as const;

export type SealKind = 'good' | 'open';

/** The rosette of the pages, around (x, y). */
export function drawRosette(pdf: Pdf, x: number, y: number, radius: number): void {
  pdf.save().lineWidth(0.3).strokeColor(COLOURS.faint);
  rotated(pdf, x, y, 30, (petals) => petals.ellipse(0, 0, radius, radius * 0.577));
  rotated(pdf, x, y, 24, (petals) => petals.ellipse(0, 0, radius * 0.546, radius * 0.299));
  rotated(pdf, x, y, 18, (petals) => petals.ellipse(0, 0, radius * 0.278, radius * 0.103));
  pdf.restore();
}

/** Sine waves of one length and many phases, woven into a band as wide as the page's text. */
export function drawBand(pdf: Pdf, x: number, y: number, width: number, height: number): void {
  const waves = Math.round(width / 24);
  const half = width / waves / 2;
  pdf.save().lineWidth(0.35);
  for (const [share, colour] of [
    [1, COLOURS.accent],
    [0.62, COLOURS.amber],
    [0.3, COLOURS.accent],
  ] as const) {
    for (const sign of [1, -1]) {
      const rise = (sign * height * share) / 2;
      pdf.moveTo(x, y);
      for (let i = 0; i < waves * 2; i++) {
        const from = x + i * half;
        // Two control points at 0.3642 of a half wave follow a sine to a hundredth of its height.
        const peak = (i % 2 === 0 ? rise : -rise) * 1.35;
        pdf.bezierCurveTo(from + half * 0.3642, y - peak, from + half * 0.6358, y - peak, from + half, y);
      }
      pdf.stroke(colour);
    }
  }
  pdf.restore();
}

/** The mark: a ring with an opening, and a second stroke that goes out through it; 32 units of `size`. */
export function drawMark(pdf: Pdf, x: number, y: number, size: number): void {
  pdf
    .save()
    .translate(x, y)
    .scale(size / 32)
    .lineWidth(3.4)
    .lineCap('round')
    .lineJoin('round');
  pdf.path('M25.2 20.6A10.4 10.4 0 1 1 22.6 7.9').stroke(COLOURS.accent);
  pdf.path('M10.6 15.8l5.2 5.4L28.4 7.4').stroke(COLOURS.amber);
  pdf.restore();
}

/** The seal of the pages: a tick when what was to happen has happened, a clock until then. */
export function drawSeal(pdf: Pdf, x: number, y: number, size: number, kind: SealKind): void {
  const colour = kind === 'good' ? COLOURS.accent : COLOURS.soft;
  const unit = size / 120;
  pdf
    .save()
    .lineWidth(0.5 * unit)
    .strokeColor(colour);
  rotated(pdf, x, y, 18, (petals) => petals.ellipse(0, 0, 55 * unit, 39 * unit));
  pdf
    .restore()
    .save()
    .lineWidth(1.5 * unit);
  pdf.circle(x, y, 35 * unit).fillAndStroke(kind === 'good' ? colour : COLOURS.white, colour);
  pdf
    .translate(x - 60 * unit, y - 60 * unit)
    .scale(unit)
    .lineWidth(6)
    .lineCap('round')
    .lineJoin('round');
  pdf.path(kind === 'good' ? 'M38 61l15 15 30-33' : 'M60 40v21l13 9');
  pdf.stroke(kind === 'good' ? COLOURS.white : colour).restore();
}

function rotated(pdf: Pdf, x: number, y: number, count: number, draw: (pdf: Pdf) => Pdf): void {
  for (let i = 0; i < count; i++) {
    pdf
      .save()
      .translate(x, y)
      .rotate((180 / count) * i);
    draw(pdf).stroke().restore();
  }
}
