import { describe, expect, test } from 'vitest';
import type { AggregateFunction, FunctionArgument, ScalarFunction } from '../analyser/functions.ts';
import { parseType } from '../parser/index.ts';
import { resolveType } from '../schema/index.ts';
import {
  type CqlType,
  type CqlValue,
  cqlName,
  encodeValue,
  native,
  testAssignment,
  valueFromText,
  valueLiteral,
} from '../types/index.ts';
import { NATIVE_FUNCTIONS, serializePartitionKey, tokenOf } from './index.ts';

const SITE = { keyspace: 'k', table: 't', partitionKeyTypes: [native('int')], receiverType: null };
const CLOCK = { now: () => 1_600_000_000_000 };
/** The column values of the row that Cassandra 5.0.6 was asked about. */
const COLUMNS: Readonly<Record<string, readonly [string, string | CqlValue]>> = {
  i: ['int', '7'],
  b: ['bigint', '8'],
  s: ['smallint', '9'],
  t: ['tinyint', '10'],
  v: ['varint', '11'],
  d: ['decimal', '12.5'],
  f: ['float', '1.5'],
  o: ['double', '2.5'],
  x: ['text', 'hello'],
  ts: ['timestamp', '2020-01-02 03:04:05'],
  da: ['date', '2020-01-02'],
  tu: ['timeuuid', '8ff81a00-e0e5-11ee-8080-808080808080'],
  du: ['duration', '1mo2d3h'],
  bo: ['boolean', 'true'],
  u: ['uuid', '550e8400-e29b-41d4-a716-446655440000'],
  ti: ['time', '10:00:00'],
  bl: ['blob', '0102'],
  ine: ['inet', '1.2.3.4'],
  l: ['list<int>', [3, 1, 2]],
  m: [
    'map<text, int>',
    [
      ['a', 1],
      ['b', 2],
    ],
  ],
  se: ['set<double>', [1.5, 2.5]],
  c2: ['list<text>', ['q', 'b']],
  ve: ['vector<float, 2>', [1, 2]],
  v34: ['vector<float, 2>', [3, 4]],
  v00: ['vector<float, 2>', [0, 0]],
  zero: ['int', '0'],
  one: ['int', '1'],
  two: ['int', '2'],
  four: ['int', '4'],
  five: ['int', '5'],
  seven: ['int', '7'],
  mo: ['duration', '1mo'],
  h: ['duration', '1h'],
  day: ['duration', '1d'],
  max: ['int', '2147483647'],
  hash: ['text', '#'],
  md5: ['text', 'MD5'],
  bad: ['blob', '01'],
};

interface Argument extends FunctionArgument {
  readonly bytes: Uint8Array;
  readonly exactType: CqlType;
}

function column(name: string): Argument {
  const [typeText, value] = COLUMNS[name] as readonly [string, string | CqlValue];
  const type = resolveType(parseType(typeText), { keyspace: 'k', types: null });
  const bytes = typeof value === 'string' ? valueFromText(type, value) : encodeValue(type, value);
  return {
    text: name,
    exactType: type,
    compatibleType: null,
    arrayLength: null,
    test: (receiver) => testAssignment(type, receiver),
    bytes: bytes as Uint8Array,
  };
}

function call(name: string, argumentNames: readonly string[]): string {
  const args = argumentNames.map(column);
  const found = NATIVE_FUNCTIONS.resolve({ keyspace: null, name }, args, SITE);
  if (found === null) return 'unknown';
  if (found.kind === 'scalar') {
    const result = (found as ScalarFunction).execute(
      args.map((arg) => arg.bytes),
      CLOCK,
    );
    return `${cqlName(found.returnType)} ${valueLiteral(found.returnType, result)}`;
  }
  const state = (found as AggregateFunction).start();
  state.add(args.map((arg) => arg.bytes));
  return `${cqlName(found.returnType)} ${valueLiteral(found.returnType, state.result())}`;
}

describe('native functions give what Cassandra 5.0.6 gave for the same row', () => {
  test.each([
    ['abs', 'i', 'int 7'],
    ['exp', 'i', 'int 1096'],
    ['exp', 'd', 'decimal 268337.28652087445695647967378715'],
    ['exp', 'v', 'varint 59874'],
    ['exp', 's', 'smallint 8103'],
    ['log', 'i', 'int 1'],
    ['log', 'v', 'varint 2'],
    ['log', 'zero', 'int -2147483648'],
    ['log10', 'd', 'decimal 1.0969100130080564143587833158265'],
    ['log', 'f', 'float 0.4054651'],
    ['round', 'o', 'double 3.0'],
    ['round', 'd', 'decimal 13'],
    ['round', 'f', 'float 2.0'],
    ['_add', 'i b', 'bigint 15'],
    ['_add', 'i s', 'int 16'],
    ['_add', 't t', 'tinyint 20'],
    ['_add', 'i f', 'float 8.5'],
    ['_multiply', 'i d', 'decimal 87.50'],
    ['_add', 'b v', 'varint 19'],
    ['_divide', 'i two', 'int 3'],
    ['_modulo', 'i four', 'int 3'],
    ['_divide', 'd seven', 'decimal 1.78571428571428571428571428571429'],
    ['_divide', 'f zero', 'float Infinity'],
    ['_modulo', 'd five', 'decimal 2.5'],
    ['_add', 'max i', 'int -2147483642'],
    ['_add', 'ts mo', "timestamp '2020-02-02T03:04:05.000Z'"],
    ['_substract', 'ts h', "timestamp '2020-01-02T02:04:05.000Z'"],
    ['_add', 'ts du', "timestamp '2020-02-04T06:04:05.000Z'"],
    ['_substract', 'da mo', "date '2019-12-02'"],
    ['_add', 'x x', "text 'hellohello'"],
    ['map_keys', 'm', "frozen<set<text>> {'a', 'b'}"],
    ['map_values', 'm', 'frozen<list<int>> [1, 2]'],
    ['collection_count', 'l', 'int 3'],
    ['collection_min', 'l', 'int 1'],
    ['collection_max', 'se', 'double 2.5'],
    ['collection_sum', 'l', 'int 6'],
    ['collection_avg', 'l', 'int 2'],
    ['similarity_cosine', 've v34', 'float 0.99193496'],
    ['similarity_euclidean', 've v34', 'float 0.11111111'],
    ['similarity_dot_product', 've v34', 'float 6.0'],
    ['mask_default', 'x', "text '****'"],
    ['mask_default', 'tu', 'timeuuid 13814000-1dd2-11b2-8080-808080808080'],
    ['mask_inner', 'x one one', "text 'h***o'"],
    ['mask_outer', 'x one one', "text '*ell*'"],
    ['mask_hash', 'x', 'blob 0x2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'],
    ['mask_hash', 'i md5', 'blob 0x679e19234b295ee432a3920c30fda6ac'],
    ['cast_as_int', 'd', 'int 12'],
    ['cast_as_bigint', 'o', 'bigint 2'],
    ['cast_as_date', 'ts', "date '2020-01-02'"],
    ['cast_as_text', 'ts', "text '2020-01-02T03:04:05.000Z'"],
    ['cast_as_timestamp', 'tu', "timestamp '2024-03-13T02:58:26.259Z'"],
    ['cast_as_text', 'bo', "text 'true'"],
    ['cast_as_decimal', 'f', 'decimal 1.5'],
    ['cast_as_text', 'ti', "text '10:00:00.000000000'"],
    ['int_as_blob', 'i', 'blob 0x00000007'],
    ['textasblob', 'x', 'blob 0x68656c6c6f'],
    ['to_date', 'tu', "date '2024-03-13'"],
    ['tounixtimestamp', 'ts', 'bigint 1577934245000'],
    ['to_unix_timestamp', 'da', 'bigint 1577923200000'],
    ['min_timeuuid', 'ts', 'timeuuid 8906c080-2d0c-11ea-8080-808080808080'],
    ['max_timeuuid', 'ts', 'timeuuid 8906e78f-2d0c-11ea-7f7f-7f7f7f7f7f7f'],
    ['token', 'one', 'bigint -4069959284402364209'],
    ['token', 'i', 'bigint 1634052884888577606'],
    ['avg', 'i', 'int 7'],
    ['sum', 't', 'tinyint 10'],
    ['max', 'x', "text 'hello'"],
    ['min', 'l', 'list<int> [3, 1, 2]'],
    ['count', 'x', 'bigint 1'],
    ['current_timestamp', '', "timestamp '2020-09-13T12:26:40.000Z'"],
  ])('%s(%s)', (name, names, expected) => {
    expect(call(name, names === '' ? [] : names.split(' '))).toBe(expected);
  });

  test.each([
    ['_divide', 'i zero', "the operation 'int / int' failed: / by zero"],
    ['_add', 'da h', "the operation 'date + duration' failed: The duration must have a day precision. Was: 1h"],
    ['_add', 'i x', "the '+' operation is not supported between i and x"],
    ['_add', 'ts i', "Ambiguous '+' operation with args ts and i: use type hint to disambiguate, example '(int) ?'"],
    [
      '_substract',
      'ts ts',
      "Ambiguous '-' operation with args ts and ts: use type hint to disambiguate, example '(int) ?'",
    ],
    ['_substract', 'ts da', "the '-' operation is not supported between ts and da"],
    ['_substract', 'da da', "the '-' operation is not supported between da and da"],
    [
      'collection_sum',
      'c2',
      'Function system.collection_sum requires a numeric set/list argument, but found argument c2 of type list<text>',
    ],
    ['map_keys', 'l', 'Function system.map_keys requires a map argument, but found argument l of type list<int>'],
    ['similarity_cosine', 've v00', "Function system.similarity_cosine doesn't support all-zero vectors."],
    [
      'blob_as_int',
      'bad',
      'In call to function system.blob_as_int, value 0x01 is not a valid binary representation for type int',
    ],
    ['token', '', 'Invalid number of arguments in call to function system.token: 1 required but 0 provided'],
    ['uuid', 'i', 'Invalid number of arguments in call to function system.uuid: 0 required but 1 provided'],
    ['mask_hash', 'i x', 'Hash algorithm not found: hello'],
  ])('%s(%s) is refused', (name, names, message) => {
    expect(() => call(name, names === '' ? [] : names.split(' '))).toThrow(message);
  });

  test('names that do not exist are unknown', () => {
    expect(call('typeasblob', ['i'])).toBe('unknown');
    expect(call('dateof', ['tu'])).toBe('unknown');
  });

  test('a call that fits no overload is told all signatures', () => {
    expect(() => call('to_date', ['i'])).toThrow(
      'Invalid call to function to_date, none of its type signatures match (known type signatures: ' +
        'system.to_date : (timeuuid) -> date, system.to_date : (timestamp) -> date)',
    );
  });
});

describe('aggregates', () => {
  test('of nothing are zero for sum and avg, null for min and max', () => {
    const empty = (name: string, of: string): string => {
      const found = NATIVE_FUNCTIONS.resolve({ keyspace: null, name }, [column(of)], SITE) as AggregateFunction;
      return valueLiteral(found.returnType, found.start().result());
    };
    expect(['i', 'd', 'f', 'v'].map((of) => empty('sum', of))).toEqual(['0', '0', '0.0', '0']);
    expect(empty('avg', 'o')).toBe('0.0');
    expect(empty('max', 'x')).toBe('null');
    expect(empty('count', 'x')).toBe('0');
  });
});

describe('tokens', () => {
  test.each([
    ['a', -8839064797231613815n],
    ['é', 5461403030378599040n],
    ['0123456789abcdef', 5467490433528156583n],
    ['0123456789abcdefé', 8755401265980413160n],
    ['ÿ'.repeat(20), 5637160265992979953n],
    ['x'.repeat(31), -8612186376054916492n],
    ['ü'.repeat(33), -1212519754081681892n],
    ['日本語テキスト', -4696617625605886511n],
  ])('of %s are those of Cassandra, whose tail bytes are signed', (key, token) => {
    expect(tokenOf(new TextEncoder().encode(key))).toBe(token);
  });

  test('of a key of three components are those of Cassandra', () => {
    const key = [new TextEncoder().encode('é'), Uint8Array.of(255, 255, 255, 255), Uint8Array.of(255, 128)];
    expect(tokenOf(serializePartitionKey(key))).toBe(4503059421016766235n);
  });

  test('of no key are the least', () => {
    expect(tokenOf(new Uint8Array(0))).toBe(-(2n ** 63n));
  });

  test('of a composite key are those of its components with lengths', () => {
    const key = serializePartitionKey([Uint8Array.of(1), Uint8Array.of(2, 3)]);
    expect([...key]).toEqual([0, 1, 1, 0, 0, 2, 2, 3, 0]);
  });
});
