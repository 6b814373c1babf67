/**
 * What the entries of the log mean, in words for a person who reads a certificate or a receipt and may be
 * anybody: the names of ETSI EN 319 522-1 for registered messages, and ours for what they do not know.
 */
import type { Language } from '../std/language.ts';

const en = {
  SubmissionAcceptance: 'Confirmed by the sender with a code, and accepted for sending',
  SubmissionRejection: 'The message was not sent',
  NotificationForAcceptance: 'The addressee was told that it waits, and asked to accept it',
  NotificationForAcceptanceFailure: 'The notice could not be delivered',
  ConsignmentNotification: 'The addressee was told that it waits',
  ConsignmentNotificationFailure: 'The notice could not be delivered',
  ConsignmentAcceptance: 'The addressee accepted it',
  ConsignmentRejection: 'The addressee refused it',
  AcceptanceRejectionExpiry: 'The addressee neither accepted nor refused in time',
  ContentConsignment: 'The content was made ready for the addressee',
  ContentConsignmentFailure: 'The content was never made ready for the addressee',
  ContentAccessTracking: 'The addressee proved who they are with a code of their own',
  ContentHandover: 'The content was handed over to the addressee',
  ContentHandoverFailure: 'The content was not handed over',
  ContentErasure: 'The content was erased on demand',
  DeclarationReceived: 'The declaration was confirmed with a code, and received',
  ConfirmationOpened: 'A confirmation was asked for',
  ConfirmationConfirmed: 'The person confirmed exactly this',
  ConfirmationLocked: 'Too many wrong codes: closed',
  ConfirmationExpired: 'Time was up: closed',
  ConfirmationCancelled: 'Stopped before it was confirmed',
  ConfirmationAttemptRefused: 'A code was refused',
  ConfirmationResent: 'A new code was sent',
  ConfirmationRefused: 'No code was sent, for a limit was reached',
  DispatchAccepted: 'The network accepted what was sent',
  DispatchDelivered: 'The network reported it as delivered',
  DispatchRejected: 'The network rejected what was sent',
  DispatchUnknown: 'The network gave no clear answer',
  DispatchExpired: 'It was too late to be sent',
  DispatchFailed: 'It could not be sent',
} as const;

type EventName = keyof typeof en;
type EventTexts = Readonly<Record<EventName, string>>;

const fr: EventTexts = {
  SubmissionAcceptance: 'Confirmé par l’expéditeur avec un code, et accepté à l’envoi',
  SubmissionRejection: 'Le message n’a pas été envoyé',
  NotificationForAcceptance: 'Le destinataire a été averti et prié d’accepter',
  NotificationForAcceptanceFailure: 'L’avis n’a pas pu être remis',
  ConsignmentNotification: 'Le destinataire a été averti que le message l’attend',
  ConsignmentNotificationFailure: 'L’avis n’a pas pu être remis',
  ConsignmentAcceptance: 'Le destinataire l’a accepté',
  ConsignmentRejection: 'Le destinataire l’a refusé',
  AcceptanceRejectionExpiry: 'Le destinataire n’a ni accepté ni refusé à temps',
  ContentConsignment: 'Le contenu a été tenu à la disposition du destinataire',
  ContentConsignmentFailure: 'Le contenu n’a jamais été mis à disposition',
  ContentAccessTracking: 'Le destinataire a prouvé son identité par son propre code',
  ContentHandover: 'Le contenu a été remis au destinataire',
  ContentHandoverFailure: 'Le contenu n’a pas été remis',
  ContentErasure: 'Le contenu a été effacé sur demande',
  DeclarationReceived: 'La déclaration a été confirmée par un code et reçue',
  ConfirmationOpened: 'Une confirmation a été demandée',
  ConfirmationConfirmed: 'La personne a confirmé exactement cela',
  ConfirmationLocked: 'Trop de codes erronés : fermé',
  ConfirmationExpired: 'Temps écoulé : fermé',
  ConfirmationCancelled: 'Arrêté avant la confirmation',
  ConfirmationAttemptRefused: 'Un code a été refusé',
  ConfirmationResent: 'Un nouveau code a été envoyé',
  ConfirmationRefused: 'Aucun code envoyé : une limite était atteinte',
  DispatchAccepted: 'Le réseau a accepté l’envoi',
  DispatchDelivered: 'Le réseau a signalé la remise',
  DispatchRejected: 'Le réseau a rejeté l’envoi',
  DispatchUnknown: 'Le réseau n’a pas répondu clairement',
  DispatchExpired: 'Il était trop tard pour l’envoi',
  DispatchFailed: 'L’envoi n’a pas été possible',
};

const de: EventTexts = {
  SubmissionAcceptance: 'Vom Absender mit einem Code bestätigt und zum Versand angenommen',
  SubmissionRejection: 'Die Nachricht wurde nicht gesendet',
  NotificationForAcceptance: 'Der Empfänger wurde benachrichtigt und um Annahme gebeten',
  NotificationForAcceptanceFailure: 'Der Hinweis konnte nicht zugestellt werden',
  ConsignmentNotification: 'Der Empfänger wurde benachrichtigt, dass sie wartet',
  ConsignmentNotificationFailure: 'Der Hinweis konnte nicht zugestellt werden',
  ConsignmentAcceptance: 'Der Empfänger hat sie angenommen',
  ConsignmentRejection: 'Der Empfänger hat sie abgelehnt',
  AcceptanceRejectionExpiry: 'Der Empfänger hat sich nicht rechtzeitig entschieden',
  ContentConsignment: 'Der Inhalt wurde für den Empfänger bereitgestellt',
  ContentConsignmentFailure: 'Der Inhalt wurde nie bereitgestellt',
  ContentAccessTracking: 'Der Empfänger hat sich mit seinem eigenen Code ausgewiesen',
  ContentHandover: 'Der Inhalt wurde dem Empfänger übergeben',
  ContentHandoverFailure: 'Der Inhalt wurde nicht übergeben',
  ContentErasure: 'Der Inhalt wurde auf Verlangen gelöscht',
  DeclarationReceived: 'Die Erklärung wurde mit einem Code bestätigt und ist eingegangen',
  ConfirmationOpened: 'Um eine Bestätigung wurde gebeten',
  ConfirmationConfirmed: 'Die Person hat genau dies bestätigt',
  ConfirmationLocked: 'Zu viele falsche Codes: geschlossen',
  ConfirmationExpired: 'Zeit abgelaufen: geschlossen',
  ConfirmationCancelled: 'Vor der Bestätigung abgebrochen',
  ConfirmationAttemptRefused: 'Ein Code wurde zurückgewiesen',
  ConfirmationResent: 'Ein neuer Code wurde gesendet',
  ConfirmationRefused: 'Kein Code gesendet, eine Grenze war erreicht',
  DispatchAccepted: 'Das Netz hat die Sendung angenommen',
  DispatchDelivered: 'Das Netz hat die Zustellung gemeldet',
  DispatchRejected: 'Das Netz hat die Sendung abgelehnt',
  DispatchUnknown: 'Das Netz hat nicht eindeutig geantwortet',
  DispatchExpired: 'Für die Sendung war es zu spät',
  DispatchFailed: 'Die Sendung war nicht möglich',
};

const es: EventTexts = {
  SubmissionAcceptance: 'Confirmado por el remitente con un código y aceptado',
  SubmissionRejection: 'El mensaje no se envió',
  NotificationForAcceptance: 'Se avisó al destinatario y se le pidió que aceptara',
  NotificationForAcceptanceFailure: 'El aviso no pudo entregarse',
  ConsignmentNotification: 'Se avisó al destinatario de que el mensaje le espera',
  ConsignmentNotificationFailure: 'El aviso no pudo entregarse',
  ConsignmentAcceptance: 'El destinatario lo aceptó',
  ConsignmentRejection: 'El destinatario lo rechazó',
  AcceptanceRejectionExpiry: 'El destinatario ni aceptó ni rechazó a tiempo',
  ContentConsignment: 'El contenido quedó a disposición del destinatario',
  ContentConsignmentFailure: 'El contenido nunca quedó a disposición',
  ContentAccessTracking: 'El destinatario demostró quién es con su propio código',
  ContentHandover: 'El contenido se entregó al destinatario',
  ContentHandoverFailure: 'El contenido no se entregó',
  ContentErasure: 'El contenido se borró a petición',
  DeclarationReceived: 'La declaración se confirmó con un código y se recibió',
  ConfirmationOpened: 'Se pidió una confirmación',
  ConfirmationConfirmed: 'La persona confirmó exactamente esto',
  ConfirmationLocked: 'Demasiados códigos erróneos: cerrado',
  ConfirmationExpired: 'Tiempo agotado: cerrado',
  ConfirmationCancelled: 'Detenido antes de confirmarse',
  ConfirmationAttemptRefused: 'Se rechazó un código',
  ConfirmationResent: 'Se envió un código nuevo',
  ConfirmationRefused: 'No se envió código: se alcanzó un límite',
  DispatchAccepted: 'La red aceptó el envío',
  DispatchDelivered: 'La red comunicó la entrega',
  DispatchRejected: 'La red rechazó el envío',
  DispatchUnknown: 'La red no respondió con claridad',
  DispatchExpired: 'Era demasiado tarde para enviarlo',
  DispatchFailed: 'No se pudo enviar',
};

const EVENT_TEXTS: Readonly<Record<Language, EventTexts>> = { en, fr, de, es };

/** Null for an event that this version does not know: then its name stands alone. */
export function eventText(language: Language, name: string): string | null {
  const texts = EVENT_TEXTS[language];
  return isKnown(name) ? texts[name] : null;
}

function isKnown(name: string): name is EventName {
  return Object.hasOwn(en, name);
}
