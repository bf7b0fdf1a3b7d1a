import { type CqlError, configurationError, invalidRequest } from '../../errors/index.ts';
import type { StringMap } from '../params.ts';
import type { DdlContext } from './context.ts';
import { parseInteger } from './properties.ts';

export const LOCATOR_PACKAGE = 'org.apache.cassandra.locator.';
const SIMPLE = `${LOCATOR_PACKAGE}SimpleStrategy`;
const NETWORK_TOPOLOGY = `${LOCATOR_PACKAGE}NetworkTopologyStrategy`;
const LOCAL = `${LOCATOR_PACKAGE}LocalStrategy`;
const REPLICATION_FACTOR = 'replication_factor';

export function requireStrategyClass(options: ReadonlyMap<string, string>): string {
  const className = options.get('class');
  if (className === undefined) throw configurationError('Missing replication strategy class');
  return className;
}

/** The replication option of CREATE or ALTER KEYSPACE: class name completed, defaults and datacenters filled in. */
export function prepareReplication(options: ReadonlyMap<string, string>, context: DdlContext): StringMap {
  const given = new Map(options);
  const className = requireStrategyClass(options);
  given.delete('class');
  const full = className.includes('.') ? className : LOCATOR_PACKAGE + className;
  if (full === LOCAL) {
    throw invalidRequest('Unable to use given strategy class: LocalStrategy is reserved for internal use.');
  }
  if (full === SIMPLE) {
    if (!given.has(REPLICATION_FACTOR)) given.set(REPLICATION_FACTOR, String(context.defaultReplicationFactor));
  } else if (full === NETWORK_TOPOLOGY) {
    expandDatacenters(given, context);
  } else {
    throw configurationError(`Unable to find replication strategy class '${full}'`);
  }
  const sorted = [...given].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map([['class', full], ...sorted]);
}

/** `replication_factor` of NetworkTopologyStrategy stands for every datacenter that is not named. */
function expandDatacenters(given: Map<string, string>, context: DdlContext): void {
  const factor = given.get(REPLICATION_FACTOR) ?? (given.size === 0 ? String(context.defaultReplicationFactor) : null);
  given.delete(REPLICATION_FACTOR);
  if (factor !== null) {
    for (const datacenter of context.datacenters.keys()) {
      if (!given.has(datacenter)) given.set(datacenter, factor);
    }
  }
  for (const [datacenter, count] of given) {
    if (parseInteger(count) === 0) given.delete(datacenter);
  }
}

/** Checks the options as the strategy does; gives the warnings about factors that exceed the nodes. */
export function validateReplication(keyspace: string, replication: StringMap, context: DdlContext): string[] {
  const className = replication.get('class') as string;
  const strategy = className.slice(LOCATOR_PACKAGE.length);
  const options = [...replication].filter(([name]) => name !== 'class');
  if (className === NETWORK_TOPOLOGY && options.length === 0) {
    throw configurationError('Configuration for at least one datacenter must be present');
  }
  for (const [name, value] of options) {
    const known = className === SIMPLE ? name === REPLICATION_FACTOR : context.datacenters.has(name);
    const factor = parseInteger(value);
    if (factor === null) throw numberFormat(value);
    if (factor < 0) throw configurationError(`Replication factor must be non-negative, found ${factor}`);
    if (!known) {
      throw configurationError(`Unrecognized strategy option {${name}} passed to ${strategy} for keyspace ${keyspace}`);
    }
  }
  return options.flatMap(([name, value]) => factorWarning(keyspace, className, name, Number(value), context));
}

function factorWarning(
  keyspace: string,
  className: string,
  option: string,
  factor: number,
  context: DdlContext,
): string[] {
  const all = [...context.datacenters.values()].reduce((sum, count) => sum + count, 0);
  const nodes = className === SIMPLE ? all : (context.datacenters.get(option) ?? 0);
  if (factor <= nodes) return [];
  const where = className === SIMPLE ? '' : ` for datacenter ${option}`;
  return [
    `Your replication factor ${factor} for keyspace ${keyspace} is higher than the number of nodes ${nodes}${where}`,
  ];
}

/** Copies of each row over all datacenters. */
export function totalReplicas(replication: StringMap): number {
  return [...replication].reduce((sum, [name, value]) => (name === 'class' ? sum : sum + Number(value)), 0);
}

function numberFormat(text: string): CqlError {
  return configurationError(`For input string: "${text}"`);
}
