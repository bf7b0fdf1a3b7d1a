import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCsv, writeCsv } from './csv.ts';

test('quotes, commas and line ends in fields are kept', () => {
  expect(parseCsv('a,"b, ""c""\nd",\r\n,e,f\n')).toEqual([
    ['a', 'b, "c"\nd', ''],
    ['', 'e', 'f'],
  ]);
});

test('what is written reads back', () => {
  const rows = fc.array(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }));
  fc.assert(
    fc.property(rows, (given) => {
      expect(parseCsv(writeCsv(given))).toEqual(given);
    }),
  );
});
