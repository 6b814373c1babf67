import type { Language } from '../std/language.ts';
import type { WebAssets } from './assets.ts';
import { languageSwitch, linkButton, seal, type SealKind } from './components.ts';
import { html, type Html } from './html.ts';
import { layout, wordmark } from './layout.ts';

/**
 * What a person sees instead of a page: the same look, what happened, what to do; never a word of the inside.
 */
export type ProblemKind = 'not_found' | 'link_expired' | 'outage' | 'refused';

export type ProblemPage = {
  readonly kind: ProblemKind;
  readonly language: Language;
  readonly assets: WebAssets;
  /** What the person may quote when asking for help. */
  readonly requestId: string | null;
  /** A way out, where there is one. */
  readonly back: { readonly href: string; readonly label: string } | null;
};

/** The status to answer with; what is expired says no more than what never was. */
export const PROBLEM_STATUS = {
  not_found: 404,
  link_expired: 410,
  outage: 503,
  refused: 403,
} as const satisfies Record<ProblemKind, number>;

const SEALS = {
  not_found: 'lost',
  link_expired: 'late',
  outage: 'late',
  refused: 'stopped',
} as const satisfies Record<ProblemKind, SealKind>;

type Texts = {
  readonly skip: string;
  readonly languages: string;
  readonly reference: string;
  readonly problems: Readonly<Record<ProblemKind, readonly [title: string, text: string]>>;
};

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    skip: 'Go to the content',
    languages: 'Language',
    reference: 'If you ask for help, quote this number:',
    problems: {
      not_found: [
        'There is nothing here',
        'The address is not complete, or what was here is gone. Go back and start again.',
      ],
      link_expired: [
        'This link is no longer valid',
        'It was for a short time only, or for another browser. Go back and start again.',
      ],
      outage: [
        'Not available for the moment',
        'Nothing was carried out and nothing was lost. Wait a minute, then load this page again.',
      ],
      refused: [
        'That was refused',
        'For your safety this form works only on the page that it was opened on. Load that page again.',
      ],
    },
  },
  fr: {
    skip: 'Aller au contenu',
    languages: 'Langue',
    reference: 'Si vous demandez de l’aide, indiquez ce numéro :',
    problems: {
      not_found: [
        'Il n’y a rien ici',
        'L’adresse est incomplète, ou ce qui était ici n’existe plus. Revenez en arrière et recommencez.',
      ],
      link_expired: [
        'Ce lien n’est plus valable',
        'Il ne valait que peu de temps, ou pour un autre navigateur. Revenez et recommencez.',
      ],
      outage: [
        'Indisponible pour le moment',
        'Rien n’a été exécuté et rien n’est perdu. Attendez une minute, puis rechargez cette page.',
      ],
      refused: [
        'Refusé',
        'Pour votre sécurité, ce formulaire ne marche que sur sa propre page. Rechargez cette page.',
      ],
    },
  },
  de: {
    skip: 'Zum Inhalt',
    languages: 'Sprache',
    reference: 'Wenn Sie um Hilfe bitten, nennen Sie diese Nummer:',
    problems: {
      not_found: [
        'Hier ist nichts',
        'Die Adresse ist unvollständig, oder was hier war, ist fort. Gehen Sie zurück und beginnen Sie neu.',
      ],
      link_expired: [
        'Dieser Link gilt nicht mehr',
        'Er galt nur kurze Zeit, oder für einen anderen Browser. Gehen Sie zurück und beginnen Sie neu.',
      ],
      outage: [
        'Im Augenblick nicht verfügbar',
        'Nichts wurde ausgeführt, nichts ging verloren. Laden Sie die Seite in einer Minute neu.',
      ],
      refused: [
        'Das wurde abgelehnt',
        'Zu Ihrer Sicherheit gilt dieses Formular nur auf seiner eigenen Seite. Laden Sie jene Seite neu.',
      ],
    },
  },
  es: {
    skip: 'Ir al contenido',
    languages: 'Idioma',
    reference: 'Si pide ayuda, indique este número:',
    problems: {
      not_found: [
        'Aquí no hay nada',
        'La dirección está incompleta, o lo que había aquí ya no existe. Vuelva y empiece de nuevo.',
      ],
      link_expired: [
        'Este enlace ya no vale',
        'Valía solo por poco tiempo, o para otro navegador. Vuelva atrás y empiece de nuevo.',
      ],
      outage: [
        'No disponible por el momento',
        'No se ha ejecutado nada ni se ha perdido nada. Espere un minuto y cargue de nuevo esta página.',
      ],
      refused: [
        'Se ha rechazado',
        'Por su seguridad, este formulario solo vale en su propia página. Cargue de nuevo esa página.',
      ],
    },
  },
};

export function problemPage(page: ProblemPage): Html {
  const texts = TEXTS[page.language];
  const [title, text] = texts.problems[page.kind];
  return layout({
    language: page.language,
    title,
    assets: page.assets,
    kind: 'problem',
    skipLabel: texts.skip,
    header: html`${wordmark()}${languageSwitch(texts.languages, page.language)}`,
    main: html`<div class="problem">
      ${seal(SEALS[page.kind])}
      <h1>${title}</h1>
      <p>${text}</p>
      ${page.back === null ? null : linkButton(page.back.href, page.back.label, 'quiet')}
      ${
        page.requestId === null
          ? null
          : html`<p class="reference">${texts.reference} <code>${page.requestId}</code></p>`
      }
    </div>`,
    footer: '',
  });
}
