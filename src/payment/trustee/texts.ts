/** The words of bills and payout notes, on their page and in their PDF. */
import type { Language } from '../../std/language.ts';

export type TrusteeTexts = {
  readonly bill: string;
  readonly payout: string;
  readonly skip: string;
  readonly number: string;
  readonly period: string;
  readonly buyer: string;
  readonly merchant: string;
  readonly state: string;
  readonly states: Readonly<Record<'open' | 'unpaid' | 'paid' | 'otherwise', string>>;
  readonly fromCard: (lastFour: string) => string;
  readonly date: string;
  readonly what: string;
  readonly amount: string;
  readonly carried: string;
  readonly billed: string;
  readonly sales: string;
  readonly charge: (payments: number) => string;
  readonly paidOut: string;
  readonly none: string;
  readonly cut: (shown: number) => string;
  readonly page: (page: number, of: number) => string;
  readonly times: string;
  readonly asCsv: string;
  readonly asPdf: string;
};

export const TRUSTEE_TEXTS: Readonly<Record<Language, TrusteeTexts>> = {
  en: {
    bill: 'Bill',
    payout: 'Payout note',
    skip: 'Go to the lines',
    number: 'Number',
    period: 'Period',
    buyer: 'For',
    merchant: 'For',
    state: 'State',
    states: { open: 'being collected', unpaid: 'unpaid', paid: 'paid', otherwise: 'paid otherwise' },
    fromCard: (lastFour) => `from the card ending in ${lastFour}`,
    date: 'Date',
    what: 'What for',
    amount: 'Amount',
    carried: 'Carried over from earlier periods',
    billed: 'To be paid',
    sales: 'Sales, less refunds',
    charge: (payments) => `Service charge for ${payments} payments`,
    paidOut: 'Paid out',
    none: 'There are no lines in this period.',
    cut: (shown) => `The first ${shown} lines; the CSV file has all of them.`,
    page: (page, of) => `Page ${page} of ${of}`,
    times: 'Times are in UTC.',
    asCsv: 'Download as CSV',
    asPdf: 'Download as PDF',
  },
  fr: {
    bill: 'Facture',
    payout: 'Avis de versement',
    skip: 'Aller aux lignes',
    number: 'Numéro',
    period: 'Période',
    buyer: 'Pour',
    merchant: 'Pour',
    state: 'État',
    states: {
      open: 'en cours d’encaissement',
      unpaid: 'impayée',
      paid: 'payée',
      otherwise: 'payée autrement',
    },
    fromCard: (lastFour) => `avec la carte se terminant par ${lastFour}`,
    date: 'Date',
    what: 'Objet',
    amount: 'Montant',
    carried: 'Report des périodes antérieures',
    billed: 'À payer',
    sales: 'Ventes, remboursements déduits',
    charge: (payments) => `Frais de service pour ${payments} paiements`,
    paidOut: 'Versé',
    none: 'Aucune ligne pendant cette période.',
    cut: (shown) => `Les ${shown} premières lignes ; le fichier CSV les contient toutes.`,
    page: (page, of) => `Page ${page} sur ${of}`,
    times: 'Les heures sont en UTC.',
    asCsv: 'Télécharger en CSV',
    asPdf: 'Télécharger en PDF',
  },
  de: {
    bill: 'Rechnung',
    payout: 'Auszahlungsbeleg',
    skip: 'Zu den Posten',
    number: 'Nummer',
    period: 'Zeitraum',
    buyer: 'Für',
    merchant: 'Für',
    state: 'Stand',
    states: { open: 'wird eingezogen', unpaid: 'unbezahlt', paid: 'bezahlt', otherwise: 'anders bezahlt' },
    fromCard: (lastFour) => `von der Karte mit den letzten Ziffern ${lastFour}`,
    date: 'Datum',
    what: 'Wofür',
    amount: 'Betrag',
    carried: 'Übertrag aus früheren Zeiträumen',
    billed: 'Zu zahlen',
    sales: 'Verkäufe abzüglich Erstattungen',
    charge: (payments) => `Servicegebühr für ${payments} Zahlungen`,
    paidOut: 'Ausgezahlt',
    none: 'In diesem Zeitraum gibt es keine Posten.',
    cut: (shown) => `Die ersten ${shown} Posten; die CSV-Datei enthält alle.`,
    page: (page, of) => `Seite ${page} von ${of}`,
    times: 'Zeiten in UTC.',
    asCsv: 'Als CSV herunterladen',
    asPdf: 'Als PDF herunterladen',
  },
  es: {
    bill: 'Factura',
    payout: 'Nota de liquidación',
    skip: 'Ir a las líneas',
    number: 'Número',
    period: 'Período',
    buyer: 'Para',
    merchant: 'Para',
    state: 'Estado',
    states: { open: 'en cobro', unpaid: 'impagada', paid: 'pagada', otherwise: 'pagada de otro modo' },
    fromCard: (lastFour) => `con la tarjeta terminada en ${lastFour}`,
    date: 'Fecha',
    what: 'Concepto',
    amount: 'Importe',
    carried: 'Saldo de períodos anteriores',
    billed: 'A pagar',
    sales: 'Ventas, menos devoluciones',
    charge: (payments) => `Comisión de servicio por ${payments} pagos`,
    paidOut: 'Liquidado',
    none: 'No hay líneas en este período.',
    cut: (shown) => `Las primeras ${shown} líneas; el archivo CSV las tiene todas.`,
    page: (page, of) => `Página ${page} de ${of}`,
    times: 'Horas en UTC.',
    asCsv: 'Descargar como CSV',
    asPdf: 'Descargar como PDF',
  },
};
