import { describe, expect, test } from 'vitest';
import type { Describe } from '../../cql/ast/index.ts';
import { parse } from '../../cql/parser/index.ts';
import { PLAIN_PARAMETERS, WireReader } from '../../cql/protocol/index.ts';
import { SYSTEM_SCHEMAS } from '../../cql/schema/index.ts';
import { describeBody } from './describe-answer.ts';

const cluster = { name: 'c', partitioner: 'p', snitch: 's', tokens: ['1'], endpoint: '/127.0.0.1:7000' };
const HAS_MORE_PAGES = 2;

/** The number of rows of a ROWS result whose columns are all text, and where it goes on. */
function readPage(body: Uint8Array): { readonly size: number; readonly pagingState: Uint8Array | null } {
  const reader = new WireReader(body);
  reader.i32();
  const flags = reader.i32();
  const columns = reader.i32();
  const pagingState = flags & HAS_MORE_PAGES ? reader.nullableBytes() : null;
  reader.string();
  reader.string();
  for (let i = 0; i < columns; i++) {
    reader.string();
    reader.u16();
  }
  return { size: reader.i32(), pagingState };
}

/** The number of rows on each page. */
function pages(text: string, pageSize: number | null): number[] {
  const scope = { schema: SYSTEM_SCHEMAS, keyspace: null, cluster };
  const sizes: number[] = [];
  let pagingState: Uint8Array | null = null;
  do {
    const parameters = { ...PLAIN_PARAMETERS, pageSize, pagingState };
    const page = readPage(describeBody(parse(text).statement as Describe, scope, parameters, 5));
    sizes.push(page.size);
    pagingState = page.pagingState;
  } while (pagingState !== null);
  return sizes;
}

describe('DESCRIBE is paged as Cassandra pages it', () => {
  const [count = 0] = pages('DESCRIBE KEYSPACES', null);

  test('without a page size in one page', () => {
    expect(count).toBe(SYSTEM_SCHEMAS.keyspaces.size);
  });

  test('with a rest on the last page', () => {
    expect(pages('DESCRIBE KEYSPACES', count - 1)).toEqual([count - 1, 1]);
  });

  test('with an empty page after a full last one', () => {
    expect(pages('DESCRIBE KEYSPACES', count)).toEqual([count, 0]);
  });
});
