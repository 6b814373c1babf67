/**
 * A table of the simulators' pages: it scrolls by itself where it is wider than the screen, so it can be
 * reached by keyboard.
 */
import { html, type Child, type Html } from '../src/web/html.ts';

export type ScrollTable = {
  readonly id: string;
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly Child[];
  /** What stands there while there are no rows. */
  readonly none: string;
  /** Of the box that scrolls. */
  readonly scrollClass: string;
};

export function scrollTable({ id, title, head, rows, none, scrollClass }: ScrollTable): Html {
  return html`<div class="card">
    <h2 id="${id}">${title}</h2>
    ${
      rows.length === 0
        ? html`<p>${none}</p>`
        : html`<div class="${scrollClass}" role="region" aria-labelledby="${id}" tabindex="0">
            <table>
              <thead>
                <tr>
                  ${head.map((name) => html`<th scope="col">${name}</th>`)}
                </tr>
              </thead>
              <tbody>
                ${rows}
              </tbody>
            </table>
          </div>`
    }
  </div>`;
}
