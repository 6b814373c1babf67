/** The words of a statement, on its page and in its PDF. */
import type { Language } from '../std/language.ts';

export type StatementTexts = {
  readonly title: string;
  readonly account: string;
  readonly period: (from: string, to: string) => string;
  /** The period has not ended yet. */
  readonly soFar: (until: string) => string;
  readonly opening: string;
  readonly closing: string;
  readonly debits: string;
  readonly credits: string;
  readonly date: string;
  readonly what: string;
  readonly debit: string;
  readonly credit: string;
  readonly balance: string;
  readonly none: string;
  readonly page: (page: number, of: number) => string;
  readonly madeAt: (at: string) => string;
  readonly times: string;
  readonly more: string;
  readonly asCsv: string;
  readonly asPdf: string;
  readonly skip: string;
};

export const STATEMENT_TEXTS: Readonly<Record<Language, StatementTexts>> = {
  en: {
    title: 'Statement',
    account: 'Account',
    period: (from, to) => `From ${from} up to ${to}`,
    soFar: (until) => `The period has not ended: as it was on ${until}.`,
    opening: 'Balance before',
    closing: 'Balance after',
    debits: 'Debited in all',
    credits: 'Credited in all',
    date: 'Date',
    what: 'What for',
    debit: 'Debit',
    credit: 'Credit',
    balance: 'Balance',
    none: 'Nothing was debited in this period.',
    page: (page, of) => `Page ${page} of ${of}`,
    madeAt: (at) => `Made on ${at}.`,
    times: 'Times are in UTC.',
    more: 'Further lines',
    asCsv: 'Download as CSV',
    asPdf: 'Download as PDF',
    skip: 'Go to the statement',
  },
  fr: {
    title: 'Relevé',
    account: 'Compte',
    period: (from, to) => `Du ${from} jusqu’au ${to} exclu`,
    soFar: (until) => `La période n’est pas terminée : situation au ${until}.`,
    opening: 'Solde avant',
    closing: 'Solde après',
    debits: 'Total des débits',
    credits: 'Total des crédits',
    date: 'Date',
    what: 'Objet',
    debit: 'Débit',
    credit: 'Crédit',
    balance: 'Solde',
    none: 'Aucun débit pendant cette période.',
    page: (page, of) => `Page ${page} sur ${of}`,
    madeAt: (at) => `Établi le ${at}.`,
    times: 'Les heures sont en UTC.',
    more: 'Lignes suivantes',
    asCsv: 'Télécharger en CSV',
    asPdf: 'Télécharger en PDF',
    skip: 'Aller au relevé',
  },
  de: {
    title: 'Kontoauszug',
    account: 'Konto',
    period: (from, to) => `Von ${from} bis vor ${to}`,
    soFar: (until) => `Der Zeitraum ist noch nicht zu Ende: Stand vom ${until}.`,
    opening: 'Saldo davor',
    closing: 'Saldo danach',
    debits: 'Summe der Lastschriften',
    credits: 'Summe der Gutschriften',
    date: 'Datum',
    what: 'Wofür',
    debit: 'Soll',
    credit: 'Haben',
    balance: 'Saldo',
    none: 'In diesem Zeitraum wurde nichts belastet.',
    page: (page, of) => `Seite ${page} von ${of}`,
    madeAt: (at) => `Erstellt am ${at}.`,
    times: 'Zeiten in UTC.',
    more: 'Weitere Zeilen',
    asCsv: 'Als CSV herunterladen',
    asPdf: 'Als PDF herunterladen',
    skip: 'Zum Kontoauszug',
  },
  es: {
    title: 'Extracto',
    account: 'Cuenta',
    period: (from, to) => `Del ${from} hasta antes del ${to}`,
    soFar: (until) => `El período no ha terminado: situación del ${until}.`,
    opening: 'Saldo anterior',
    closing: 'Saldo posterior',
    debits: 'Total cargado',
    credits: 'Total abonado',
    date: 'Fecha',
    what: 'Concepto',
    debit: 'Cargo',
    credit: 'Abono',
    balance: 'Saldo',
    none: 'No se cargó nada en este período.',
    page: (page, of) => `Página ${page} de ${of}`,
    madeAt: (at) => `Hecho el ${at}.`,
    times: 'Horas en UTC.',
    more: 'Más líneas',
    asCsv: 'Descargar como CSV',
    asPdf: 'Descargar como PDF',
    skip: 'Ir al extracto',
  },
};
