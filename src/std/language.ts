/** The languages that Countersign speaks to people: in messages, on pages, in the directory. */
export const LANGUAGES = ['en', 'fr', 'de', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];
