/** How the language of a page is chosen (RFC 9110, section 12.5.4). */
import { LANGUAGES, type Language } from '../std/language.ts';

/** Each language's name in itself, as a switch shows it. */
export const LANGUAGE_NAMES = {
  en: 'English',
  fr: 'Français',
  de: 'Deutsch',
  es: 'Español',
} as const satisfies Record<Language, string>;

const RANGES_MAX = 20;

export function asLanguage(text: string | null | undefined): Language | null {
  const primary = (text ?? '').trim().toLowerCase().split('-', 1)[0];
  return LANGUAGES.find((language) => language === primary) ?? null;
}

/**
 * The preferred language where we speak it (`?lang=`, or what the subscriber chose); else the best of the
 * `Accept-Language` header; else English.
 */
export function chooseLanguage(header: string | null | undefined, preferred?: string | null): Language {
  const wished = asLanguage(preferred);
  if (wished !== null) return wished;
  let best: { language: Language; quality: number } | null = null;
  for (const range of (header ?? '').split(',', RANGES_MAX)) {
    const [tag, ...parameters] = range.split(';');
    const language = asLanguage(tag);
    const quality = qualityOf(parameters);
    if (language !== null && quality > (best?.quality ?? 0)) best = { language, quality };
  }
  return best?.language ?? 'en';
}

/** A weight that cannot be read counts as none at all. */
function qualityOf(parameters: readonly string[]): number {
  const weight = parameters.map((parameter) => parameter.trim()).find((parameter) => /^q=/i.test(parameter));
  if (weight === undefined) return 1;
  return /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/i.test(weight) ? Number(weight.slice(2)) : 0;
}
