/** What the shop sells. Prices are in cents; tax is in them. */
export type Shelf = 'paper' | 'pens' | 'desk';

export type Good = {
  readonly id: string;
  readonly shelf: Shelf;
  readonly name: string;
  /** One line under the name. */
  readonly line: string;
  readonly story: string;
  readonly cents: number;
  readonly facts: readonly (readonly [term: string, value: string])[];
  /** Made when it is ordered: the money is held, and taken when it is sent. */
  readonly madeToOrder?: true;
};

export const SHELVES = {
  paper: 'Paper',
  pens: 'Pens & ink',
  desk: 'For the desk',
} as const satisfies Record<Shelf, string>;

export const GOODS: readonly Good[] = [
  {
    id: 'field-notebook',
    shelf: 'paper',
    name: 'Field notebook',
    line: 'Sewn, dotted, lies flat from the first page',
    story:
      'Ninety-six pages in signatures of sixteen, sewn through the fold with linen thread, so that it opens flat ' +
      'on a knee or on a rock. The cover is pressed card that softens with use.',
    cents: 1450,
    facts: [
      ['Size', 'A6, 105 × 148 mm'],
      ['Paper', '100 g/m², dotted 5 mm'],
      ['Pages', '96'],
    ],
  },
  {
    id: 'ledger-book',
    shelf: 'paper',
    name: 'Ledger book',
    line: 'Two columns, and they had better agree',
    story:
      'For sums that must come out even. Ruled in two inks by a machine from 1931, bound in half cloth with ' +
      'corners that survive being dropped.',
    cents: 3800,
    facts: [
      ['Size', 'A4, 210 × 297 mm'],
      ['Paper', '120 g/m², ledger ruling'],
      ['Pages', '192'],
    ],
  },
  {
    id: 'letter-set',
    shelf: 'paper',
    name: 'Letter set',
    line: 'Twenty sheets, twenty lined envelopes',
    story:
      'Laid paper with a deckle edge on one side and envelopes lined in tissue, gummed with gum arabic. Some ' +
      'things are not said by message.',
    cents: 2250,
    facts: [
      ['Sheets', '20 of A5, laid, 110 g/m²'],
      ['Envelopes', '20 of C6, lined'],
      ['Colour', 'Chalk, with a vermilion lining'],
    ],
  },
  {
    id: 'index-cards',
    shelf: 'paper',
    name: 'Index cards',
    line: 'A hundred thoughts, one on each',
    story: 'Stiff, plain on one side and ruled on the other, in a box with five tabs to keep order with.',
    cents: 980,
    facts: [
      ['Size', 'A7, 74 × 105 mm'],
      ['Card', '220 g/m²'],
      ['In the box', '100 cards, 5 tabs'],
    ],
  },
  {
    id: 'fountain-pen',
    shelf: 'pens',
    name: 'Fountain pen',
    line: 'Steel nib, turned barrel, a weight that writes',
    story:
      'The barrel is turned from one piece and oiled, not lacquered. The nib is steel, ground by hand to a ' +
      'medium line that is a little wider when you mean it.',
    cents: 14900,
    facts: [
      ['Nib', 'Steel, medium'],
      ['Filling', 'Piston, 1.4 ml'],
      ['Weight', '24 g'],
    ],
  },
  {
    id: 'ink-night-train',
    shelf: 'pens',
    name: 'Ink “Night train”',
    line: 'Blue that is black until the light comes',
    story:
      'Mixed in batches of forty bottles. Documents stay legible for longer than anyone will want to read them.',
    cents: 1690,
    facts: [
      ['Bottle', '50 ml, glass'],
      ['Ink', 'Iron gall, waterproof'],
      ['Dries in', '12 seconds'],
    ],
  },
  {
    id: 'pencils',
    shelf: 'pens',
    name: 'Twelve pencils',
    line: 'From 4H to 6B, in the order you need them',
    story: 'Incense cedar, with leads that are glued along their whole length and do not break when dropped.',
    cents: 1920,
    facts: [
      ['Grades', '4H to 6B'],
      ['Wood', 'Incense cedar'],
      ['In the box', '12, sharpened'],
    ],
  },
  {
    id: 'sharpener',
    shelf: 'pens',
    name: 'Brass sharpener',
    line: 'Two holes, one blade to spare',
    story: 'Milled from a solid block. It gets darker with the years, and the blade is changed with a coin.',
    cents: 850,
    facts: [
      ['Material', 'Solid brass'],
      ['For', 'Pencils of 8 and 11 mm'],
      ['With it', 'One spare blade'],
    ],
  },
  {
    id: 'scissors',
    shelf: 'desk',
    name: 'Paper scissors',
    line: 'Long blades, and a quiet cut',
    story:
      'Forged in two halves that are matched to each other and numbered. They can be taken apart and ground.',
    cents: 4600,
    facts: [
      ['Length', '190 mm'],
      ['Steel', 'Carbon, forged'],
      ['Hands', 'Right, or left on request'],
    ],
  },
  {
    id: 'desk-lamp',
    shelf: 'desk',
    name: 'Reading lamp',
    line: 'Made when you order it, in your height',
    story:
      'An arm of ash, a shade of spun steel, and a light that does not flicker. Each is made for one desk: we ' +
      'hold the amount now, and take it on the day that we send the lamp.',
    cents: 28900,
    facts: [
      ['Arm', 'Ash, 480 mm'],
      ['Light', '2700 K, dimmable'],
      ['Ready in', '5 days'],
    ],
    madeToOrder: true,
  },
  {
    id: 'mug',
    shelf: 'desk',
    name: 'Desk mug',
    line: 'For coffee first, for pens afterwards',
    story: 'Thrown in stoneware, glazed inside and at the lip, with a handle for four fingers.',
    cents: 2400,
    facts: [
      ['Holds', '320 ml'],
      ['Clay', 'Stoneware'],
      ['Wash', 'By machine'],
    ],
  },
  {
    id: 'stamp',
    shelf: 'desk',
    name: 'Date stamp',
    line: 'Says when, and means it',
    story: 'A self-inking frame of steel with bands for day, month and twelve years. It makes a good noise.',
    cents: 3150,
    facts: [
      ['Print', '4 mm'],
      ['Bands', 'To 2038'],
      ['Ink', 'Vermilion'],
    ],
  },
];

const BY_ID = new Map(GOODS.map((good) => [good.id, good]));

export function findGood(id: string): Good | null {
  return BY_ID.get(id) ?? null;
}
