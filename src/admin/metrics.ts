/** The shards' numbers as Prometheus metrics: names ending in _total are counters, the others gauges. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { NodeOperations } from './operations.ts';

export class Metrics {
  readonly #registry = new Registry();
  readonly #operations: NodeOperations;
  readonly #metrics = new Map<string, Counter | Gauge>();

  constructor(operations: NodeOperations) {
    this.#operations = operations;
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The exposition text as of now. */
  async text(): Promise<string> {
    const shards = await this.#operations.shardNumbers();
    for (const metric of this.#metrics.values()) metric.reset();
    shards.forEach((numbers, shard) => {
      for (const [name, value] of numbers) this.#metric(name).inc({ shard: String(shard) }, Number(value));
    });
    return this.#registry.metrics();
  }

  #metric(name: string): Counter | Gauge {
    const known = this.#metrics.get(name);
    if (known !== undefined) return known;
    const options = {
      name: `ceto_${name}`,
      help: `${name.replaceAll('_', ' ')}, by shard`,
      labelNames: ['shard'],
      registers: [this.#registry],
    };
    const made = name.endsWith('_total') ? new Counter(options) : new Gauge(options);
    this.#metrics.set(name, made);
    return made;
  }
}
