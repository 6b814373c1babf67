/**
 * The goods, drawn. Colours are classes of the stylesheet (`d-…`), so that they fit day and night; a picture
 * says nothing that the text beside it does not, so it is hidden from screen readers.
 */
import { html, type Html } from './html.ts';

const fieldNotebook = html`<g transform="rotate(-7 160 120)">
  <rect class="d-shade" x="104" y="48" width="124" height="164" rx="7" />
  <rect class="d-paper" x="101" y="40" width="122" height="164" rx="4" />
  <rect class="d-red" x="96" y="36" width="122" height="166" rx="6" />
  <path class="d-deep" d="M102 36h12v166h-12a6 6 0 0 1-6-6V42a6 6 0 0 1 6-6z" />
  <rect class="d-paper" x="134" y="66" width="64" height="40" rx="3" />
  <path class="d-rule" d="M144 80h44M144 92h30" />
  <path class="d-thread" d="M108 56v10M108 84v10M108 112v10M108 140v10M108 168v10" />
  <path class="d-ribbon" d="M176 202v24l6-6 6 6v-24z" />
</g>`;

const ledgerBook = html`<g transform="rotate(4 160 120)">
  <rect class="d-shade" x="78" y="52" width="172" height="152" rx="6" />
  <rect class="d-blue" x="70" y="42" width="176" height="154" rx="6" />
  <path class="d-paper" d="M82 46h152v142H82z" />
  <path class="d-gutter" d="M158 46v142" />
  <path class="d-rule" d="M92 72h56M92 88h56M92 104h56M92 120h56M92 136h56M92 152h56" />
  <path class="d-rule" d="M168 72h56M168 88h56M168 104h56M168 120h56M168 136h56M168 152h56" />
  <path class="d-redline" d="M130 56v118M206 56v118" />
  <path class="d-pencilled" d="M98 68l8-5M110 68h14M134 68h10M98 84h22M134 84h12M98 100h18M134 100h9" />
  <path class="d-pencilled" d="M174 68h20M210 68h10M174 84h16M210 84h12M174 100h24M210 100h9" />
</g>`;

const letterSet = html`<g>
  <g transform="rotate(-9 140 120)">
    <rect class="d-shade" x="76" y="42" width="126" height="158" rx="2" />
    <rect class="d-paper" x="72" y="36" width="126" height="158" rx="2" />
    <path class="d-rule" d="M88 62h60M88 80h94M88 96h90M88 112h94M88 128h72" />
    <path class="d-signature" d="M140 158c8-16 14-12 10-2s6 6 12-3 6 6 14-4" />
  </g>
  <g transform="rotate(6 210 150)">
    <rect class="d-shade" x="142" y="112" width="138" height="92" rx="3" />
    <rect class="d-paper" x="138" y="106" width="138" height="92" rx="3" />
    <path class="d-red" d="M138 108l69 52 69-52-3-2H141z" />
    <path class="d-paper d-edge" d="M138 109l69 50 69-50" />
    <circle class="d-deep" cx="207" cy="158" r="11" />
    <path class="d-light" d="M202 158l4 4 7-8" />
  </g>
</g>`;

const indexCards = html`<g>
  <path class="d-shade" d="M74 116h176l-10 92H84z" />
  <g class="d-cards">
    <path class="d-paper" d="M92 70h140v96H92z" />
    <path class="d-red" d="M104 56h38l4 14h-46z" />
    <path class="d-paper d-edge" d="M88 84h148v96H88z" />
    <path class="d-brass" d="M166 70h38l4 14h-46z" />
    <path class="d-paper d-edge" d="M84 98h156v96H84z" />
    <path class="d-redline" d="M84 116h156" />
    <path class="d-rule" d="M98 130h128" />
  </g>
  <path class="d-wood" d="M70 138h184l-10 66H80z" />
  <path class="d-woodline" d="M76 156h172M78 172h168M80 188h164" />
  <rect class="d-brass" x="136" y="152" width="52" height="24" rx="3" />
  <rect class="d-paper" x="141" y="157" width="42" height="14" rx="1" />
</g>`;

const fountainPen = html`<g transform="rotate(-32 160 120)">
  <rect class="d-shade" x="46" y="122" width="230" height="14" rx="7" />
  <path class="d-blue" d="M132 104h122a16 16 0 0 1 0 32H132z" />
  <path class="d-sheen" d="M140 110h112a6 6 0 0 1 4 4H140z" />
  <rect class="d-brass" x="122" y="102" width="12" height="36" rx="2" />
  <rect class="d-brass" x="236" y="104" width="5" height="32" />
  <path class="d-deep" d="M94 108h28v24H94a8 8 0 0 1-8-8v-8a8 8 0 0 1 8-8z" />
  <path class="d-steel" d="M88 109C70 110 52 116 40 120c12 4 30 10 48 11z" />
  <path class="d-steelline" d="M42 120h30" />
  <circle class="d-steeldot" cx="74" cy="120" r="2.6" />
</g>`;

const inkNightTrain = html`<g>
  <ellipse class="d-shade" cx="164" cy="204" rx="76" ry="10" />
  <rect class="d-deep" x="126" y="38" width="68" height="36" rx="5" />
  <path class="d-sheen" d="M132 44h8v24h-8z" />
  <rect class="d-glass" x="134" y="72" width="52" height="14" />
  <path
    class="d-glass"
    d="M104 98c0-8 8-12 18-12h76c10 0 18 4 18 12v90a14 14 0 0 1-14 14h-84a14 14 0 0 1-14-14z"
  />
  <path class="d-inkfill" d="M112 116h96v70a10 10 0 0 1-10 10h-76a10 10 0 0 1-10-10z" />
  <rect class="d-paper" x="124" y="124" width="72" height="50" rx="2" />
  <path class="d-rule" d="M134 138h52" />
  <path class="d-redline" d="M134 150h36" />
  <path class="d-rule" d="M134 162h44" />
</g>`;

const pencils = html`<g transform="rotate(8 160 120)">
  <rect class="d-shade" x="76" y="66" width="176" height="146" rx="8" />
  <rect class="d-brass" x="70" y="58" width="178" height="146" rx="8" />
  <rect class="d-inside" x="78" y="66" width="162" height="130" rx="4" />
  ${[0, 1, 2, 3, 4, 5].map(
    (i) =>
      html`<g transform="translate(${84 + i * 26} 40)">
        <path class="d-wood" d="M0 46L10 16l10 30z" />
        <path class="d-inkfill" d="M6.6 26L10 16l3.4 10z" />
        <rect class="${i % 2 === 0 ? 'd-red' : 'd-blue'}" x="0" y="46" width="20" height="104" />
        <path class="d-stripe" d="M6.6 46v104M13.4 46v104" />
      </g>`,
  )}
  <path class="d-brass" d="M70 150h178v46a8 8 0 0 1-8 8H78a8 8 0 0 1-8-8z" />
  <path class="d-woodline" d="M96 178h126" />
</g>`;

const sharpener = html`<g>
  <ellipse class="d-shade" cx="166" cy="186" rx="92" ry="10" />
  <path class="d-brass" d="M88 92l130-14 26 22v66l-22 18-136-8z" />
  <path class="d-brasslight" d="M88 92l130-14 26 22-132 12z" />
  <path class="d-brassdark" d="M112 112l132-12v66l-22 18-110-6z" />
  <path class="d-steel" d="M128 106l86-8 10 8-88 9z" />
  <circle class="d-steeldot" cx="176" cy="106" r="5" />
  <path class="d-light" d="M172 106h8" />
  <circle class="d-inkfill" cx="146" cy="147" r="15" />
  <circle class="d-inkfill" cx="206" cy="143" r="10" />
  <path class="d-shaving" d="M66 176c10-22 34-18 30-4s-24 8-18-4 22-6 16 4" />
  <path class="d-shaving" d="M238 190c10-12 28-8 24 2s-18 4-12-4" />
</g>`;

const scissors = html`<g transform="rotate(24 160 120)">
  <path class="d-shade" d="M160 128l14-104 8 104zM164 128L136 26l-6 6z" />
  <path class="d-steel" d="M154 132l14-112c8 10 10 18 9 28l-9 84z" />
  <path class="d-steel d-edge" d="M168 132L150 22c-8 10-10 18-8 28l12 86z" />
  <circle class="d-steeldot" cx="161" cy="126" r="4" />
  <path class="d-loop" d="M158 134c-26 8-40 28-32 48s34 22 40 2-2-36 0-50z" />
  <path class="d-loop" d="M164 134c26 8 42 26 36 46s-32 24-40 6" />
</g>`;

const deskLamp = html`<g>
  <path class="d-glow" d="M62 108L20 212h176L134 92z" />
  <ellipse class="d-shade" cx="226" cy="208" rx="58" ry="8" />
  <rect class="d-deep" x="176" y="192" width="100" height="14" rx="7" />
  <path class="d-arm" d="M226 194l22-84" />
  <path class="d-arm" d="M248 110L132 58" />
  <circle class="d-brass" cx="248" cy="110" r="9" />
  <circle class="d-brass" cx="132" cy="58" r="7" />
  <path class="d-red" d="M138 50l-8 44-68 16c-8-34 22-62 76-60z" />
  <path class="d-sheen" d="M120 56c-26 4-42 18-46 40l10-2c4-18 16-30 38-36z" />
  <ellipse class="d-bulb" cx="97" cy="103" rx="20" ry="9" transform="rotate(-14 97 103)" />
</g>`;

const mug = html`<g>
  <ellipse class="d-shade" cx="160" cy="206" rx="74" ry="9" />
  <path class="d-handle" d="M208 104c44-8 50 64 2 66" />
  <path class="d-glaze" d="M92 76h124l-8 116a14 14 0 0 1-14 12h-80a14 14 0 0 1-14-12z" />
  <path class="d-clay" d="M99 172h110l-2 20a14 14 0 0 1-14 12h-78a14 14 0 0 1-14-12z" />
  <ellipse class="d-glazedark" cx="154" cy="76" rx="62" ry="13" />
  <ellipse class="d-inkfill" cx="154" cy="79" rx="52" ry="9" />
  <path class="d-steam" d="M132 54c-10-12 10-18 0-32M158 50c-10-12 10-18 0-32M184 54c-10-12 10-18 0-32" />
  <path class="d-glazeline" d="M112 110c14 8 26 8 40 0s28-8 44 0" />
</g>`;

const stamp = html`<g transform="rotate(-5 160 120)">
  <rect class="d-shade" x="98" y="186" width="132" height="14" rx="4" />
  <path class="d-steel" d="M110 122h100v60H110z" />
  <path class="d-deep" d="M120 66h80v62h-80z" />
  <rect class="d-red" x="108" y="34" width="104" height="40" rx="18" />
  <path class="d-sheen" d="M124 42h70a8 8 0 0 1 6 4h-82a8 8 0 0 1 6-4z" />
  <rect class="d-paper" x="130" y="136" width="60" height="32" rx="2" />
  <path class="d-redline" d="M136 146h12M136 158h12M154 146h12M154 158h12M172 146h12M172 158h12" />
  <rect class="d-inkfill" x="104" y="180" width="112" height="10" rx="3" />
  <g class="d-print" transform="translate(222 196) rotate(-8)">
    <rect x="0" y="0" width="62" height="24" rx="3" />
    <path d="M8 12h10M24 12h10M40 12h14" />
  </g>
</g>`;

const PICTURES: Readonly<Record<string, Html>> = {
  'field-notebook': fieldNotebook,
  'ledger-book': ledgerBook,
  'letter-set': letterSet,
  'index-cards': indexCards,
  'fountain-pen': fountainPen,
  'ink-night-train': inkNightTrain,
  pencils,
  sharpener,
  scissors,
  'desk-lamp': deskLamp,
  mug,
  stamp,
};

export function picture(id: string): Html {
  return html`<svg class="picture" viewBox="0 0 320 240" aria-hidden="true" focusable="false">
    ${PICTURES[id] ?? null}
  </svg>`;
}
