import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CqlError } from '../errors/index.ts';
import {
  encodeBatchParameters,
  encodeQueryParameters,
  type QueryParameters,
  readBatchParameters,
  readQueryParameters,
} from './query-parameters.ts';
import { encodeRows } from './results.ts';
import { decodeRows } from './rows.ts';
import { WireReader } from './wire-reader.ts';

const bytes = fc.uint8Array({ maxLength: 40 });
const parameters = (version: number): fc.Arbitrary<QueryParameters> =>
  fc.record({
    consistency: fc.integer({ min: 0, max: 0xa }),
    values: fc.array(fc.oneof(bytes, fc.constant(null), version >= 4 ? fc.constant(undefined) : fc.constant(null)), {
      maxLength: 5,
    }),
    names: fc.constant(null),
    skipMetadata: fc.boolean(),
    pageSize: fc.option(fc.integer({ min: 1, max: 100_000 })),
    pagingState: fc.option(bytes),
    serialConsistency: fc.option(fc.constantFrom(8, 9)),
    timestamp: fc.option(fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n })),
    keyspace: version >= 5 ? fc.option(fc.string({ maxLength: 10 })) : fc.constant(null),
    nowInSeconds: version >= 5 ? fc.option(fc.integer({ min: 0, max: 2 ** 31 - 1 })) : fc.constant(null),
  });

test.each([3, 4, 5])('query parameters of v%i read back as they were written', (version) => {
  fc.assert(
    fc.property(parameters(version), (given) => {
      const read = readQueryParameters(new WireReader(encodeQueryParameters(given, version)), version);
      expect(read).toEqual(given);
    }),
  );
});

test.each([3, 4, 5])('batch parameters of v%i read back as they were written', (version) => {
  fc.assert(
    fc.property(parameters(version), (given) => {
      const read = readBatchParameters(new WireReader(encodeBatchParameters(given, version)), version);
      expect(read).toEqual({ ...given, values: [], skipMetadata: false, pageSize: null, pagingState: null });
    }),
  );
});

test('a body that ends early is a protocol error, wherever it ends', () => {
  fc.assert(
    fc.property(parameters(5), fc.nat(), (given, cut) => {
      const whole = encodeQueryParameters(given, 5);
      const read = () => readQueryParameters(new WireReader(whole.subarray(0, cut % whole.length)), 5);
      expect(read).toThrow(CqlError);
    }),
  );
});

test('rows without metadata read back with their paging state', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.option(bytes), fc.option(bytes)), { maxLength: 5 }),
      fc.option(bytes),
      (rows, pagingState) => {
        const column = { keyspace: 'k', table: 't', name: 'c', type: { kind: 'int' as const } };
        const body = encodeRows([column, column] as never, rows, { version: 5, pagingState, skipMetadata: true });
        expect(decodeRows(body)).toEqual({ pagingState, rows });
      },
    ),
  );
});

test('a page size of 0 is a protocol error', () => {
  const body = new Uint8Array([0, 1, 0, 0, 0, 4, 0, 0, 0, 0]);
  expect(() => readQueryParameters(new WireReader(body), 5)).toThrow('The page size cannot be 0');
});
