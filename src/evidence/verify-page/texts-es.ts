import type { VerifyTexts } from './texts.ts';

/** The public verification page in Spanish. */
export const ES: VerifyTexts = {
  skip: 'Ir a la verificación',
  languages: 'Idioma',
  title: 'Verificar un recibo o una constancia',
  lead: 'Vea qué prueba un recibo: quién lo firmó, si el registro lo contiene y qué dice.',
  form: 'Elija qué verificar',
  again: 'Verificar otro',
  file: 'Recibo o constancia',
  fileHint: 'receipt.json, o una constancia en PDF; 5 MB como máximo. Elíjalo o suéltelo sobre el campo.',
  or: 'o',
  paste: 'Pegue el texto de un recibo',
  pasteHint: 'Todo receipt.json, de la primera llave a la última.',
  button: 'Verificar',
  stored: 'No se guarda nada: se comprueba y se olvida.',
  offlineTitle: 'Verificar sin este servidor',
  offlineText: 'La orden comprueba lo mismo sin red. Dele la clave de este registro, de una fuente fiable.',
  ownKey: (origin) => `Clave del registro ${origin}`,
  verdict: {
    own: [
      'Este recibo es válido',
      (origin) => `El registro de este servidor, ${origin}, lo firmó entero y nada en él se ha alterado.`,
    ],
    other: [
      'Válido según sus propias claves',
      (origin, own) =>
        `Es del registro ${origin}, no de ${own}, el de este servidor. Nada en él se contradice, pero cualquiera ` +
        'puede crear un registro: compare su clave, abajo, con la que publica quien lo lleva.',
    ],
    fails: ['Este recibo no es válido', 'No se fíe de él. Abajo está marcado lo que falló.'],
    impostor: [
      'Este recibo no es válido',
      (origin) =>
        `Nombra el registro de este servidor, ${origin}, pero ninguna clave de ese registro lo firmó. Es falso.`,
    ],
    unreadable: ['Esto no es un recibo', 'No pudo leerse, así que no se comprobó nada.'],
    nothing: ['Nada que verificar', 'Elija un archivo o pegue el texto de un recibo.'],
    tooLarge: ['El archivo es demasiado grande', 'Un recibo o una constancia tiene 5 MB como máximo.'],
  },
  ofPdf:
    'Esto trata del recibo adjunto al PDF. Lo impreso en su página no se comparó con él: ' +
    'fíese de lo que dice aquí.',
  checks: 'Qué se comprobó',
  marks: { holds: 'Válido', fails: 'Falla', note: 'Nota' },
  issuer: {
    holds: 'El emisor firmó este recibo y nada en él se ha alterado desde entonces.',
    fails: 'La firma del emisor no corresponde: el recibo se alteró o nunca se emitió.',
  },
  checkpoint: {
    holds: 'El registro firmó el estado al que se refiere el recibo.',
    fails: 'La firma del propio registro no es válida.',
  },
  inclusion: {
    holds: 'Cada suceso mostrado está en el registro, en el lugar indicado.',
    fails: 'Un suceso mostrado no está así en el registro.',
  },
  contents: {
    holds: 'Los contenidos mostrados son los que el registro fijó entonces.',
    fails: 'Un contenido mostrado no es el que fijó el registro.',
    note: 'El registro fijó contenidos que este recibo no muestra.',
  },
  keys: {
    own: 'Las claves son las del registro de este servidor.',
    other: 'Las claves vienen del propio recibo; este servidor no las conoce.',
    fails: 'Las claves del recibo no son las correctas.',
  },
  timestamp: {
    none: 'No se pidió sello de tiempo: las horas son las del registro.',
    pending: 'Se pidió un sello de tiempo y aún no ha llegado: las horas son las del registro.',
    fails: 'El sello de tiempo no es válido.',
    stamped: (authority, at) => `Todo esto existía el ${at}: sellado por ${authority}.`,
    certified: 'Este servidor confía en esa autoridad.',
    uncertified: 'Aquí no se comprobó si esa autoridad es de fiar.',
  },
  says: (subject) => `Qué dice el registro sobre ${subject}`,
  entry: (index) => `entrada ${index}`,
  fields: {
    act: 'Acto',
    address: 'Dirección',
    subscriber: 'Abonado',
    sessionNumber: 'Número de sesión',
    text: 'Texto enviado',
    subject: 'Asunto',
    sender: 'Remitente',
    addressee: 'Destinatario',
    senderRecord: 'Remitente, completo',
    addresseeRecord: 'Destinatario, completo',
    content: 'Resumen del contenido',
    nonce: 'Valor aleatorio',
    files: 'Archivos',
  },
  facts: 'Datos públicos',
  none: 'ninguno',
  more: (count) => `y ${count} más`,
  words: 'Línea por línea, como lo dice la orden (en inglés)',
};
