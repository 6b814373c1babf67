import { isoTime } from '../std/clock.ts';
import type { Language } from '../std/language.ts';

/**
 * A day and an hour as short messages say them: always in UTC, with the year, in letters of GSM 03.38 only,
 * and never so that day and month can be taken for one another.
 */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "29 Nov 2026, 14:05 UTC", "29.11.2026, 14:05 UTC", "29/11/2026, 14:05 UTC". */
export function momentText(epochMs: number, language: Language): string {
  const [day = '', hours = ''] = isoTime(epochMs).split('T');
  const [year = '', month = '', date = ''] = day.split('-');
  const separator = language === 'de' ? '.' : '/';
  const text =
    language === 'en'
      ? `${Number(date)} ${MONTHS[Number(month) - 1]} ${year}`
      : [date, month, year].join(separator);
  return `${text}, ${hours.slice(0, 5)} UTC`;
}
