/**
 * The words of every message, as ICU messages by language and purpose; template.ts puts the details in.
 *
 * Every word is written in the alphabet of GSM 03.38, so that the words alone never force UCS-2 and its 70
 * characters: French has no ô, ê or ç here and Spanish no á, í, ó or ú, which that alphabet lacks. The plain
 * space is the only space.
 */
import type { Language } from '../std/language.ts';

export const MESSAGE_PURPOSES = [
  'access',
  'transfer',
  'payment',
  'order',
  'send_message',
  'message',
  'declaration',
  'bind_address',
] as const;
export type MessagePurpose = (typeof MESSAGE_PURPOSES)[number];

/** A detail that the purpose's own sentence does not name is added after it, in this order. */
export const DETAILS = ['resource', 'items', 'amount', 'payee', 'debtor', 'digest', 'text'] as const;
export type Detail = (typeof DETAILS)[number];

/**
 * Where an act is told by its text alone: the digest of a `bind_address` stands for the id of the address, of
 * which the text says the number. It is asked on the old device too, so that its sentence does not say "this
 * number".
 */
export const UNSAID: Readonly<Partial<Record<MessagePurpose, readonly Detail[]>>> = {
  bind_address: ['digest'],
};

export const ALERTS = ['blocked', 'disabled', 'address_changed', 'address_bound'] as const;
export type Alert = (typeof ALERTS)[number];

/** What the sender of a registered message is told of it. */
export const NEWS = ['accepted', 'handed_over', 'refused', 'expired', 'notice_failed'] as const;
export type News = (typeof NEWS)[number];

export type Texts = {
  readonly purpose: Readonly<Record<MessagePurpose, string>>;
  readonly detail: Readonly<Record<Detail, string>>;
  /** What follows the act; it ends with the code, and `warn` says whether there is room for the warning. */
  readonly ending: string;
  readonly alert: Readonly<Record<Alert, string>>;
  /** Says that a message waits and from whom, never what it says; `full` says whether there is room for all. */
  readonly notice: string;
  readonly news: Readonly<Record<News, string>>;
  readonly debit: string;
  readonly number: {
    readonly decimal: string;
    readonly group: string;
    readonly currency: 'first' | 'last';
  };
};

const EN: Texts = {
  purpose: {
    access: 'Access to {resource}',
    transfer: 'Transfer {amount} to {payee}',
    payment: 'Pay {amount} to {payee}',
    order:
      'Order {items}{hasPayee, select, yes { from {payee}} other {}}{hasAmount, select, yes { for {amount}} other {}}',
    send_message: 'Send the registered message "{text}" to {payee}, fingerprint {digest}',
    message:
      'Open the registered message{hasText, select, yes { from {text}} other {}}, fingerprint {digest}',
    declaration: 'Submit the declaration{hasText, select, yes { "{text}"} other {}}, fingerprint {digest}',
    bind_address: 'Register a phone number',
  },
  detail: {
    resource: ', {resource}',
    items: ', {items}',
    amount: ', {amount}',
    payee: ', {payee}',
    debtor: ', from account ...{debtor}',
    digest: ', document {digest}',
    text: ': {text}',
  },
  ending: 'Asked by {client}. {warn, select, yes {Never tell this code to anyone} other {Code}}: {code}',
  alert: {
    blocked:
      'Too many wrong codes. Confirmations to this number are blocked for {seconds, plural, =0 {a while} =30 {30 seconds} other {{minutes, plural, one {{minutes} minute} other {{minutes} minutes}}}}. Not you? Contact {client}',
    disabled:
      'Too many wrong codes. This number takes no more codes until it is registered again. Contact {client}',
    address_changed: 'Your codes now go to another number. Not you? Contact {client} at once',
    address_bound: 'This number now receives your codes. Not you? Contact {client}',
  },
  notice:
    '{reminder, select, yes {Reminder: registered} other {Registered}} message from {sender}{full, select, yes { waits for you} other {}}. {acceptance, select, yes {Accept or refuse it} other {Read it}} by {until} at {url}{full, select, yes { (no. {number}). {client}} other {}}',
  news: {
    accepted: '{addressee} accepted your registered message "{subject}" on {at}. {client}',
    handed_over: 'Your registered message "{subject}" was handed over to {addressee} on {at}. {client}',
    refused: '{addressee} refused your registered message "{subject}" on {at}. {client}',
    expired:
      'Your registered message "{subject}" to {addressee} was not opened and expired on {at}. {client}',
    notice_failed:
      'The notice of your registered message "{subject}" did not reach {addressee}, {at}. {client}',
  },
  debit:
    '{amount} to {payee} debited{hasCard, select, yes { from card ...{card}} other { on your bill}}, {at}. Not you? Contact {client}',
  number: { decimal: '.', group: ',', currency: 'first' },
};

const FR: Texts = {
  purpose: {
    access: 'Accès à {resource}',
    transfer: 'Virement de {amount} à {payee}',
    payment: 'Paiement de {amount} à {payee}',
    order:
      'Commande {items}{hasPayee, select, yes { chez {payee}} other {}}{hasAmount, select, yes { pour {amount}} other {}}',
    send_message: 'Envoi du message recommandé "{text}" à {payee}, empreinte {digest}',
    message:
      'Ouverture du message recommandé{hasText, select, yes { de {text}} other {}}, empreinte {digest}',
    declaration: 'Envoi de la déclaration{hasText, select, yes { "{text}"} other {}}, empreinte {digest}',
    bind_address: "Enregistrement d''un numéro",
  },
  detail: {
    resource: ', {resource}',
    items: ', {items}',
    amount: ', {amount}',
    payee: ', {payee}',
    debtor: ', du compte ...{debtor}',
    digest: ', document {digest}',
    text: ' : {text}',
  },
  ending: 'Demandé par {client}. {warn, select, yes {Ne donnez ce code à personne} other {Code}} : {code}',
  alert: {
    blocked:
      "Trop de codes faux. Confirmations par ce numéro bloquées pour {seconds, plural, =0 {un moment} =30 {30 secondes} other {{minutes, plural, one {{minutes} minute} other {{minutes} minutes}}}}. Si ce n''est pas vous, contactez {client}",
    disabled:
      "Trop de codes faux. Ce numéro est désactivé jusqu''à un nouvel enregistrement. Contactez {client}",
    address_changed:
      "Vos codes vont maintenant à un autre numéro. Si ce n''est pas vous, contactez vite {client}",
    address_bound: "Vos codes arrivent maintenant à ce numéro. Si ce n''est pas vous, contactez {client}",
  },
  notice:
    '{reminder, select, yes {Rappel : message} other {Message}} recommandé de {sender}{full, select, yes { vous attend} other {}}. {acceptance, select, yes {Acceptez ou refusez} other {Lisez-le}} avant le {until} sur {url}{full, select, yes { (no {number}). {client}} other {}}',
  news: {
    accepted: '{addressee} a accepté votre message recommandé "{subject}" le {at}. {client}',
    handed_over: 'Votre message recommandé "{subject}" a été remis à {addressee} le {at}. {client}',
    refused: '{addressee} a refusé votre message recommandé "{subject}" le {at}. {client}',
    expired:
      'Votre message recommandé "{subject}" à {addressee} n\'\'a pas été ouvert, fini le {at}. {client}',
    notice_failed:
      "L''avis de votre message recommandé \"{subject}\" n''a pas atteint {addressee}, {at}. {client}",
  },
  debit:
    "{amount} à {payee} débités{hasCard, select, yes { de la carte ...{card}} other { sur votre facture}}, {at}. Si ce n''est pas vous, contactez {client}",
  number: { decimal: ',', group: ' ', currency: 'last' },
};

const DE: Texts = {
  purpose: {
    access: 'Zugang zu {resource}',
    transfer: 'Überweisung {amount} an {payee}',
    payment: 'Zahlung {amount} an {payee}',
    order:
      'Bestellung {items}{hasPayee, select, yes { bei {payee}} other {}}{hasAmount, select, yes { für {amount}} other {}}',
    send_message: 'Versand des Einschreibens "{text}" an {payee}, Prüfsumme {digest}',
    message: 'Öffnen des Einschreibens{hasText, select, yes { von {text}} other {}}, Prüfsumme {digest}',
    declaration: 'Abgabe der Erklärung{hasText, select, yes { "{text}"} other {}}, Prüfsumme {digest}',
    bind_address: 'Registrierung einer Nummer',
  },
  detail: {
    resource: ', {resource}',
    items: ', {items}',
    amount: ', {amount}',
    payee: ', {payee}',
    debtor: ', von Konto ...{debtor}',
    digest: ', Dokument {digest}',
    text: ': {text}',
  },
  ending: 'Angefragt von {client}. {warn, select, yes {Diesen Code niemandem nennen} other {Code}}: {code}',
  alert: {
    blocked:
      'Zu viele falsche Codes. Bestätigungen über diese Nummer sind {seconds, plural, =0 {eine Weile} =30 {30 Sekunden} other {{minutes, plural, one {{minutes} Minute} other {{minutes} Minuten}}}} gesperrt. Nicht Sie? {client} kontaktieren',
    disabled:
      'Zu viele falsche Codes. Diese Nummer erhält bis zur neuen Registrierung keine Codes. {client} kontaktieren',
    address_changed: 'Ihre Codes gehen jetzt an eine andere Nummer. Nicht Sie? Sofort {client} kontaktieren',
    address_bound: 'Diese Nummer erhält jetzt Ihre Codes. Nicht Sie? {client} kontaktieren',
  },
  notice:
    '{reminder, select, yes {Erinnerung: } other {}}Einschreiben von {sender}{full, select, yes { wartet auf Sie} other {}}. {acceptance, select, yes {Annehmen oder ablehnen} other {Lesen}} bis {until}: {url}{full, select, yes { (Nr. {number}). {client}} other {}}',
  news: {
    accepted: '{addressee} hat Ihr Einschreiben "{subject}" am {at} angenommen. {client}',
    handed_over: 'Ihr Einschreiben "{subject}" wurde {addressee} am {at} übergeben. {client}',
    refused: '{addressee} hat Ihr Einschreiben "{subject}" am {at} abgelehnt. {client}',
    expired: 'Ihr Einschreiben "{subject}" an {addressee} blieb ungeöffnet und verfiel am {at}. {client}',
    notice_failed:
      'Die Benachrichtigung zu Ihrem Einschreiben "{subject}" hat {addressee} nicht erreicht, {at}. {client}',
  },
  debit:
    '{amount} an {payee} abgebucht{hasCard, select, yes { von Karte ...{card}} other { über Ihre Rechnung}}, {at}. Nicht Sie? Melden Sie sich bei {client}',
  number: { decimal: ',', group: '.', currency: 'last' },
};

const ES: Texts = {
  purpose: {
    access: 'Acceso a {resource}',
    transfer: 'Transferencia de {amount} a {payee}',
    payment: 'Pago de {amount} a {payee}',
    order:
      'Pedido {items}{hasPayee, select, yes { a {payee}} other {}}{hasAmount, select, yes { por {amount}} other {}}',
    send_message: 'Mandar el mensaje certificado "{text}" a {payee}, huella {digest}',
    message: 'Apertura del mensaje certificado{hasText, select, yes { de {text}} other {}}, huella {digest}',
    declaration: 'Entrega del formulario{hasText, select, yes { "{text}"} other {}}, huella {digest}',
    bind_address: 'Registro de un teléfono',
  },
  detail: {
    resource: ', {resource}',
    items: ', {items}',
    amount: ', {amount}',
    payee: ', {payee}',
    debtor: ', desde la cuenta ...{debtor}',
    digest: ', documento {digest}',
    text: ': {text}',
  },
  ending: 'Lo pide {client}. {warn, select, yes {No diga esta clave a nadie} other {Clave}}: {code}',
  alert: {
    blocked:
      'Demasiadas claves falsas. Este teléfono queda bloqueado {seconds, plural, =0 {un tiempo} =30 {30 segundos} other {{minutes, plural, one {{minutes} minuto} other {{minutes} minutos}}}}. Si no ha sido usted, contacte con {client}',
    disabled:
      'Demasiadas claves falsas. Este teléfono no recibe claves hasta un nuevo registro. Contacte con {client}',
    address_changed: 'Sus claves van ahora a otro teléfono. Si no ha sido usted, contacte ya con {client}',
    address_bound: 'Este teléfono recibe ahora sus claves. Si no ha sido usted, contacte con {client}',
  },
  notice:
    '{reminder, select, yes {Recuerde: mensaje} other {Mensaje}} certificado de {sender}{full, select, yes { le espera} other {}}. {acceptance, select, yes {Acepte o rechace} other {Léalo}} antes del {until} en {url}{full, select, yes { (no. {number}). {client}} other {}}',
  news: {
    accepted: '{addressee} acepta su mensaje certificado "{subject}", {at}. {client}',
    handed_over: 'Su mensaje certificado "{subject}" fue entregado a {addressee} el {at}. {client}',
    refused: '{addressee} rechaza su mensaje certificado "{subject}", {at}. {client}',
    expired: 'Su mensaje certificado "{subject}" a {addressee} no fue abierto y caduca el {at}. {client}',
    notice_failed:
      'El aviso de su mensaje certificado "{subject}" no ha llegado a {addressee}, {at}. {client}',
  },
  debit:
    '{amount} a {payee} cargados{hasCard, select, yes { en la tarjeta ...{card}} other { en su factura}}, {at}. Si no ha sido usted, avise a {client}',
  number: { decimal: ',', group: '.', currency: 'last' },
};

export const TEXTS: Readonly<Record<Language, Texts>> = { en: EN, fr: FR, de: DE, es: ES };
