import type { PayTexts } from './texts.ts';

/** The hosted payment page in French. */
export const FR: PayTexts = {
  skip: 'Aller au paiement',
  languages: 'Langue',
  title: (amount, payee) => `Payer ${amount} à ${payee}`,
  asks: (client) => `${client} vous demande de payer`,
  verb: 'Payer',
  toPayee: (payee) => `à ${payee}`,
  purpose: 'Pour',
  reference: 'Référence',
  pay: 'Votre paiement',
  who: 'Qui êtes-vous ?',
  whoHint:
    'Nom d’utilisateur, numéro de client, adresse mail ou numéro de mobile : le code arrive sur votre téléphone.',
  how: 'Choisissez comment payer',
  expires: (month) => `jusqu’à ${month}`,
  anotherCard: 'Une autre carte',
  newCard: 'Carte',
  bill: 'Sur ma facture de téléphone',
  billHint: 'Le montant figurera sur la prochaine facture de votre opérateur.',
  number: 'Numéro de carte',
  expiry: 'Date d’expiration',
  expiryHint: 'MM / AA',
  code: 'Cryptogramme',
  codeHint: '3 chiffres au dos ; 4 au recto d’American Express.',
  keep: 'Garder cette carte pour la prochaine fois',
  keepHint: 'Scellée, pour vous seul, dès que votre code est juste. Le cryptogramme n’est jamais gardé.',
  trust: (payee) => `Ne plus me demander de code chez ${payee}`,
  trustHint: 'Là où la loi le permet. Vaut dès le prochain paiement, une fois votre code juste.',
  button: (amount) => `Payer ${amount}`,
  next: 'Ensuite, un code pour exactement ce paiement arrive sur votre téléphone. Rien n’est débité sans lui.',
  nextOrNone:
    'Ensuite, un code pour exactement ce paiement arrive sur votre téléphone. S’il n’en faut pas, il est payé aussitôt.',
  safe: (client) => `${client} ne voit pas votre carte.`,
  asking: 'Nous interrogeons votre banque …',
  cancel: 'Annuler',
  errors: {
    who: {
      missing: 'Dites qui vous êtes.',
      unknown: 'Personne n’est connu ici sous ce nom. Essayez votre numéro de client ou de mobile.',
      no_phone: 'Aucun téléphone ne permet ici de vous envoyer un code. Demandez au marchand.',
    },
    number: {
      missing: 'Saisissez le numéro de votre carte.',
      malformed: 'Ce n’est pas un numéro de carte : un chiffre est faux ou manque.',
    },
    expiry: {
      missing: 'Saisissez le mois et l’année.',
      malformed: 'Écrivez le mois et l’année, comme 03 / 29.',
      expired: 'Cette carte a expiré. Utilisez-en une autre.',
    },
    code: {
      missing: 'Saisissez le cryptogramme.',
      malformed: 'Il a 3 chiffres, ou 4 sur American Express.',
    },
  },
  anyError: 'Vérifiez ce point.',
  notice: {
    bank_declined: [
      'Votre banque a refusé',
      'Rien n’a été débité et aucun code n’a été envoyé. Vérifiez votre saisie, ou utilisez une autre carte.',
    ],
    bank_unreachable: [
      'Votre banque n’a pas répondu',
      'Rien n’est débité ; ce qu’elle aurait retenu est rendu. Réessayez dans une minute.',
    ],
    card_of_another: [
      'Cette carte ne peut pas servir',
      'Elle est gardée ici pour une autre personne. Utilisez une autre carte.',
    ],
    unknown_card: [
      'Cette carte n’est plus gardée ici',
      'Choisissez-en une autre, ou saisissez-la de nouveau.',
    ],
    no_contract: [
      'Pas sur votre facture',
      'Vous n’avez pas de contrat pour cela avec votre opérateur. Payez par carte.',
    ],
    contract_limit: [
      'Plus que votre limite',
      'Votre facture n’accepte plus ce montant pour cette période. Payez par carte.',
    ],
    wait: [
      'Un instant, s’il vous plaît',
      'Plusieurs codes sont partis en peu de temps. Réessayez dans une minute.',
    ],
    unavailable: ['Impossible pour le moment', 'Rien n’a été débité. Réessayez dans une minute.'],
    check_fields: [
      'Un point est à vérifier',
      'Pour votre sécurité, les données de la carte sont à saisir de nouveau.',
    ],
  },
  errorTitle: (title) => `Pas encore payé : ${title}`,
  state: {
    authorising: [
      'Nous interrogeons votre banque',
      'Cela prend quelques secondes. Laissez cette page ouverte.',
    ],
    confirming: ['Un code est en route', 'Il arrive sur votre téléphone et ne vaut que pour ce paiement.'],
    executing: ['Votre code est juste', 'Votre banque est interrogée. Laissez cette page ouverte.'],
    authorised: ['Confirmé', 'Votre banque retient le montant.'],
    completed: ['Payé', 'Merci. Le paiement est terminé.'],
    refused: ['Non payé', 'Le paiement a été refusé. Rien n’a été débité.'],
    cancelled: ['Annulé', 'Le paiement a été annulé. Rien n’a été débité.'],
    expired: ['Délai dépassé', 'Le paiement n’a pas été fait à temps. Rien n’a été débité.'],
  },
  authorised: (payee) =>
    `Votre banque retient le montant ; ${payee} le prendra quand votre commande sera prête.`,
  reasons: {
    attempts_used_up: 'Il y a eu trop de codes erronés. Rien n’a été débité.',
    time_passed: 'Le code est arrivé trop tard. Rien n’a été débité ; vous pouvez recommander.',
    not_me: 'Vous avez dit que ce n’était pas vous. Rien n’a été débité.',
    cancelled: 'Vous avez annulé au moment du code. Rien n’a été débité.',
    session_closed: 'La page du code a été fermée. Rien n’a été débité.',
    tries_used_up: 'Il y a eu trop d’essais. Rien n’a été débité ; vous pouvez recommander.',
    bank_declined: 'Votre banque a refusé. Rien n’a été débité ; recommandez avec une autre carte.',
    bank_unreachable:
      'Votre banque n’a pas répondu. Ce qu’elle aurait retenu est rendu ; vous pouvez recommander.',
  },
  enterCode: 'Saisir le code',
  back: (client) => `Revenir chez ${client}`,
  close: 'Vous pouvez fermer cette page.',
  paidWith: 'Payé avec',
  onBill: 'Votre facture de téléphone',
  debited: 'Débité',
  refunded: 'Remboursé',
  authCode: 'Autorisation',
  paymentNumber: 'Paiement',
  exempt: 'Aucun code n’était nécessaire pour ce paiement.',
  live: 'Cette page avance d’elle-même.',
};
