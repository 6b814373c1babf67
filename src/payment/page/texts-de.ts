import type { PayTexts } from './texts.ts';

/** The hosted payment page in German. */
export const DE: PayTexts = {
  skip: 'Zur Zahlung',
  languages: 'Sprache',
  title: (amount, payee) => `${amount} an ${payee} zahlen`,
  asks: (client) => `${client} bittet Sie um eine Zahlung`,
  verb: 'Zahlung',
  toPayee: (payee) => `an ${payee}`,
  purpose: 'Für',
  reference: 'Referenz',
  pay: 'Ihre Zahlung',
  who: 'Wer sind Sie?',
  whoHint:
    'Benutzername, Kundennummer, Mailadresse oder Mobilnummer: Der Code kommt auf Ihr eigenes Telefon.',
  how: 'Wie möchten Sie zahlen?',
  expires: (month) => `gültig bis ${month}`,
  anotherCard: 'Eine andere Karte',
  newCard: 'Karte',
  bill: 'Mit meiner Telefonrechnung',
  billHint: 'Der Betrag steht auf der nächsten Rechnung Ihres Anbieters.',
  number: 'Kartennummer',
  expiry: 'Gültig bis',
  expiryHint: 'MM / JJ',
  code: 'Prüfziffer',
  codeHint: '3 Ziffern auf der Rückseite; 4 vorn bei American Express.',
  keep: 'Diese Karte für das nächste Mal behalten',
  keepHint: 'Versiegelt, nur für Sie, sobald Ihr Code stimmt. Die Prüfziffer wird nie gespeichert.',
  trust: (payee) => `Bei ${payee} künftig ohne Code zahlen`,
  trustHint: 'Wo das Gesetz es erlaubt. Gilt ab der nächsten Zahlung, sobald Ihr Code stimmt.',
  button: (amount) => `${amount} zahlen`,
  next: 'Danach kommt ein Code für genau diese Zahlung auf Ihr Telefon. Ohne ihn wird nichts abgebucht.',
  nextOrNone:
    'Danach kommt ein Code für genau diese Zahlung auf Ihr Telefon. Ist keiner nötig, wird sofort bezahlt.',
  safe: (client) => `${client} sieht Ihre Karte nicht.`,
  asking: 'Ihre Bank wird gefragt …',
  cancel: 'Abbrechen',
  errors: {
    who: {
      missing: 'Sagen Sie, wer Sie sind.',
      unknown: 'Unter diesem Namen ist hier niemand bekannt. Nehmen Sie Ihre Kunden- oder Mobilnummer.',
      no_phone:
        'Hier ist kein Telefon von Ihnen bekannt, an das ein Code gehen darf. Fragen Sie den Händler.',
    },
    number: {
      missing: 'Geben Sie die Nummer Ihrer Karte ein.',
      malformed: 'Das ist keine Kartennummer: Eine Ziffer ist falsch oder fehlt.',
    },
    expiry: {
      missing: 'Geben Sie Monat und Jahr ein.',
      malformed: 'Schreiben Sie Monat und Jahr, etwa 03 / 29.',
      expired: 'Diese Karte ist abgelaufen. Nehmen Sie eine andere.',
    },
    code: {
      missing: 'Geben Sie die Prüfziffer ein.',
      malformed: 'Sie hat 3 Ziffern, bei American Express 4.',
    },
  },
  anyError: 'Bitte prüfen Sie das.',
  notice: {
    bank_declined: [
      'Ihre Bank hat abgelehnt',
      'Nichts wurde abgebucht und kein Code gesendet. Prüfen Sie Ihre Eingabe, oder nehmen Sie eine andere Karte.',
    ],
    bank_unreachable: [
      'Ihre Bank hat nicht geantwortet',
      'Nichts wird abgebucht; was sie etwa vorgemerkt hat, wird freigegeben. Versuchen Sie es in einer Minute wieder.',
    ],
    card_of_another: [
      'Diese Karte geht nicht',
      'Sie ist hier für jemand anderen hinterlegt. Nehmen Sie eine andere Karte.',
    ],
    unknown_card: [
      'Diese Karte ist hier nicht mehr hinterlegt',
      'Wählen Sie eine andere, oder geben Sie sie neu ein.',
    ],
    no_contract: [
      'Nicht mit Ihrer Telefonrechnung',
      'Sie haben dafür keinen Vertrag mit Ihrem Anbieter. Zahlen Sie mit einer Karte.',
    ],
    contract_limit: [
      'Mehr als Ihr Limit',
      'Ihre Telefonrechnung lässt in diesem Zeitraum nicht mehr zu. Zahlen Sie mit einer Karte.',
    ],
    wait: [
      'Bitte einen Augenblick warten',
      'In kurzer Zeit gingen mehrere Codes hinaus. Versuchen Sie es in einer Minute wieder.',
    ],
    unavailable: [
      'Im Augenblick nicht möglich',
      'Nichts wurde abgebucht. Versuchen Sie es in einer Minute wieder.',
    ],
    check_fields: ['Bitte noch einmal ansehen', 'Zu Ihrer Sicherheit sind die Kartendaten neu einzugeben.'],
  },
  errorTitle: (title) => `Noch nicht bezahlt: ${title}`,
  state: {
    authorising: ['Ihre Bank wird gefragt', 'Das dauert einige Sekunden. Lassen Sie diese Seite offen.'],
    confirming: ['Ein Code ist unterwegs', 'Er kommt auf Ihr Telefon und gilt nur für diese Zahlung.'],
    executing: ['Ihr Code stimmt', 'Nun wird Ihre Bank gefragt. Lassen Sie diese Seite offen.'],
    authorised: ['Bestätigt', 'Ihre Bank hat den Betrag vorgemerkt.'],
    completed: ['Bezahlt', 'Vielen Dank. Die Zahlung ist abgeschlossen.'],
    refused: ['Nicht bezahlt', 'Die Zahlung wurde abgelehnt. Nichts wurde abgebucht.'],
    cancelled: ['Abgebrochen', 'Die Zahlung wurde abgebrochen. Nichts wurde abgebucht.'],
    expired: ['Zeit abgelaufen', 'Die Zahlung kam nicht rechtzeitig. Nichts wurde abgebucht.'],
  },
  authorised: (payee) =>
    `Ihre Bank hat den Betrag vorgemerkt; ${payee} bucht ihn ab, wenn Ihre Bestellung fertig ist.`,
  reasons: {
    attempts_used_up: 'Es gab zu viele falsche Codes. Nichts wurde abgebucht.',
    time_passed: 'Der Code kam zu spät. Nichts wurde abgebucht; Sie können neu bestellen.',
    not_me: 'Sie haben gesagt, dass Sie das nicht waren. Nichts wurde abgebucht.',
    cancelled: 'Sie haben beim Code abgebrochen. Nichts wurde abgebucht.',
    session_closed: 'Die Seite mit dem Code wurde geschlossen. Nichts wurde abgebucht.',
    tries_used_up: 'Es gab zu viele Versuche. Nichts wurde abgebucht; Sie können neu bestellen.',
    bank_declined:
      'Ihre Bank hat abgelehnt. Nichts wurde abgebucht; bestellen Sie mit einer anderen Karte neu.',
    bank_unreachable:
      'Ihre Bank hat nicht geantwortet. Was sie etwa vorgemerkt hat, wird freigegeben; Sie können neu bestellen.',
  },
  enterCode: 'Code eingeben',
  back: (client) => `Zurück zu ${client}`,
  close: 'Sie können diese Seite schließen.',
  paidWith: 'Bezahlt mit',
  onBill: 'Ihrer Telefonrechnung',
  debited: 'Abgebucht',
  refunded: 'Erstattet',
  authCode: 'Genehmigung',
  paymentNumber: 'Zahlung',
  exempt: 'Für diese Zahlung war kein Code nötig.',
  live: 'Diese Seite geht von selbst weiter.',
};
