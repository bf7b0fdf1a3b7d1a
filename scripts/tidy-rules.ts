/** The style rules that a machine can check, as pure functions from a file's path and text to complaints. */

/** Each C++ room and the rooms that it may include; see addon/CMakeLists.txt. */
const ROOMS = ['base', 'types', 'schema', 'io', 'protocol', 'lsm', 'plan', 'shard', 'binding'] as const;
type Room = (typeof ROOMS)[number];

const MAY_INCLUDE: Record<Room, readonly Room[]> = {
  base: [],
  types: ['base'],
  schema: ['types', 'base'],
  io: ['base'],
  protocol: ['types', 'base'],
  lsm: ['schema', 'types', 'io', 'base'],
  plan: ['lsm', 'protocol', 'schema', 'types', 'io', 'base'],
  shard: ['plan', 'lsm', 'protocol', 'schema', 'types', 'io', 'base'],
  binding: ['shard', 'plan', 'lsm', 'protocol', 'schema', 'types', 'io', 'base'],
};

export const MAX_LINES = 800;

function isRoom(name: string | undefined): name is Room {
  return ROOMS.some((room) => room === name);
}

function checkIncludes(path: string, text: string): string[] {
  const room = path.split('/')[1];
  if (!isRoom(room)) return [];
  const complaints: string[] = [];
  for (const [, target = ''] of text.matchAll(/^#include "([^"]+)"/gm)) {
    const used = target.split('/')[0];
    if (!target.includes('/')) complaints.push(`${path}: includes "${target}" without its room`);
    else if (isRoom(used) && used !== room && !MAY_INCLUDE[room].includes(used)) {
      complaints.push(`${path}: the room ${room} may not use ${used} ("${target}")`);
    }
  }
  if (room !== 'binding' && /#include <napi\.h>/.test(text)) complaints.push(`${path}: only binding includes napi.h`);
  return complaints;
}

function checkHeader(path: string, text: string): string[] {
  if (!path.endsWith('.h')) return [];
  const complaints: string[] = [];
  if (!text.startsWith('//')) complaints.push(`${path}: a header opens with what it is for`);
  if (!/^#pragma once$/m.test(text)) complaints.push(`${path}: no #pragma once`);
  return complaints;
}

/** All complaints about one file; `path` is relative to the project's root, with slashes. */
export function checkFile(path: string, text: string): string[] {
  const complaints: string[] = [];
  const lines = text.split('\n').length - 1;
  if (lines > MAX_LINES) complaints.push(`${path}: ${lines} lines, at most ${MAX_LINES}`);
  // The two markers are spelled apart so that this file passes its own rule.
  if (new RegExp(`\\b(${'TO'}${'DO'}|${'FIX'}${'ME'})\\b`).test(text))
    complaints.push(`${path}: an open end in a comment`);
  if (/\b(it|test|describe)\.(skip|only|todo)\(/.test(text)) complaints.push(`${path}: a test that is switched off`);
  if (/\.(cc|h)$/.test(path)) complaints.push(...checkIncludes(path, text), ...checkHeader(path, text));
  return complaints;
}
