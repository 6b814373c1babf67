import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * A process of the benchmark, spoken to by messages: each one that is sent is answered by one, in turn.
 * Secrets go this way and not over the command line, where every user of the machine could read them.
 */
export type Child<Asked extends object, Answer> = AsyncDisposable & {
  readonly pid: number;
  readonly ask: (asked: Asked) => Promise<Answer>;
};

export type ChildOptions = { readonly execArgv?: readonly string[] };

export function startChild<Asked extends object, Answer>(
  file: 'server.ts' | 'load.ts',
  options: ChildOptions = {},
): Child<Asked, Answer> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [], {
    execArgv: [...(options.execArgv ?? [])],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid ?? 0,
    ask: (asked) => askOnce<Answer>(child, asked, file),
    [Symbol.asyncDispose]: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/**
 * In the child: answers each message until the parent lets go. A failure ends the process, and so the
 * benchmark.
 */
export function answerParent(answer: (asked: unknown) => Promise<object>, close: () => Promise<void>): void {
  process.on('message', (asked: unknown) => {
    answer(asked).then(
      (answered) => process.send?.(answered),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.once('disconnect', () => {
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}

function askOnce<Answer>(child: ChildProcess, asked: object, file: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error(`bench/${file} ended before it answered`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as Answer);
    });
    child.send(asked);
  });
}
