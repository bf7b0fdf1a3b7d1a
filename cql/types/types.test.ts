import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseType } from '../parser/index.ts';
import { resolveType } from '../schema/index.ts';
import {
  type CqlType,
  cqlName,
  custom,
  encodeTypeOption,
  freeze,
  isMultiCell,
  list,
  MarshalParseError,
  map,
  marshalName,
  NATIVE_KINDS,
  native,
  parseMarshalName,
  quoteIdentifier,
  replaceUserType,
  reversed,
  sameType,
  set,
  tuple,
  userType,
  vector,
} from './index.ts';

const address = userType('ks', 'Address', [
  { name: 'street', type: native('text') },
  { name: 'Zip', type: set(native('int')) },
]);

const anyType: fc.Arbitrary<CqlType> = fc.letrec<{ type: CqlType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...NATIVE_KINDS.filter((kind) => !['empty', 'counter', 'duration'].includes(kind)).map(native)),
    fc.tuple(tie('type'), fc.boolean()).map(([type, frozen]) => list(freeze(type), frozen)),
    fc.tuple(tie('type'), fc.boolean()).map(([type, frozen]) => set(freeze(type), frozen)),
    fc.tuple(tie('type'), tie('type'), fc.boolean()).map(([k, v, frozen]) => map(freeze(k), freeze(v), frozen)),
    fc.array(tie('type'), { minLength: 1, maxLength: 3 }).map(tuple),
    fc.tuple(tie('type'), fc.integer({ min: 1, max: 2000 })).map(([type, n]) => vector(type, n)),
    fc.constantFrom(address, freeze(address)),
  ),
})).type;

describe('marshal class strings', () => {
  test('come back as the type they were made from', () => {
    fc.assert(
      fc.property(anyType, fc.boolean(), (type, descending) => {
        const stored = descending && !isMultiCell(type) ? reversed(type) : type;
        const read = parseMarshalName(marshalName(stored));
        expect(read).toEqual(stored);
        expect(sameType(read, stored)).toBe(true);
      }),
    );
  });

  test.each([
    '',
    'ListType(',
    'ListType()',
    'MapType(Int32Type)',
    'VectorType(Int32Type , x)',
    'Int32Type)',
    'UserType(ks,7,61:Int32Type)',
  ])('reject %j with the place of the error', (text) => {
    expect(() => parseMarshalName(text)).toThrow(MarshalParseError);
  });

  test('keep classes without a CQL name as they are', () => {
    expect(parseMarshalName('CompositeType(Int32Type,UTF8Type)')).toEqual(
      custom('org.apache.cassandra.db.marshal.CompositeType(Int32Type,UTF8Type)'),
    );
  });
});

describe('CQL names', () => {
  test('come back through the parser', () => {
    const scope = { keyspace: 'ks', types: new Map([['Address', address]]) };
    fc.assert(
      fc.property(anyType, (type) => {
        expect(cqlName(resolveType(parseType(cqlName(type)), scope))).toBe(cqlName(type));
      }),
    );
  });

  test('quote identifiers that would not survive unquoted', () => {
    expect(['plain', 'Mixed', 'select', 'a"b', '1a'].map(quoteIdentifier)).toEqual([
      'plain',
      '"Mixed"',
      '"select"',
      '"a""b"',
      '"1a"',
    ]);
  });
});

describe('type options of the protocol', () => {
  const hex = (type: CqlType, version: 3 | 4 | 5): string =>
    Buffer.from(encodeTypeOption(type, version)).toString('hex');

  test('are ids where the version knows the type', () => {
    expect(hex(native('int'), 4)).toBe('0009');
    expect(hex(map(native('text'), list(native('bigint'), true)), 4)).toBe('0021000d00200002');
    expect(hex(tuple([native('date'), native('tinyint')]), 4)).toBe('0031000200110014');
    expect(hex(reversed(native('uuid')), 5)).toBe('000c');
    expect(hex(native('duration'), 5)).toBe('0015');
  });

  test('are custom classes where it does not', () => {
    const className = (type: CqlType, version: 3 | 4 | 5): string =>
      Buffer.from(encodeTypeOption(type, version)).subarray(4).toString();
    expect(className(native('duration'), 4)).toBe('org.apache.cassandra.db.marshal.DurationType');
    expect(className(native('date'), 3)).toBe('org.apache.cassandra.db.marshal.SimpleDateType');
    expect(className(vector(native('float'), 3), 5)).toBe(
      'org.apache.cassandra.db.marshal.VectorType(org.apache.cassandra.db.marshal.FloatType , 3)',
    );
  });

  test('of user types carry names and fields', () => {
    expect(hex(userType('k', 'u', [{ name: 'a', type: native('int') }]), 4)).toBe(
      '003000016b000175000100016100' + '09',
    );
  });
});

describe('types', () => {
  test('freeze through and through', () => {
    expect(cqlName(freeze(address))).toBe('frozen<"Address">');
    expect(isMultiCell(freeze(list(native('int'))))).toBe(false);
    expect(freeze(address).kind === 'udt' && freeze(address)).toMatchObject({
      fields: [{}, { type: { frozen: true } }],
    });
  });

  test('follow a user type that was altered wherever it is mentioned', () => {
    const altered = userType('ks', 'Address', [...address.fields, { name: 'city', type: native('text') }]);
    const column = map(native('int'), list(freeze(address), true));
    expect(marshalName(replaceUserType(column, altered))).toBe(
      marshalName(map(native('int'), list(freeze(altered), true))),
    );
  });
});
