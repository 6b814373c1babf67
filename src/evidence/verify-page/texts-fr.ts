import type { VerifyTexts } from './texts.ts';

/** The public verification page in French. */
export const FR: VerifyTexts = {
  skip: 'Aller à la vérification',
  languages: 'Langue',
  title: 'Vérifier un reçu ou un certificat',
  lead: 'Voyez ce que prouve un reçu : qui l’a signé, si le journal le contient, et ce qu’il dit.',
  form: 'Choisissez quoi vérifier',
  again: 'En vérifier un autre',
  file: 'Reçu ou certificat',
  fileHint: 'receipt.json, ou un certificat en PDF ; 5 Mo au plus. Choisissez-le ou déposez-le sur le champ.',
  or: 'ou',
  paste: 'Collez le texte d’un reçu',
  pasteHint: 'Tout receipt.json, de la première accolade à la dernière.',
  button: 'Vérifier',
  stored: 'Rien n’est conservé : vérifié, puis oublié.',
  offlineTitle: 'Vérifier sans ce serveur',
  offlineText:
    'La commande vérifie la même chose sans réseau. Donnez-lui la clé de ce journal, obtenue d’une source sûre.',
  ownKey: (origin) => `Clé du journal ${origin}`,
  verdict: {
    own: [
      'Ce reçu est valable',
      (origin) => `Le journal de ce serveur, ${origin}, l’a signé en entier, et rien n’y a été modifié.`,
    ],
    other: [
      'Valable par ses propres clés',
      (origin, own) =>
        `Il vient du journal ${origin}, et non de ${own}, celui de ce serveur. Rien ne s’y contredit, mais ` +
        'chacun peut créer un journal : comparez sa clé ci-dessous avec celle que publie son exploitant.',
    ],
    fails: ['Ce reçu n’est pas valable', 'Ne vous y fiez pas. Ce qui a échoué est marqué ci-dessous.'],
    impostor: [
      'Ce reçu n’est pas valable',
      (origin) =>
        `Il nomme le journal de ce serveur, ${origin}, mais aucune clé de ce journal ne l’a signé. C’est un faux.`,
    ],
    unreadable: ['Ce n’est pas un reçu', 'Il n’a pas pu être lu ; rien n’a donc été vérifié.'],
    nothing: ['Rien à vérifier', 'Choisissez un fichier, ou collez le texte d’un reçu.'],
    tooLarge: ['Le fichier est trop grand', 'Un reçu ou un certificat a 5 Mo au plus.'],
  },
  ofPdf:
    'Ceci concerne le reçu joint au PDF. Ce qui est imprimé sur sa page n’y a pas été comparé : ' +
    'fiez-vous à ce qui est écrit ici.',
  checks: 'Ce qui a été vérifié',
  marks: { holds: 'Valable', fails: 'Échec', note: 'À savoir' },
  issuer: {
    holds: 'L’émetteur a signé ce reçu, et rien n’y a été modifié depuis.',
    fails: 'La signature de l’émetteur ne correspond pas : le reçu a été modifié, ou n’a jamais été émis.',
  },
  checkpoint: {
    holds: 'Le journal a signé l’état auquel se réfère le reçu.',
    fails: 'La signature du journal lui-même n’est pas valable.',
  },
  inclusion: {
    holds: 'Chaque événement montré figure dans le journal, à la place indiquée.',
    fails: 'Un événement montré ne figure pas ainsi dans le journal.',
  },
  contents: {
    holds: 'Les contenus montrés sont ceux dont le journal s’est alors porté garant.',
    fails: 'Un contenu montré n’est pas celui dont le journal s’est porté garant.',
    note: 'Le journal garantit des contenus que ce reçu ne montre pas.',
  },
  keys: {
    own: 'Les clés sont celles du journal de ce serveur.',
    other: 'Les clés viennent du reçu lui-même ; ce serveur ne les connaît pas.',
    fails: 'Les clés du reçu ne conviennent pas.',
  },
  timestamp: {
    none: 'Aucun horodatage n’a été demandé : les heures sont celles du journal.',
    pending: 'Un horodatage a été demandé et n’est pas encore arrivé : les heures sont celles du journal.',
    fails: 'L’horodatage n’est pas valable.',
    stamped: (authority, at) => `Tout cela existait le ${at} : horodaté par ${authority}.`,
    certified: 'Ce serveur fait confiance à cette autorité.',
    uncertified: 'La confiance à accorder à cette autorité n’a pas été vérifiée ici.',
  },
  says: (subject) => `Ce que le journal dit de ${subject}`,
  entry: (index) => `entrée ${index}`,
  fields: {
    act: 'Acte',
    address: 'Adresse',
    subscriber: 'Abonné',
    sessionNumber: 'Numéro de session',
    text: 'Texte envoyé',
    subject: 'Objet',
    sender: 'Expéditeur',
    addressee: 'Destinataire',
    senderRecord: 'Expéditeur, en entier',
    addresseeRecord: 'Destinataire, en entier',
    content: 'Empreinte du contenu',
    nonce: 'Valeur aléatoire',
    files: 'Fichiers',
  },
  facts: 'Faits publics',
  none: 'aucun',
  more: (count) => `et ${count} autres`,
  words: 'Ligne par ligne, comme le dit la commande (en anglais)',
};
