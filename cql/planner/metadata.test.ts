import { describe, expect, test } from 'vitest';
import { type CqlType, cqlName, isNative } from '../types/index.ts';
import type { ColumnSpecification } from './index.ts';
import { planText, readGolden, schemaOf } from './testing.ts';

type NameAndType = readonly [string, string];

interface RecordedMetadata {
  readonly statement: string;
  readonly bind: readonly NameAndType[];
  readonly partitionKeyIndexes: readonly number[];
  readonly result: readonly NameAndType[] | null;
  readonly resultMetadataId: string;
}

const golden = readGolden<{ keyspace: string; schema: string[]; statements: RecordedMetadata[] }>(
  './metadata.golden.json',
);
const schema = schemaOf(golden);

/** A type as the Python driver, which recorded, names what came over the wire. */
function recordedName(type: CqlType): string {
  if (isNative(type)) return type.kind === 'text' ? 'varchar' : type.kind;
  switch (type.kind) {
    case 'list':
    case 'set':
      return `${type.kind}<${recordedName(type.elements)}>`;
    case 'map':
      return `map<${recordedName(type.keys)}, ${recordedName(type.values)}>`;
    case 'tuple':
      return `frozen<tuple<${type.elements.map(recordedName).join(', ')}>>`;
    case 'udt':
      return `frozen<${type.name}>`;
    case 'vector':
      return `org.apache.cassandra.db.marshal.VectorType<${cqlName(type.elements)}, ${type.dimension}>`;
    default:
      return type.kind;
  }
}

const named = (columns: readonly ColumnSpecification[]): NameAndType[] =>
  columns.map(({ name, type }) => [name, recordedName(type)]);

/** Statements that Cassandra prepares and Ceto refuses, with what it says. */
const NOT_YET: readonly (readonly [RegExp, string])[] = [
  [/^UPDATE.*token/, 'The token function cannot be used in WHERE clauses for UPDATE statements'],
  [/to_json/, "Unknown function 'to_json'"],
];

function notYet(statement: string): string | undefined {
  return NOT_YET.find(([pattern]) => pattern.test(statement))?.[1];
}

describe('prepared metadata is what Cassandra answers to PREPARE', () => {
  const supported = golden.statements.filter(({ statement }) => notYet(statement) === undefined);
  test.each(supported.map((recorded) => [recorded.statement, recorded] as const))('%s', (_, recorded) => {
    const plan = planText(schema, golden.keyspace, recorded.statement);
    expect({
      bind: named(plan.bindVariables),
      partitionKeyIndexes: plan.partitionKeyBindIndexes,
      result: plan.resultColumns === null ? null : named(plan.resultColumns),
      resultMetadataId: Buffer.from(plan.resultMetadataId).toString('hex'),
    }).toEqual({
      bind: recorded.bind,
      partitionKeyIndexes: recorded.partitionKeyIndexes,
      result: recorded.result,
      resultMetadataId: recorded.resultMetadataId,
    });
  });
});

describe('statements that are not supported yet are refused', () => {
  const refused = golden.statements.filter(({ statement }) => notYet(statement) !== undefined);
  test.each(refused.map(({ statement }) => [statement] as const))('%s', (statement) => {
    expect(() => planText(schema, golden.keyspace, statement)).toThrow(notYet(statement));
  });
});
