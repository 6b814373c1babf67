import type { Language } from '../std/language.ts';

/**
 * Every sentence of the certificate, in every language: the compiler refuses a table with a gap. Nothing in
 * it claims more than the receipt proves, and nothing claims a legal standing (no "qualified" service).
 */
export type CertificateTexts = {
  readonly title: Readonly<Record<'message' | 'declaration', string>>;
  readonly copy: Readonly<Record<'sender' | 'addressee' | 'declaration', string>>;
  readonly status: {
    readonly handedOver: (at: string) => string;
    readonly notHandedOver: string;
    readonly received: (at: string) => string;
  };
  readonly subject: string;
  /** Instead of a subject that this side may not see yet. */
  readonly sealed: string;
  readonly from: string;
  readonly to: string;
  readonly declarant: string;
  readonly office: string;
  readonly sent: string;
  readonly handedOver: string;
  readonly received: string;
  readonly notYet: string;
  /** How a party was proved, and when; each is a line. */
  readonly proved: (channel: string, at: string) => readonly [by: string, at: string];
  readonly notProved: string;
  readonly channels: Readonly<Record<string, string>>;
  readonly events: string;
  /** After a list that was cut. */
  readonly more: (count: number) => string;
  readonly files: (count: number, size: string) => string;
  readonly fingerprint: string;
  readonly digest: Readonly<Record<'message' | 'declaration', string>>;
  readonly log: string;
  readonly logPosition: (entries: string, size: string) => string;
  readonly time: string;
  readonly timeStamp: Readonly<Record<'none' | 'pending', string>> & {
    readonly stamped: string;
  };
  readonly verify: string;
  readonly verifyPage: string;
  readonly verifyCommand: string;
  readonly attached: string;
  readonly attachedDetail: string;
  readonly footnote: string;
  readonly unprintable: string;
};

const en: CertificateTexts = {
  title: { message: 'Certificate of a registered message', declaration: 'Certificate of a declaration' },
  copy: { sender: 'Sender’s copy', addressee: 'Addressee’s copy', declaration: 'Declaration' },
  status: {
    handedOver: (at) => `Handed over to the addressee on ${at}.`,
    notHandedOver: 'Not handed over to the addressee.',
    received: (at) => `Confirmed with a code and received on ${at}.`,
  },
  subject: 'Subject',
  sealed: 'Sealed until it is opened',
  from: 'From',
  to: 'To',
  declarant: 'Declared by',
  office: 'Received by',
  sent: 'Accepted for sending',
  handedOver: 'Handed over',
  received: 'Received',
  notYet: 'Not handed over',
  proved: (channel, at) => [`Proved by a code ${channel},`, `typed in on ${at}`],
  notProved: 'Not proved by a code',
  channels: {
    sms: 'sent by SMS',
    voice: 'told by telephone',
    pager: 'sent to a pager',
    mail: 'sent by mail',
    fax: 'sent by fax',
  },
  events: 'What happened (UTC)',
  more: (count) => `and ${count} more, all in the attached receipt`,
  files: (count, size) => (count === 1 ? `Content: 1 part, ${size}` : `Content: ${count} parts, ${size}`),
  fingerprint: 'Fingerprint',
  digest: { message: 'SHA-256 of the whole message', declaration: 'SHA-256 of the whole declaration' },
  log: 'Place in the log',
  logPosition: (entries, size) => `entries ${entries} of ${size}`,
  time: 'Time-stamp',
  timeStamp: {
    none: 'None was asked for: the times are the log’s own word.',
    pending: 'Asked for (RFC 3161), and not there yet when this page was made.',
    stamped: 'Made (RFC 3161) by an authority apart from the log; it is in the receipt.',
  },
  verify: 'How to verify this certificate',
  verifyPage: 'Open this page and choose this file',
  verifyCommand: 'Or, without any network',
  attached: 'The proof is inside',
  attachedDetail: 'receipt.json is attached to this PDF: the signed record that both of these check.',
  footnote: 'This page shows what the attached receipt proves. Where they differ, the receipt is right.',
  unprintable: '▯ stands for a character that cannot be printed here; the receipt has it.',
};

const fr: CertificateTexts = {
  title: { message: 'Certificat de message recommandé', declaration: 'Certificat de déclaration' },
  copy: {
    sender: 'Exemplaire de l’expéditeur',
    addressee: 'Exemplaire du destinataire',
    declaration: 'Déclaration',
  },
  status: {
    handedOver: (at) => `Remis au destinataire le ${at}.`,
    notHandedOver: 'Non remis au destinataire.',
    received: (at) => `Confirmée par un code et reçue le ${at}.`,
  },
  subject: 'Objet',
  sealed: 'Scellé jusqu’à son ouverture',
  from: 'De',
  to: 'À',
  declarant: 'Déclarant',
  office: 'Reçue par',
  sent: 'Accepté à l’envoi',
  handedOver: 'Remis',
  received: 'Reçue',
  notYet: 'Non remis',
  proved: (channel, at) => [`Prouvé par un code ${channel},`, `saisi le ${at}`],
  notProved: 'Non prouvé par un code',
  channels: {
    sms: 'envoyé par SMS',
    voice: 'dicté par téléphone',
    pager: 'envoyé sur messageur',
    mail: 'envoyé par courriel',
    fax: 'envoyé par télécopie',
  },
  events: 'Ce qui s’est passé (UTC)',
  more: (count) => `et ${count} autres, tous dans le reçu joint`,
  files: (count, size) =>
    count === 1 ? `Contenu : 1 élément, ${size}` : `Contenu : ${count} éléments, ${size}`,
  fingerprint: 'Empreinte',
  digest: { message: 'SHA-256 du message entier', declaration: 'SHA-256 de la déclaration entière' },
  log: 'Place dans le journal',
  logPosition: (entries, size) => `entrées ${entries} sur ${size}`,
  time: 'Horodatage',
  timeStamp: {
    none: 'Aucun n’a été demandé : les heures sont celles du journal.',
    pending: 'Demandé (RFC 3161), pas encore arrivé à l’édition de cette page.',
    stamped: 'Fait (RFC 3161) par une autorité distincte du journal ; il est dans le reçu.',
  },
  verify: 'Comment vérifier ce certificat',
  verifyPage: 'Ouvrez cette page et choisissez ce fichier',
  verifyCommand: 'Ou, sans aucun réseau',
  attached: 'La preuve est à l’intérieur',
  attachedDetail: 'receipt.json est joint à ce PDF : le relevé signé que les deux vérifient.',
  footnote: 'Cette page montre ce que prouve le reçu joint. En cas de différence, le reçu fait foi.',
  unprintable: '▯ remplace un caractère qui ne peut être imprimé ici ; il figure dans le reçu.',
};

const de: CertificateTexts = {
  title: { message: 'Nachweis einer eingeschriebenen Nachricht', declaration: 'Nachweis einer Erklärung' },
  copy: {
    sender: 'Ausfertigung für den Absender',
    addressee: 'Ausfertigung für den Empfänger',
    declaration: 'Erklärung',
  },
  status: {
    handedOver: (at) => `Dem Empfänger übergeben am ${at}.`,
    notHandedOver: 'Dem Empfänger nicht übergeben.',
    received: (at) => `Mit einem Code bestätigt und eingegangen am ${at}.`,
  },
  subject: 'Betreff',
  sealed: 'Versiegelt bis zur Öffnung',
  from: 'Von',
  to: 'An',
  declarant: 'Erklärt von',
  office: 'Eingegangen bei',
  sent: 'Zum Versand angenommen',
  handedOver: 'Übergeben',
  received: 'Eingegangen',
  notYet: 'Nicht übergeben',
  proved: (channel, at) => [`Ausgewiesen durch einen Code, ${channel},`, `eingegeben am ${at}`],
  notProved: 'Nicht durch einen Code ausgewiesen',
  channels: {
    sms: 'gesendet per SMS',
    voice: 'angesagt am Telefon',
    pager: 'gesendet an einen Pager',
    mail: 'gesendet per E-Mail',
    fax: 'gesendet per Fax',
  },
  events: 'Was geschah (UTC)',
  more: (count) => `und ${count} weitere, alle in der beigefügten Quittung`,
  files: (count, size) => (count === 1 ? `Inhalt: 1 Teil, ${size}` : `Inhalt: ${count} Teile, ${size}`),
  fingerprint: 'Fingerabdruck',
  digest: { message: 'SHA-256 der ganzen Nachricht', declaration: 'SHA-256 der ganzen Erklärung' },
  log: 'Stelle im Protokoll',
  logPosition: (entries, size) => `Einträge ${entries} von ${size}`,
  time: 'Zeitstempel',
  timeStamp: {
    none: 'Keiner wurde verlangt: Die Zeiten sind die des Protokolls.',
    pending: 'Verlangt (RFC 3161), lag aber noch nicht vor, als diese Seite entstand.',
    stamped: 'Erteilt (RFC 3161) von einer Stelle außerhalb des Protokolls; er ist in der Quittung.',
  },
  verify: 'So prüfen Sie diesen Nachweis',
  verifyPage: 'Öffnen Sie diese Seite und wählen Sie diese Datei',
  verifyCommand: 'Oder ganz ohne Netz',
  attached: 'Der Beweis liegt bei',
  attachedDetail: 'receipt.json ist an dieses PDF angehängt: der signierte Beleg, den beide prüfen.',
  footnote: 'Diese Seite zeigt, was die beigefügte Quittung beweist. Weichen sie ab, gilt die Quittung.',
  unprintable: '▯ steht für ein Zeichen, das hier nicht gedruckt werden kann; die Quittung enthält es.',
};

const es: CertificateTexts = {
  title: { message: 'Constancia de un mensaje certificado', declaration: 'Constancia de una declaración' },
  copy: {
    sender: 'Ejemplar del remitente',
    addressee: 'Ejemplar del destinatario',
    declaration: 'Declaración',
  },
  status: {
    handedOver: (at) => `Entregado al destinatario el ${at}.`,
    notHandedOver: 'No entregado al destinatario.',
    received: (at) => `Confirmada con un código y recibida el ${at}.`,
  },
  subject: 'Asunto',
  sealed: 'Sellado hasta su apertura',
  from: 'De',
  to: 'Para',
  declarant: 'Declarante',
  office: 'Recibida por',
  sent: 'Aceptado para su envío',
  handedOver: 'Entregado',
  received: 'Recibida',
  notYet: 'No entregado',
  proved: (channel, at) => [`Probado con un código ${channel},`, `introducido el ${at}`],
  notProved: 'No probado con un código',
  channels: {
    sms: 'enviado por SMS',
    voice: 'dictado por teléfono',
    pager: 'enviado a un buscapersonas',
    mail: 'enviado por correo',
    fax: 'enviado por fax',
  },
  events: 'Qué ocurrió (UTC)',
  more: (count) => `y ${count} más, todos en el recibo adjunto`,
  files: (count, size) =>
    count === 1 ? `Contenido: 1 parte, ${size}` : `Contenido: ${count} partes, ${size}`,
  fingerprint: 'Huella',
  digest: { message: 'SHA-256 del mensaje entero', declaration: 'SHA-256 de la declaración entera' },
  log: 'Lugar en el registro',
  logPosition: (entries, size) => `entradas ${entries} de ${size}`,
  time: 'Sello de tiempo',
  timeStamp: {
    none: 'No se pidió ninguno: las horas son las del registro.',
    pending: 'Pedido (RFC 3161); aún no había llegado al hacer esta página.',
    stamped: 'Dado (RFC 3161) por una autoridad ajena al registro; está en el recibo.',
  },
  verify: 'Cómo verificar esta constancia',
  verifyPage: 'Abra esta página y elija este archivo',
  verifyCommand: 'O sin ninguna red',
  attached: 'La prueba va dentro',
  attachedDetail: 'receipt.json va adjunto a este PDF: el registro firmado que ambos comprueban.',
  footnote: 'Esta página muestra lo que prueba el recibo adjunto. Si difieren, vale el recibo.',
  unprintable: '▯ sustituye un carácter que no puede imprimirse aquí; el recibo lo tiene.',
};

export const CERTIFICATE_TEXTS: Readonly<Record<Language, CertificateTexts>> = { en, fr, de, es };
