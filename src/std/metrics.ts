import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';

/** What a thread counted, as it travels to the one that is asked. */
export type MetricValues = MetricObjectWithValues<MetricValue<string>>[];

/**
 * What operators watch, in the Prometheus text format. Labels are closed sets: nothing about a person, an id
 * or a path parameter ever becomes one (S8).
 */
export type Metrics = {
  readonly registry: Registry;
  /** What /metrics answers. */
  readonly text: () => Promise<string>;
  /** The same without what is beside. */
  readonly values: () => Promise<MetricValues>;
  readonly request: (route: string, method: string, status: number, ms: number) => void;
  /**
   * A step in the life of confirmations: opened, exempt, refused, confirmed, wrong, locked, expired,
   * cancelled, resent.
   */
  readonly confirmation: (event: string, count?: number) => void;
  readonly dispatch: (channel: string, outcome: string, count?: number) => void;
  /** What came of an attempt: delivered, waiting (tried again later), dead (given up). */
  readonly webhook: (outcome: string) => void;
  /** A value that is read when the metrics are fetched; where that fails, it is NaN. */
  readonly gauge: (name: string, help: string, read: () => Promise<number>) => void;
};

export type MetricsOptions = {
  /** Another thread of this process, whose counts are added to ours. */
  readonly beside?: (() => Promise<MetricValues>) | undefined;
  /** False in such a thread: what is of the whole process is counted once. */
  readonly ofProcess?: boolean;
};

export function createMetrics({ beside, ofProcess = true }: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry, prefix: 'countersign_' });
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
  const webhooks = new Counter({
    name: 'countersign_webhook_attempts_total',
    help: 'What came of attempts to deliver events.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const values = (): Promise<MetricValues> => registry.getMetricsAsJSON();
  const text = async (): Promise<string> => {
    if (!beside) return registry.metrics();
    const all = await Promise.all([values(), beside()]);
    return AggregatorRegistry.aggregate(all).metrics();
  };
  return {
    registry,
    text,
    values,
    request: (route, method, status, ms) =>
      requests.observe({ route, method, status: String(status) }, ms / 1000),
    confirmation: (event, count = 1) => confirmations.inc({ event }, count),
    dispatch: (channel, outcome, count = 1) => dispatches.inc({ channel, outcome }, count),
    webhook: (outcome) => webhooks.inc({ outcome }),
    gauge: (name, help, read) => {
      const gauge: Gauge = new Gauge({
        name: `countersign_${name}`,
        help,
        registers: [registry],
        collect: async (): Promise<void> => gauge.set(await read().catch(() => NaN)),
      });
    },
  };
}
