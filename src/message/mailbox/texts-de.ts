import type { MailTexts } from './texts.ts';

/** The pages of registered messages in German. */
export const DE: MailTexts = {
  skip: 'Zum Inhalt',
  languages: 'Sprache',
  product: 'Eingeschriebene Nachrichten',
  signedInAs: (person) => `Angemeldet als ${person}`,
  pages: 'Eingeschriebene Nachrichten',
  mailbox: 'Briefkasten',
  write: 'Schreiben',
  signOut: 'Abmelden',
  signIn: {
    title: 'Eingeschriebene Nachrichten',
    lead: 'Lesen Sie, was nur Ihnen gilt, und senden Sie, was nachweislich ankommen muss.',
    points: [
      [
        'Nur der Empfänger liest',
        'Jedes Lesen braucht einen neuen Code auf dem eigenen Telefon des Empfängers.',
      ],
      [
        'Beide Seiten haben den Beweis',
        'Wer was an wen gesandt hat und wann es übergeben wurde, auf Jahre versiegelt.',
      ],
      ['Kein Passwort', 'Sie melden sich mit einem Code an, der nur in diesem Browser und nur jetzt gilt.'],
    ],
    form: 'Mit einem Code anmelden',
    who: 'Wer sind Sie?',
    whoHint: 'Ihr Benutzername, Ihre Kundennummer, Mailadresse oder Mobilnummer.',
    button: 'Code anfordern',
    refusedTitle: 'Es wurde kein Code gesendet',
    refused: {
      unknown: 'Unter diesem Namen kennen wir niemanden. Prüfen Sie ihn, oder nehmen Sie Ihre Kundennummer.',
      no_address: 'Hier ist kein Telefon bekannt, an das Ihr Code gehen darf. Fragen Sie den Betreiber.',
      wait: 'In kurzer Zeit wurden mehrere Codes angefordert. Warten Sie ein wenig und versuchen Sie es dann wieder.',
      unavailable: 'Im Augenblick kann kein Code gesendet werden. Versuchen Sie es in einer Minute wieder.',
    },
  },
  list: {
    boxes: { waiting: 'Wartend', read: 'Gelesen', sent: 'Gesendet' },
    boxesLabel: 'Welche Nachrichten',
    search: 'Suchen',
    searchHint: 'Name, Nummer oder Betreff',
    searchButton: 'Suchen',
    clear: 'Alle zeigen',
    found: (query) => `Gefunden für „${query}“`,
    none: {
      waiting: [
        'Es wartet nichts auf Sie',
        'Kommt eine eingeschriebene Nachricht, sagt es Ihnen Ihr Telefon.',
      ],
      read: ['Noch nichts gelesen', 'Nachrichten, die Ihnen übergeben wurden, bleiben hier verzeichnet.'],
      sent: [
        'Noch nichts gesendet',
        'Schreiben Sie eine eingeschriebene Nachricht; hier sehen Sie, was daraus wird.',
      ],
    },
    noneFound: ['Nichts gefunden', (query) => `Keine Nachricht hier hat „${query}“ in Betreff oder Namen.`],
    from: 'Von',
    to: 'An',
    unread: 'Ungelesen',
    sealed: 'Versiegelt, bis Sie sie öffnen',
    erased: 'Inhalt gelöscht',
    files: (count) => (count === 1 ? '1 Datei' : `${count} Dateien`),
    older: 'Ältere Nachrichten',
    newest: 'Neueste Nachrichten',
  },
  state: {
    sender: {
      draft: ['Nicht gesendet', 'Noch nicht gesendet', 'Sie haben sie nicht mit einem Code bestätigt.'],
      submitted: ['Unbestätigt', 'Ihr Code fehlt', 'Sie geht hinaus, sobald Sie Ihren Code zurückbringen.'],
      rejected: [
        'Nicht gesendet',
        'Nicht gesendet',
        'Ihr Code kam nicht zurück. Nichts ging hinaus; Sie können es neu versuchen.',
      ],
      waiting: [
        'Wartet',
        'Wartet auf den Empfänger',
        'Wir halten sie versiegelt und haben den Empfänger benachrichtigt.',
      ],
      accepted: [
        'Angenommen',
        'Angenommen, noch ungelesen',
        'Der Empfänger nimmt sie an und hat sie noch nicht geöffnet.',
      ],
      handed_over: [
        'Übergeben',
        'Übergeben',
        'Der Empfänger hat sich mit einem Code ausgewiesen und hat sie nun.',
      ],
      refused: [
        'Abgelehnt',
        'Abgelehnt',
        'Der Empfänger nimmt sie nicht an und hat den Inhalt nicht gesehen.',
      ],
      recalled: [
        'Zurückgerufen',
        'Zurückgerufen',
        'Sie haben sie vor dem Lesen zurückgeholt. Niemand kann sie mehr öffnen.',
      ],
      expired: [
        'Abgelaufen',
        'Die Zeit ist abgelaufen',
        'Sie wurde nicht rechtzeitig geöffnet. Niemand kann sie mehr öffnen.',
      ],
    },
    addressee: {
      draft: ['Nicht gesendet', 'Nicht gesendet', 'Für Sie ist nichts zu tun.'],
      submitted: ['Nicht gesendet', 'Nicht gesendet', 'Für Sie ist nichts zu tun.'],
      rejected: ['Nicht gesendet', 'Nicht gesendet', 'Für Sie ist nichts zu tun.'],
      waiting: [
        'Neu',
        'Eine eingeschriebene Nachricht wartet auf Sie',
        'Öffnen Sie sie mit einem Code von Ihrem Telefon. Der Absender erfährt, dass Sie sie haben.',
      ],
      accepted: [
        'Angenommen, ungelesen',
        'Angenommen, noch nicht geöffnet',
        'Öffnen Sie sie mit einem Code von Ihrem Telefon. Der Absender erfährt, dass Sie sie haben.',
      ],
      handed_over: [
        'Gelesen',
        'Ihnen übergeben',
        'Sie können sie wieder öffnen, jedes Mal mit einem neuen Code.',
      ],
      refused: [
        'Abgelehnt',
        'Sie haben sie abgelehnt',
        'Der Absender weiß es. Sie haben den Inhalt nicht gesehen.',
      ],
      recalled: [
        'Zurückgerufen',
        'Vom Absender zurückgerufen',
        'Sie wurde zurückgeholt, bevor Sie sie geöffnet hatten.',
      ],
      expired: [
        'Abgelaufen',
        'Die Zeit ist abgelaufen',
        'Sie wurde nicht rechtzeitig geöffnet und lässt sich nicht mehr öffnen.',
      ],
    },
  },
  compose: {
    title: 'Eine eingeschriebene Nachricht schreiben',
    lead: 'Ihr Code versiegelt sie, und nur der eigene Code des Empfängers öffnet sie.',
    to: 'An',
    toHint: 'Kundennummer, Benutzername oder Mobilnummer mit Landesvorwahl.',
    stranger: 'Der Empfänger ist hier nicht Kunde',
    strangerHint: 'Schreiben Sie oben seine Mailadresse und hier die Mobilnummer, die beweist, wer liest.',
    number: 'Mobilnummer des Empfängers',
    subject: 'Betreff',
    subjectHint: 'Versiegelt wie alles andere: Der Empfänger sieht ihn erst nach seinem Code.',
    text: 'Nachricht',
    files: 'Dateien',
    filesHint: 'PDF, Bilder, TIFF, Ton oder Text. Bis zu 20 Dateien, zusammen 100 MB.',
    drop: 'Dateien hier ablegen, oder',
    choose: 'Dateien wählen',
    remove: 'Entfernen',
    how: 'Wie sie zugestellt wird',
    valid: 'Lässt sich öffnen',
    days: (count) => `${count} Tage lang`,
    language: 'Sprache der Benachrichtigung',
    languageOwn: 'Die des Empfängers',
    acceptance: 'Der Empfänger muss sie erst annehmen',
    acceptanceHint:
      'Er sieht, dass sie von Ihnen ist, und nimmt sie an oder lehnt sie ab, ehe er den Inhalt sieht.',
    notify: 'Mir per SMS Bescheid geben',
    notifyHint: 'Wenn sie angenommen, abgelehnt oder übergeben wird oder die Zeit abläuft.',
    button: 'Weiter zu meinem Code',
    next: 'Als Nächstes kommt ein Code aus diesem Inhalt und diesem Empfänger auf Ihr Telefon. Vorher geht nichts hinaus.',
    sending: 'Ihr Text wird übertragen …',
    sendingFile: '{name} wird übertragen …',
    sent: 'vollständig',
    failed: 'Die Verbindung riss ab. Drücken Sie noch einmal; was vollständig ist, bleibt.',
    problemTitle: 'Hier stimmt etwas nicht',
    filesLost:
      'Wählen Sie Ihre Dateien noch einmal: Ein Browser behält sie nicht, wenn eine Seite zurückkommt.',
    problems: {
      to_missing: 'Sagen Sie, für wen sie ist.',
      to_unknown:
        'Unter diesem Namen kennen wir niemanden mit einem Telefon. Geben Sie die Mobilnummer des Empfängers dazu an.',
      number_malformed:
        'Das ist keine Mobilnummer. Schreiben Sie sie mit Landesvorwahl, etwa +33 6 12 34 56 78.',
      subject_missing: 'Geben Sie ihr einen Betreff.',
      subject_malformed: 'Der Betreff ist eine Zeile von höchstens 140 Zeichen, ohne unsichtbare.',
      text_too_long: 'Der Text hat mehr als 20.000 Zeichen. Senden Sie ihn lieber als Datei.',
      text_malformed:
        'Der Text hat unsichtbare Zeichen, die sich nicht senden lassen. Tippen Sie ihn neu, oder senden Sie eine Datei.',
      no_content: 'Schreiben Sie etwas, oder fügen Sie eine Datei hinzu.',
      file_type: 'Solche Dateien lassen sich nicht senden: nur PDF, Bilder, TIFF, Ton und reiner Text.',
      file_empty: 'Diese Datei ist leer.',
      file_lost: 'Diese Datei kam nicht vollständig an. Wählen Sie sie noch einmal.',
      too_large: 'Das sind mehr als 100 MB oder mehr als 20 Dateien.',
      wait: 'In kurzer Zeit wurden mehrere Codes angefordert. Warten Sie eine Minute und fahren Sie dann fort.',
      unavailable: 'Im Augenblick kann kein Code gesendet werden. Versuchen Sie es in einer Minute wieder.',
    },
  },
  message: {
    from: 'Von',
    to: 'An',
    subject: 'Betreff',
    number: 'Nummer der Nachricht',
    fingerprint: 'Prüfsumme',
    fingerprintHint:
      'Auf beiden Seiten dieselbe, in der SMS mit dem Code des Absenders und auf jeder Quittung.',
    until: 'Lässt sich öffnen bis',
    story: 'Was geschah',
    storyNone: 'Noch nichts.',
    files: 'Inhalt',
    text: 'Text der Nachricht',
    proof: 'Beweis',
    proofText: {
      sender: 'Beide kann jeder auf Jahre prüfen, ohne uns zu fragen.',
      addressee: 'Die Urkunde sagt, wer der Absender ist und wie das bewiesen wurde.',
    },
    receipt: 'Quittung (JSON)',
    certificate: 'Urkunde (PDF)',
    proofLater: 'Einen Beweis gibt es, sobald die Nachricht zum Versand angenommen ist.',
    read: 'Lesen',
    readAgain: 'Noch einmal lesen',
    readHint: 'Ein Code kommt auf Ihr Telefon. Er öffnet diese Nachricht, nur in diesem Browser.',
    readAgainHint: 'Das braucht einen neuen Code und wird festgehalten.',
    submit: 'Senden: Code anfordern',
    recall: 'Zurückrufen …',
    recallHint: 'Möglich, bis sie übergeben ist.',
    recallAsk: 'Diese Nachricht zurückrufen?',
    recallAskText: (addressee) =>
      `${addressee} kann sie dann nicht mehr öffnen. Das bleibt festgehalten und lässt sich nicht umkehren.`,
    recallYes: 'Zurückrufen',
    recallNo: 'Behalten',
    live: 'Diese Seite hält sich selbst aktuell.',
    notice: {
      wait: [
        'Bitte einen Augenblick warten',
        'Es wurden mehrere Codes angefordert. Versuchen Sie es in einer Minute.',
      ],
      unavailable: [
        'Im Augenblick nicht möglich',
        'Gerade kann kein Code gesendet werden. Versuchen Sie es gleich wieder.',
      ],
      too_late: ['Inzwischen ist es anders', 'Was Sie wollten, geht nicht mehr. So steht es jetzt.'],
      not_yet_logged: [
        'Gleich',
        'Der Beweis wird eben versiegelt. Versuchen Sie es in ein paar Sekunden wieder.',
      ],
    },
  },
  events: {
    sender: {
      SubmissionAcceptance:
        'Sie haben sie mit einem Code bestätigt, und wir haben sie zum Versand angenommen',
      SubmissionRejection: 'Sie wurde nicht gesendet',
      NotificationForAcceptance: (n) =>
        n === 0
          ? 'Der Empfänger weiß, dass sie wartet, und soll sie annehmen'
          : 'Der Empfänger wurde erinnert',
      NotificationForAcceptanceFailure: 'Die Benachrichtigung kam nicht an',
      ConsignmentNotification: (n) =>
        n === 0 ? 'Der Empfänger wurde benachrichtigt, dass sie wartet' : 'Der Empfänger wurde erinnert',
      ConsignmentNotificationFailure: 'Die Benachrichtigung kam nicht an',
      ConsignmentAcceptance: 'Der Empfänger hat sie angenommen',
      ConsignmentRejection: 'Der Empfänger hat sie abgelehnt',
      AcceptanceRejectionExpiry: 'Der Empfänger hat nicht rechtzeitig geantwortet',
      ContentConsignment: 'Sie liegt zum Öffnen bereit',
      ContentConsignmentFailure: 'Sie lag nie zum Öffnen bereit',
      ContentAccessTracking: (n) =>
        n === 0
          ? 'Der Empfänger hat sich mit einem Code ausgewiesen'
          : 'Der Empfänger hat sie mit einem neuen Code wieder geöffnet',
      ContentHandover: 'Sie wurde dem Empfänger übergeben',
      ContentHandoverFailure: 'Sie wurde nicht übergeben',
    },
    addressee: {
      SubmissionAcceptance:
        'Der Absender hat sie mit einem Code bestätigt, und wir haben sie zum Versand angenommen',
      SubmissionRejection: 'Sie wurde nicht gesendet',
      NotificationForAcceptance: (n) =>
        n === 0 ? 'Sie wurden benachrichtigt und um Annahme gebeten' : 'Sie wurden erinnert',
      NotificationForAcceptanceFailure: 'Die Benachrichtigung an Sie kam nicht an',
      ConsignmentNotification: (n) =>
        n === 0 ? 'Sie wurden benachrichtigt, dass sie wartet' : 'Sie wurden erinnert',
      ConsignmentNotificationFailure: 'Die Benachrichtigung an Sie kam nicht an',
      ConsignmentAcceptance: 'Sie haben sie angenommen',
      ConsignmentRejection: 'Sie haben sie abgelehnt',
      AcceptanceRejectionExpiry: 'Sie haben nicht rechtzeitig geantwortet',
      ContentConsignment: 'Sie liegt zum Öffnen bereit',
      ContentConsignmentFailure: 'Sie lag nie zum Öffnen bereit',
      ContentAccessTracking: (n) =>
        n === 0
          ? 'Sie haben sich mit einem Code ausgewiesen'
          : 'Sie haben sie mit einem neuen Code wieder geöffnet',
      ContentHandover: 'Sie wurde Ihnen übergeben',
      ContentHandoverFailure: 'Sie wurde nicht übergeben',
    },
  },
  reasons: {
    attempts_used_up: 'zu viele falsche Codes',
    time_passed: 'die Zeit war abgelaufen',
    not_me: 'jemand sagte „das war ich nicht“',
    cancelled: 'es wurde abgebrochen',
    session_closed: 'die Seite wurde geschlossen',
    recalled: 'der Absender rief sie zurück',
    refused: 'sie wurde abgelehnt',
  },
  reading: {
    title: 'Eine eingeschriebene Nachricht lesen',
    proved: 'Ihr Code war richtig',
    answer: [
      'Nehmen Sie diese Nachricht an?',
      'Nehmen Sie sie an, um sie zu lesen. Lehnen Sie ab, erfährt es der Absender, und niemand kann sie mehr öffnen.',
    ],
    accept: 'Annehmen und lesen',
    refuse: 'Ablehnen',
    open: [
      'Sie gehört nun Ihnen',
      'Wenn Sie sie öffnen, erfährt der Absender, dass sie Ihnen übergeben wurde.',
    ],
    openButton: 'Nachricht öffnen',
    refused: ['Sie haben sie abgelehnt', 'Der Absender erfährt es. Der Inhalt wurde Ihnen nicht gezeigt.'],
    over: [
      'Dieses Lesen ist vorbei',
      'Die Zeit ist um, oder die Nachricht ist fort. Ein neuer Code öffnet sie wieder.',
    ],
    damaged: [
      'Sie kann nicht übergeben werden',
      'Gespeichert ist nicht, was der Absender bestätigt hat. Bitten Sie, sie neu zu senden.',
    ],
    again: 'Zur Nachricht',
    files: 'Dateien',
    download: 'Herunterladen',
    image: (name) => `Bild: ${name}`,
    until: 'In diesem Browser sichtbar bis',
    toMessage: 'Verlauf und Ihr Beweis',
    noText: 'Diese Nachricht hat keinen Text, nur Dateien.',
  },
  size: ['Byte', 'kB', 'MB'],
};
