import type { Context } from '../context.ts';

/** What the verbs of declarations work with; a part of what the room has. */
export type DeclarationContext = Pick<
  Context,
  'store' | 'confirmations' | 'clientOf' | 'publish' | 'keys' | 'logKeys' | 'clock' | 'random' | 'publicUrl'
>;
