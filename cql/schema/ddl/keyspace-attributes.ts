import type { Properties } from '../../ast/index.ts';
import { PropertyReader } from './properties.ts';

const KNOWN: ReadonlySet<string> = new Set(['durable_writes', 'replication']);

export interface KeyspaceAttributes {
  readonly durableWrites: boolean | undefined;
  readonly replication: ReadonlyMap<string, string> | undefined;
}

export function readKeyspaceAttributes(properties: Properties): KeyspaceAttributes {
  const reader = new PropertyReader(properties);
  reader.validate(KNOWN);
  return { replication: reader.map('replication'), durableWrites: reader.boolean('durable_writes') };
}
