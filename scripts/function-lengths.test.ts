import { expect, test } from 'vitest';
import { longFunctions } from './function-lengths.ts';

const lines = (count: number) => '    x();\n'.repeat(count);

test.each([
  ['a.ts', `export async function a(): Promise<void> {\n${lines(9)}}\n`],
  ['a.ts', `class A {\n  private a(b: string): void {\n${lines(9)}  }\n}\n`],
  ['a.ts', `export const a = (): void => {\n${lines(9)}};\n`],
  ['a.ts', `function a(\n  b: string,\n): void {\n${lines(9)}}\n`],
  ['a.cc', `void A::a(int b) const {\n${lines(9)}}\n`],
  ['a.cc', `void A::a(int b,\n          int c) {\n${lines(9)}}\n`],
  ['a.cc', `A::A(int b)\n    : b_(b) {\n${lines(9)}}\n`],
])('%s: a function of eleven lines is found: %j', (path, text) => {
  expect(longFunctions(path, text, 10)).toMatchObject([{ lines: 11 }]);
  expect(longFunctions(path, text, 11)).toEqual([]);
});

test('a branch or a table that is long by itself is no function', () => {
  expect(longFunctions('a.ts', `if (a(b)) {\n${lines(9)}}\nconst table = {\n${lines(9)}};\n`, 10)).toEqual([]);
  expect(longFunctions('a.cc', `namespace {\n${lines(9)}}\nwhile (a()) {\n${lines(9)}}\n`, 10)).toEqual([]);
});

test('a nested block does not end the function', () => {
  const text = `function a() {\n  if (b()) {\n${lines(4)}  }\n${lines(4)}}\n`;
  expect(longFunctions('a.ts', text, 5)).toMatchObject([{ line: 1, lines: 12 }]);
});
