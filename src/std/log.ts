import { pino, type Logger } from 'pino';

export type Log = Logger;

export type LogOptions = { level: string; destination?: NodeJS.WritableStream };

/** JSON lines. Secrets are wrapped in `Secret`; the redaction below is the second net, not the first. */
export function createLog(options: LogOptions): Log {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [
          'code',
          'secret',
          'authorization',
          '*.code',
          '*.secret',
          '*.authorization',
          'headers',
          '*.headers',
        ],
        censor: '[secret]',
      },
    },
    options.destination ?? pino.destination(1),
  );
}
