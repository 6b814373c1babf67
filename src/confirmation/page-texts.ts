import type { Language } from '../std/language.ts';
import type { Purpose } from './act.ts';

/**
 * Every sentence of the hosted page, in every language: the compiler refuses a table with a gap. `{time}` is
 * written over by the page's script as time passes.
 */
export type PageTexts = {
  readonly skip: string;
  readonly languages: string;
  readonly asks: (client: string) => string;
  readonly title: (act: string, client: string) => string;
  readonly errorTitle: (title: string) => string;
  /** How an act begins; the amount, the resource or the count of things follows. */
  readonly verb: Readonly<Record<Purpose, string>>;
  readonly toPayee: (payee: string) => string;
  readonly atPayee: (payee: string) => string;
  readonly things: (count: number) => string;
  readonly amount: string;
  readonly payee: string;
  readonly resource: string;
  readonly account: string;
  readonly fromAccount: string;
  readonly note: string;
  /** What the text of these acts is, where a note would say too little. */
  readonly noteOf: Readonly<Partial<Record<Purpose, string>>>;
  readonly fingerprint: string;
  readonly items: string;
  readonly enter: string;
  readonly sending: string;
  readonly sentTo: (address: string) => string;
  readonly compare: string;
  readonly code: (digits: number) => string;
  readonly codeRule: (digits: number) => string;
  readonly codeHint: string;
  readonly confirm: string;
  readonly until: string;
  readonly left: string;
  readonly lastMinute: string;
  readonly resendAsk: string;
  readonly resend: string;
  readonly resendWait: string;
  readonly resendSoon: (seconds: number) => string;
  readonly resendNone: string;
  readonly cancel: string;
  readonly notMeTitle: string;
  readonly notMeText: (client: string) => string;
  readonly notMe: string;
  readonly notice: {
    readonly refused: readonly [string, string];
    readonly wait: readonly [string, (seconds: number | null) => string];
    readonly resent: readonly [string, (address: string | null) => string];
  };
  readonly end: Readonly<Record<'confirmed' | 'locked' | 'expired' | 'cancelled', readonly [string, string]>>;
  readonly exempt: string;
  readonly return: (client: string) => string;
  readonly close: string;
};

const en: PageTexts = {
  skip: 'Go to the confirmation',
  languages: 'Language',
  asks: (client) => `${client} asks you to confirm`,
  title: (act, client) => `${act} · ${client}`,
  errorTitle: (title) => `Not accepted: ${title}`,
  verb: {
    access: 'Sign in to',
    transfer: 'Transfer',
    payment: 'Pay',
    order: 'Order',
    send_message: 'Send a registered message',
    message: 'Open a registered message',
    declaration: 'Sign a declaration',
    bind_address: 'Add this number',
  },
  toPayee: (payee) => `to ${payee}`,
  atPayee: (payee) => `at ${payee}`,
  things: (count) => (count === 1 ? '1 item' : `${count} items`),
  amount: 'Amount',
  payee: 'Payee',
  resource: 'Access to',
  account: 'To account',
  fromAccount: 'From account',
  note: 'Note',
  noteOf: { send_message: 'Subject', message: 'From', declaration: 'Form' },
  fingerprint: 'Fingerprint (SHA-256)',
  items: 'What you order',
  enter: 'Enter your code',
  sending: 'Your code is on its way, together with what you see here.',
  sentTo: (address) => `We sent it to ${address}, together with what you see here.`,
  compare: 'Enter it only if both say the same.',
  code: (digits) => `Code of ${digits} digits`,
  codeRule: (digits) => `${digits} digits, without spaces`,
  codeHint: 'The last digit that you type sends the code.',
  confirm: 'Confirm',
  until: 'The code works until',
  left: 'The code works for another {time}',
  lastMinute: 'The code works for less than one more minute.',
  resendAsk: 'Nothing arrived?',
  resend: 'Send a new code',
  resendWait: 'New code in {time}',
  resendSoon: (seconds) => `Possible in ${seconds} s.`,
  resendNone: 'No further code can be sent for this confirmation.',
  cancel: 'Cancel',
  notMeTitle: 'You did not ask for this?',
  notMeText: (client) =>
    `Then someone else may be using your name. Stop it here, and nothing happens at ${client}.`,
  notMe: 'This was not me',
  notice: {
    refused: [
      'That did not work',
      'Look at the newest message and enter its code once more. If it fails again, wait a minute first.',
    ],
    wait: [
      'Please wait a moment',
      (seconds) =>
        seconds === null
          ? 'There were too many tries. Wait a little, then try again.'
          : `There were too many tries. Try again in ${seconds} s.`,
    ],
    resent: [
      'A new code is on its way',
      (address) =>
        address === null
          ? 'Earlier codes no longer work.'
          : `It goes to ${address}. Earlier codes no longer work.`,
    ],
  },
  end: {
    confirmed: ['Confirmed', 'You have confirmed exactly this. There is nothing more to do here.'],
    locked: ['Too many wrong codes', 'For your safety this confirmation is closed. Nothing was carried out.'],
    expired: ['Time is up', 'The code is no longer valid. Nothing was carried out; you can start again.'],
    cancelled: ['Cancelled', 'This confirmation was stopped. Nothing was carried out.'],
  },
  exempt: 'No code was needed for this.',
  return: (client) => `Back to ${client}`,
  close: 'You can close this page.',
};

const fr: PageTexts = {
  skip: 'Aller à la confirmation',
  languages: 'Langue',
  asks: (client) => `${client} vous demande de confirmer`,
  title: (act, client) => `${act} · ${client}`,
  errorTitle: (title) => `Refusé : ${title}`,
  verb: {
    access: 'Se connecter à',
    transfer: 'Virement',
    payment: 'Paiement',
    order: 'Commande',
    send_message: 'Envoyer un message recommandé',
    message: 'Ouvrir un message recommandé',
    declaration: 'Signer une déclaration',
    bind_address: 'Ajouter ce numéro',
  },
  toPayee: (payee) => `à ${payee}`,
  atPayee: (payee) => `chez ${payee}`,
  things: (count) => (count === 1 ? '1 article' : `${count} articles`),
  amount: 'Montant',
  payee: 'Bénéficiaire',
  resource: 'Accès à',
  account: 'Vers le compte',
  fromAccount: 'Depuis le compte',
  note: 'Remarque',
  noteOf: { send_message: 'Objet', message: 'De', declaration: 'Formulaire' },
  fingerprint: 'Empreinte (SHA-256)',
  items: 'Votre commande',
  enter: 'Saisissez votre code',
  sending: 'Votre code est en route, avec ce que vous voyez ici.',
  sentTo: (address) => `Nous l’avons envoyé au ${address}, avec ce que vous voyez ici.`,
  compare: 'Saisissez-le seulement si les deux concordent.',
  code: (digits) => `Code à ${digits} chiffres`,
  codeRule: (digits) => `${digits} chiffres, sans espaces`,
  codeHint: 'Le dernier chiffre saisi envoie le code.',
  confirm: 'Confirmer',
  until: 'Le code est valable jusqu’à',
  left: 'Le code est valable encore {time}',
  lastMinute: 'Le code est valable encore moins d’une minute.',
  resendAsk: 'Rien reçu ?',
  resend: 'Envoyer un nouveau code',
  resendWait: 'Nouveau code dans {time}',
  resendSoon: (seconds) => `Possible dans ${seconds} s.`,
  resendNone: 'Aucun autre code ne peut être envoyé pour cette confirmation.',
  cancel: 'Annuler',
  notMeTitle: 'Vous n’avez rien demandé ?',
  notMeText: (client) =>
    `Quelqu’un utilise peut-être votre nom. Arrêtez tout ici, et rien ne se passera chez ${client}.`,
  notMe: 'Ce n’était pas moi',
  notice: {
    refused: [
      'Cela n’a pas fonctionné',
      'Regardez le dernier message et saisissez de nouveau son code. Sinon, patientez d’abord une minute.',
    ],
    wait: [
      'Un instant, s’il vous plaît',
      (seconds) =>
        seconds === null
          ? 'Trop d’essais. Attendez un peu, puis réessayez.'
          : `Trop d’essais. Réessayez dans ${seconds} s.`,
    ],
    resent: [
      'Un nouveau code est en route',
      (address) =>
        address === null
          ? 'Les codes précédents ne sont plus valables.'
          : `Il part vers le ${address}. Les codes précédents ne sont plus valables.`,
    ],
  },
  end: {
    confirmed: ['Confirmé', 'Vous avez confirmé exactement ceci. Il n’y a plus rien à faire ici.'],
    locked: [
      'Trop de codes erronés',
      'Pour votre sécurité, cette confirmation est fermée. Rien n’a été exécuté.',
    ],
    expired: ['Délai dépassé', 'Le code n’est plus valable. Rien n’a été exécuté ; vous pouvez recommencer.'],
    cancelled: ['Annulé', 'Cette confirmation a été arrêtée. Rien n’a été exécuté.'],
  },
  exempt: 'Aucun code n’était nécessaire.',
  return: (client) => `Revenir chez ${client}`,
  close: 'Vous pouvez fermer cette page.',
};

const de: PageTexts = {
  skip: 'Zur Bestätigung',
  languages: 'Sprache',
  asks: (client) => `${client} bittet Sie um Bestätigung`,
  title: (act, client) => `${act} · ${client}`,
  errorTitle: (title) => `Nicht angenommen: ${title}`,
  verb: {
    access: 'Anmelden bei',
    transfer: 'Überweisung',
    payment: 'Zahlung',
    order: 'Bestellung',
    send_message: 'Eine eingeschriebene Nachricht senden',
    message: 'Eine eingeschriebene Nachricht öffnen',
    declaration: 'Eine Erklärung unterzeichnen',
    bind_address: 'Diese Nummer hinzufügen',
  },
  toPayee: (payee) => `an ${payee}`,
  atPayee: (payee) => `bei ${payee}`,
  things: (count) => (count === 1 ? '1 Artikel' : `${count} Artikel`),
  amount: 'Betrag',
  payee: 'Empfänger',
  resource: 'Zugang zu',
  account: 'Auf das Konto',
  fromAccount: 'Vom Konto',
  note: 'Hinweis',
  noteOf: { send_message: 'Betreff', message: 'Von', declaration: 'Formular' },
  fingerprint: 'Prüfsumme (SHA-256)',
  items: 'Ihre Bestellung',
  enter: 'Code eingeben',
  sending: 'Ihr Code ist unterwegs, zusammen mit dem, was Sie hier sehen.',
  sentTo: (address) => `Wir haben ihn an ${address} geschickt, zusammen mit dem, was Sie hier sehen.`,
  compare: 'Geben Sie ihn nur ein, wenn beides übereinstimmt.',
  code: (digits) => `Code mit ${digits} Ziffern`,
  codeRule: (digits) => `${digits} Ziffern, ohne Leerzeichen`,
  codeHint: 'Die letzte getippte Ziffer sendet den Code ab.',
  confirm: 'Bestätigen',
  until: 'Der Code gilt bis',
  left: 'Der Code gilt noch {time}',
  lastMinute: 'Der Code gilt noch weniger als eine Minute.',
  resendAsk: 'Nichts angekommen?',
  resend: 'Neuen Code senden',
  resendWait: 'Neuer Code in {time}',
  resendSoon: (seconds) => `Möglich in ${seconds} s.`,
  resendNone: 'Für diese Bestätigung kann kein weiterer Code gesendet werden.',
  cancel: 'Abbrechen',
  notMeTitle: 'Sie haben das nicht veranlasst?',
  notMeText: (client) =>
    `Dann benutzt vielleicht jemand Ihren Namen. Halten Sie es hier an: Bei ${client} geschieht nichts.`,
  notMe: 'Das war ich nicht',
  notice: {
    refused: [
      'Das hat nicht geklappt',
      'Geben Sie den Code der neuesten Nachricht noch einmal ein. Hilft das nicht, warten Sie erst eine Minute.',
    ],
    wait: [
      'Bitte einen Augenblick warten',
      (seconds) =>
        seconds === null
          ? 'Es waren zu viele Versuche. Warten Sie ein wenig und versuchen Sie es dann wieder.'
          : `Es waren zu viele Versuche. Versuchen Sie es in ${seconds} s wieder.`,
    ],
    resent: [
      'Ein neuer Code ist unterwegs',
      (address) =>
        address === null
          ? 'Frühere Codes gelten nicht mehr.'
          : `Er geht an ${address}. Frühere Codes gelten nicht mehr.`,
    ],
  },
  end: {
    confirmed: ['Bestätigt', 'Sie haben genau das bestätigt. Hier ist nichts weiter zu tun.'],
    locked: [
      'Zu viele falsche Codes',
      'Zu Ihrer Sicherheit ist diese Bestätigung geschlossen. Es wurde nichts ausgeführt.',
    ],
    expired: [
      'Zeit abgelaufen',
      'Der Code gilt nicht mehr. Es wurde nichts ausgeführt; Sie können neu beginnen.',
    ],
    cancelled: ['Abgebrochen', 'Diese Bestätigung wurde angehalten. Es wurde nichts ausgeführt.'],
  },
  exempt: 'Dafür war kein Code nötig.',
  return: (client) => `Zurück zu ${client}`,
  close: 'Sie können diese Seite schließen.',
};

const es: PageTexts = {
  skip: 'Ir a la confirmación',
  languages: 'Idioma',
  asks: (client) => `${client} le pide que confirme`,
  title: (act, client) => `${act} · ${client}`,
  errorTitle: (title) => `No aceptado: ${title}`,
  verb: {
    access: 'Acceder a',
    transfer: 'Transferencia',
    payment: 'Pago',
    order: 'Pedido',
    send_message: 'Enviar un mensaje certificado',
    message: 'Abrir un mensaje certificado',
    declaration: 'Firmar una declaración',
    bind_address: 'Añadir este número',
  },
  toPayee: (payee) => `a ${payee}`,
  atPayee: (payee) => `en ${payee}`,
  things: (count) => (count === 1 ? '1 artículo' : `${count} artículos`),
  amount: 'Importe',
  payee: 'Beneficiario',
  resource: 'Acceso a',
  account: 'A la cuenta',
  fromAccount: 'Desde la cuenta',
  note: 'Nota',
  noteOf: { send_message: 'Asunto', message: 'De', declaration: 'Formulario' },
  fingerprint: 'Huella (SHA-256)',
  items: 'Su pedido',
  enter: 'Introduzca su código',
  sending: 'Su código está en camino, junto con lo que ve aquí.',
  sentTo: (address) => `Lo hemos enviado al ${address}, junto con lo que ve aquí.`,
  compare: 'Introdúzcalo solo si ambos dicen lo mismo.',
  code: (digits) => `Código de ${digits} cifras`,
  codeRule: (digits) => `${digits} cifras, sin espacios`,
  codeHint: 'La última cifra que teclee envía el código.',
  confirm: 'Confirmar',
  until: 'El código vale hasta las',
  left: 'El código vale todavía {time}',
  lastMinute: 'El código vale menos de un minuto más.',
  resendAsk: '¿No ha llegado nada?',
  resend: 'Enviar un código nuevo',
  resendWait: 'Código nuevo en {time}',
  resendSoon: (seconds) => `Posible en ${seconds} s.`,
  resendNone: 'No se puede enviar ningún otro código para esta confirmación.',
  cancel: 'Cancelar',
  notMeTitle: '¿No lo ha pedido usted?',
  notMeText: (client) =>
    `Puede que alguien esté usando su nombre. Deténgalo aquí: en ${client} no ocurrirá nada.`,
  notMe: 'No he sido yo',
  notice: {
    refused: [
      'No ha funcionado',
      'Mire el último mensaje e introduzca otra vez su código. Si vuelve a fallar, espere antes un minuto.',
    ],
    wait: [
      'Espere un momento, por favor',
      (seconds) =>
        seconds === null
          ? 'Ha habido demasiados intentos. Espere un poco y vuelva a intentarlo.'
          : `Ha habido demasiados intentos. Vuelva a intentarlo en ${seconds} s.`,
    ],
    resent: [
      'Un código nuevo está en camino',
      (address) =>
        address === null
          ? 'Los códigos anteriores ya no valen.'
          : `Va al ${address}. Los códigos anteriores ya no valen.`,
    ],
  },
  end: {
    confirmed: ['Confirmado', 'Ha confirmado exactamente esto. No hay nada más que hacer aquí.'],
    locked: [
      'Demasiados códigos erróneos',
      'Por su seguridad, esta confirmación está cerrada. No se ha ejecutado nada.',
    ],
    expired: ['Se acabó el tiempo', 'El código ya no vale. No se ha ejecutado nada; puede empezar de nuevo.'],
    cancelled: ['Cancelado', 'Esta confirmación se detuvo. No se ha ejecutado nada.'],
  },
  exempt: 'Para esto no hacía falta ningún código.',
  return: (client) => `Volver a ${client}`,
  close: 'Puede cerrar esta página.',
};

export const PAGE_TEXTS: Readonly<Record<Language, PageTexts>> = { en, fr, de, es };
