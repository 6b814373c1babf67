import type { VerifyTexts } from './texts.ts';

/** The public verification page in German. */
export const DE: VerifyTexts = {
  skip: 'Zur Prüfung',
  languages: 'Sprache',
  title: 'Quittung oder Nachweis prüfen',
  lead: 'Sehen Sie, was eine Quittung beweist: wer sie signiert hat, ob das Protokoll sie enthält, was sie sagt.',
  form: 'Was soll geprüft werden?',
  again: 'Weitere prüfen',
  file: 'Quittung oder Nachweis',
  fileHint: 'receipt.json oder ein Nachweis als PDF; höchstens 5 MB. Wählen oder auf das Feld ziehen.',
  or: 'oder',
  paste: 'Text einer Quittung einfügen',
  pasteHint: 'Die ganze receipt.json, von der ersten bis zur letzten Klammer.',
  button: 'Prüfen',
  stored: 'Nichts wird gespeichert: geprüft und vergessen.',
  offlineTitle: 'Ohne diesen Server prüfen',
  offlineText:
    'Der Befehl prüft dasselbe ganz ohne Netz. Geben Sie ihm den Schlüssel des Protokolls aus sicherer Quelle.',
  ownKey: (origin) => `Schlüssel des Protokolls ${origin}`,
  verdict: {
    own: [
      'Diese Quittung gilt',
      (origin) => `Das Protokoll dieses Servers, ${origin}, hat sie ganz signiert; nichts wurde verändert.`,
    ],
    other: [
      'Sie gilt nach ihren eigenen Schlüsseln',
      (origin, own) =>
        `Sie stammt aus dem Protokoll ${origin}, nicht aus ${own}, dem dieses Servers. Nichts in ihr widerspricht ` +
        'sich, doch jeder kann ein Protokoll anlegen: Vergleichen Sie den Schlüssel unten mit dem, den der ' +
        'Betreiber veröffentlicht.',
    ],
    fails: [
      'Diese Quittung gilt nicht',
      'Verlassen Sie sich nicht auf sie. Was fehlschlug, ist unten markiert.',
    ],
    impostor: [
      'Diese Quittung gilt nicht',
      (origin) =>
        `Sie nennt das Protokoll dieses Servers, ${origin}, doch kein Schlüssel davon hat sie signiert. ` +
        'Sie ist gefälscht.',
    ],
    unreadable: ['Das ist keine Quittung', 'Sie konnte nicht gelesen werden; nichts wurde geprüft.'],
    nothing: ['Nichts zu prüfen', 'Wählen Sie eine Datei, oder fügen Sie den Text einer Quittung ein.'],
    tooLarge: ['Die Datei ist zu groß', 'Eine Quittung oder ein Nachweis hat höchstens 5 MB.'],
  },
  ofPdf:
    'Dies betrifft die an das PDF angehängte Quittung. Was auf der Seite gedruckt steht, wurde nicht damit ' +
    'verglichen: Verlassen Sie sich auf das, was hier steht.',
  checks: 'Was geprüft wurde',
  marks: { holds: 'Gilt', fails: 'Gilt nicht', note: 'Hinweis' },
  issuer: {
    holds: 'Der Aussteller hat diese Quittung signiert; seither wurde nichts verändert.',
    fails: 'Die Signatur des Ausstellers passt nicht: Die Quittung wurde verändert oder nie ausgestellt.',
  },
  checkpoint: {
    holds: 'Das Protokoll hat den Stand signiert, auf den sich die Quittung bezieht.',
    fails: 'Die Signatur des Protokolls selbst gilt nicht.',
  },
  inclusion: {
    holds: 'Jedes gezeigte Ereignis steht im Protokoll, an der gezeigten Stelle.',
    fails: 'Ein gezeigtes Ereignis steht nicht so im Protokoll.',
  },
  contents: {
    holds: 'Die gezeigten Inhalte sind die, auf die sich das Protokoll damals festgelegt hat.',
    fails: 'Ein gezeigter Inhalt ist nicht der, auf den sich das Protokoll festgelegt hat.',
    note: 'Das Protokoll hat sich auf Inhalte festgelegt, die diese Quittung nicht zeigt.',
  },
  keys: {
    own: 'Die Schlüssel sind die des Protokolls dieses Servers.',
    other: 'Die Schlüssel stammen aus der Quittung selbst; dieser Server kennt sie nicht.',
    fails: 'Die Schlüssel in der Quittung sind nicht die richtigen.',
  },
  timestamp: {
    none: 'Ein Zeitstempel wurde nicht verlangt: Die Zeiten sind die des Protokolls.',
    pending: 'Ein Zeitstempel wurde verlangt und liegt noch nicht vor: Die Zeiten sind die des Protokolls.',
    fails: 'Der Zeitstempel gilt nicht.',
    stamped: (authority, at) => `All dies bestand am ${at}: gestempelt von ${authority}.`,
    certified: 'Dieser Server vertraut der Stelle.',
    uncertified: 'Ob dieser Stelle zu trauen ist, wurde hier nicht geprüft.',
  },
  says: (subject) => `Was das Protokoll über ${subject} sagt`,
  entry: (index) => `Eintrag ${index}`,
  fields: {
    act: 'Handlung',
    address: 'Adresse',
    subscriber: 'Teilnehmer',
    sessionNumber: 'Sitzungsnummer',
    text: 'Gesendeter Text',
    subject: 'Betreff',
    sender: 'Absender',
    addressee: 'Empfänger',
    senderRecord: 'Absender, vollständig',
    addresseeRecord: 'Empfänger, vollständig',
    content: 'Prüfsumme des Inhalts',
    nonce: 'Zufallswert',
    files: 'Dateien',
  },
  facts: 'Öffentliche Angaben',
  none: 'keine',
  more: (count) => `und ${count} weitere`,
  words: 'Zeile für Zeile, wie es der Befehl sagt (englisch)',
};
