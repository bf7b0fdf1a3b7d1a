import { expect, test } from 'vitest';
import { checkLayers } from './layers.ts';

const check = (files: Readonly<Record<string, string>>) => checkLayers(new Map(Object.entries(files)));

test('a folder that imports one above it is named', () => {
  expect(check({ 'cql/a.ts': "import { b } from '../src/b.ts';\n", 'src/b.ts': '' })).toEqual([
    'cql/a.ts: cql may not use src (../src/b.ts)',
  ]);
  expect(check({ 'src/b.ts': "import { a } from '../cql/a.ts';\n", 'cql/a.ts': '' })).toEqual([]);
});

test('imports over several lines, of types alone, re-exports and dynamic ones count', () => {
  const sources = [
    "import {\n  type B,\n  c,\n} from '../src/b.ts';\n",
    "import type { B } from '../src/b.ts';\n",
    "import '../src/b.ts';\n",
    "export * from '../src/b.ts';\n",
    // In two parts, so that it is none of this file's own imports.
    `const b = await ${'im'}port('../src/b.ts');\n`,
  ];
  for (const source of sources) expect(check({ 'storage/a.ts': source, 'src/b.ts': '' })).toHaveLength(1);
});

test('the language uses no package but node:crypto, its tests any', () => {
  expect(check({ 'cql/a.ts': "import { createHash } from 'node:crypto';\n" })).toEqual([]);
  expect(check({ 'cql/a.ts': "import { readFileSync } from 'node:fs';\n" })).toEqual([
    'cql/a.ts: cql may not use the package node:fs',
  ]);
  expect(check({ 'cql/a.test.ts': "import { readFileSync } from 'node:fs';\n" })).toEqual([]);
});

test('imports that go round are shown whole, also where the way in is no part of them', () => {
  const files = {
    'cql/in.ts': "import './a.ts';\n",
    'cql/a.ts': "import './b.ts';\n",
    'cql/b.ts': "import type { A } from './a.ts';\n",
  };
  expect(check(files)).toEqual(['imports go round: cql/a.ts -> cql/b.ts -> cql/a.ts']);
  expect(check({ ...files, 'cql/b.ts': '' })).toEqual([]);
});

test('an import of a file that is not there is named', () => {
  expect(check({ 'cql/a.ts': "import './b.ts';\n" })).toHaveLength(1);
});
