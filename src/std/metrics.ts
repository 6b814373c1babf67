import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * What operators watch, in the Prometheus text format. Labels are closed sets: nothing about a person, an id
 * or a path parameter ever becomes one (S8).
 */
export type Metrics = {
  readonly registry: Registry;
  readonly request: (route: string, method: string, status: number, ms: number) => void;
  /**
   * A step in the life of confirmations: opened, exempt, refused, confirmed, wrong, locked, expired,
   * cancelled, resent.
   */
  readonly confirmation: (event: string, count?: number) => void;
  readonly dispatch: (channel: string, outcome: string, count?: number) => void;
  /** A value that is read when the metrics are fetched. */
  readonly gauge: (name: string, help: string, read: () => number) => void;
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'countersign_' });
  const requests = new Histogram({
    name: 'countersign_http_request_seconds',
    help: 'Duration of HTTP requests.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  const confirmations = new Counter({
    name: 'countersign_confirmations_total',
    help: 'Steps in the life of confirmations.',
    labelNames: ['event'],
    registers: [registry],
  });
  const dispatches = new Counter({
    name: 'countersign_dispatches_total',
    help: 'What the second networks said of dispatches.',
    labelNames: ['channel', 'outcome'],
    registers: [registry],
  });
  return {
    registry,
    request: (route, method, status, ms) =>
      requests.observe({ route, method, status: String(status) }, ms / 1000),
    confirmation: (event, count = 1) => confirmations.inc({ event }, count),
    dispatch: (channel, outcome, count = 1) => dispatches.inc({ channel, outcome }, count),
    gauge: (name, help, read) => {
      const gauge: Gauge = new Gauge({
        name: `countersign_${name}`,
        help,
        registers: [registry],
        collect: (): void => gauge.set(read()),
      });
    },
  };
}
