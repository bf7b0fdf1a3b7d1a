import { describe, expect, it } from 'vitest';
import { normaliser } from './normalise.ts';

const TABLE_ID = '5a1c395e-b41f-11e5-9f22-ba0be0483c18';
const error = (message: string) => ({ kind: 'error', code: '0x2200', message }) as const;

describe('normalisation', () => {
  it('hides uuids that the server made and keeps those that the script wrote', () => {
    const row = { kind: 'rows', columns: [], pages: [[`${TABLE_ID} | 123e4567-e89b-42d3-a456-426614174000`]] } as const;
    expect(normaliser(`... id = ${TABLE_ID}`)(row)).toEqual({ ...row, pages: [[`${TABLE_ID} | <uuid>`]] });
  });

  it('puts overloads in order', () => {
    expect(
      normaliser('')(error('none match (known type signatures: system.abs : (int) -> int, a.f : (b, c) -> d)')),
    ).toEqual(error('none match (known type signatures: a.f : (b, c) -> d, system.abs : (int) -> int)'));
  });

  it('puts the overloads that a call matches in order', () => {
    const ambiguous = (list: string) =>
      error(`Ambiguous call to function avg (can be matched by following signatures: ${list}): use type casts`);
    expect(normaliser('')(ambiguous('system.avg : (varint) -> varint, system.avg : (bigint) -> bigint'))).toEqual(
      ambiguous('system.avg : (bigint) -> bigint, system.avg : (varint) -> varint'),
    );
  });

  it('puts the columns of a twice restricted bound in order', () => {
    expect(normaliser('')(error('More than one restriction was found for the start bound on d ,c'))).toEqual(
      error('More than one restriction was found for the start bound on c ,d'),
    );
  });

  it('leaves the rest alone', () => {
    const answer = error('line 1:0 no viable alternative');
    expect(normaliser('')(answer)).toEqual(answer);
  });
});
