/**
 * Listens from now on for Ctrl-C, TERM and the closing of the terminal, so that one that comes while things
 * are still being opened is not lost: what was opened is closed in order. A second one ends at once, for who
 * is in a hurry knows why.
 */
export function listenForStop(): { readonly asked: () => boolean; readonly whenAsked: Promise<void> } {
  let asked = false;
  const whenAsked = new Promise<void>((resolve) => {
    const onSignal = () => {
      if (asked) process.exit(130);
      asked = true;
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
  return { asked: () => asked, whenAsked };
}
