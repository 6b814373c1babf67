import { personName } from './people.ts';

/** What the callers of the benchmark send, and how they read what comes back: by place, for speed. */
export function who(person: number): string {
  return `{"identifier":{"kind":"username","value":"${personName(person)}"}}`;
}

export function openingOf(person: number): string {
  const act = `{"purpose":"transfer","amount":{"value":"312.40","currency":"EUR"},"payee":{"name":"Acme"}}`;
  return `{"subscriber":${who(person)},"act":${act}}`;
}

/** The text that stands after `name` up to the next quote. */
export function textOf(json: string, name: string): string {
  const from = json.indexOf(name) + name.length;
  return json.slice(from, json.indexOf('"', from));
}
