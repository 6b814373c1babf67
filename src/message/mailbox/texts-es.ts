import { EN } from './texts-en.ts';
import type { MailTexts } from './texts.ts';

export const ES: MailTexts = EN;
