import { expect, test } from 'vitest';
import { checkFile, MAX_FUNCTION_LINES, MAX_LINES } from './tidy-rules.ts';

const HEADER = '// What it is for.\n#pragma once\n';

test('a room that includes one above it is named', () => {
  expect(checkFile('addon/lsm/a.h', `${HEADER}#include "plan/plan.h"\n`)).toEqual([
    'addon/lsm/a.h: the room lsm may not use plan ("plan/plan.h")',
  ]);
  expect(checkFile('addon/plan/a.h', `${HEADER}#include "lsm/row.h"\n`)).toEqual([]);
});

test('a header without its opening comment or guard is named', () => {
  expect(checkFile('addon/base/a.h', 'int x;\n')).toHaveLength(2);
});

test('a file that is too long is named', () => {
  expect(checkFile('cql/a.ts', '\n'.repeat(MAX_LINES))).toEqual([]);
  expect(checkFile('cql/a.ts', '\n'.repeat(MAX_LINES + 1))).toHaveLength(1);
});

test('open ends and switched-off tests are named', () => {
  expect(checkFile('cql/a.ts', `// ${'TO'}${'DO'}: later\n`)).toHaveLength(1);
  expect(checkFile('cql/a.test.ts', `${'test'}${'.skip'}('x', () => {});\n`)).toHaveLength(1);
});

test('napi.h is for the binding alone', () => {
  expect(checkFile('addon/shard/a.cc', '#include <napi.h>\n')).toHaveLength(1);
  expect(checkFile('addon/binding/a.cc', '#include <napi.h>\n')).toEqual([]);
});

test('names of files follow their language', () => {
  expect(checkFile('cql/selectClause.ts', '')).toHaveLength(1);
  expect(checkFile('cql/select-clause.property.test.ts', '')).toEqual([]);
  expect(checkFile('addon/base/ByteIo.cc', '')).toHaveLength(1);
  expect(checkFile('addon/base/byte_io.cc', '')).toEqual([]);
});

test('paths of one machine are named, those that all have are not', () => {
  expect(checkFile('docs/a.md', `see ${'/home'}/ada/ceto\n`)).toHaveLength(1);
  expect(checkFile('docs/a.md', 'see /var/lib/ceto, src/home/page.ts and https://example.org/home/page\n')).toEqual([]);
});

test('a function that is too long is named with its line', () => {
  const body = '  x();\n'.repeat(MAX_FUNCTION_LINES - 2);
  expect(checkFile('cql/a.ts', `\nfunction a() {\n${body}}\n`)).toEqual([]);
  expect(checkFile('cql/a.ts', `\nfunction a() {\n${body}  y();\n}\n`)).toEqual([
    'cql/a.ts:2: a function of 71 lines, at most 70',
  ]);
});
