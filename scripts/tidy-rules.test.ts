import { expect, test } from 'vitest';
import { checkFile, MAX_LINES } from './tidy-rules.ts';

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
