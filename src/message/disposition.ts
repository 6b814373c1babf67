/** Names of files in HTTP headers (RFC 6266, RFC 8187). */
const FILE_NAME = /filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i;
const PLAIN_NAME = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i;

/** Always to be saved, never to be shown by itself; `filename` for old programs, `filename*` for all others. */
export function attachment(name: string): string {
  const plain = name.replace(/[^ -~]/g, '_').replace(/["\\%]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded(name)}`;
}

/** The name that a header gives, or null. */
export function nameIn(header: string | undefined): string | null {
  if (header === undefined) return null;
  const extended = FILE_NAME.exec(header)?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      return null;
    }
  }
  const [, quoted, token] = PLAIN_NAME.exec(header) ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? token ?? null;
}

/** attr-char of RFC 8187 stays as it is. */
function encoded(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
