/** Server-sent events (WHATWG HTML, 9.2) out of a byte stream. */

export type ServerEvent = { readonly event: string; readonly data: string };

const EVENT_MAX_CHARACTERS = 1_000_000;

/** Ends with the stream; leaving the loop early closes the connection. An event without data is none. */
export async function* readEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  const reader = stream
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = '';
  let event = '';
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += value;
      if (rest.length > EVENT_MAX_CHARACTERS) throw new Error('A line of the event stream is too long.');
      const { lines, left } = splitLines(rest);
      rest = left;
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n') };
          event = '';
          data = [];
          continue;
        }
        const [name, content] = readField(line);
        if (name === 'event') event = content;
        else if (name === 'data') data.push(content);
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Lines end with CR LF, LF or CR; a CR at the very end may be half of a CR LF and waits. */
function splitLines(text: string): { lines: string[]; left: string } {
  const waiting = text.endsWith('\r') ? 1 : 0;
  const parts = text.slice(0, text.length - waiting).split(/\r\n|\n|\r/);
  const left = parts.pop() ?? '';
  return { lines: parts, left: left + text.slice(text.length - waiting) };
}

/** A line that begins with a colon is a comment, such as a heartbeat: its name is empty. */
function readField(line: string): [name: string, content: string] {
  const colon = line.indexOf(':');
  if (colon < 0) return [line, ''];
  const content = line.slice(colon + 1);
  return [line.slice(0, colon), content.startsWith(' ') ? content.slice(1) : content];
}
