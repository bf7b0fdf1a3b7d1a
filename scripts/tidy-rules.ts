/** The style rules that a machine can check, as pure functions from a file's path and text to complaints. */
import { longFunctions } from './function-lengths.ts';

/** Each C++ room and the rooms that it may include; see addon/CMakeLists.txt. */
const ROOMS = ['base', 'types', 'schema', 'io', 'protocol', 'lsm', 'plan', 'shard', 'binding', 'fuzz'] as const;
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
  fuzz: ['base'],
  binding: ['shard', 'plan', 'lsm', 'protocol', 'schema', 'types', 'io', 'base'],
};

export const MAX_LINES = 800;
export const MAX_FUNCTION_LINES = 70;

const FILE_NAMES: readonly { readonly files: RegExp; readonly name: RegExp; readonly style: string }[] = [
  { files: /\.ts$/, name: /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.ts$/, style: 'kebab-case' },
  { files: /\.(cc|h)$/, name: /^[a-z0-9]+(_[a-z0-9]+)*\.(cc|h)$/, style: 'snake_case' },
];
/** Folders that only one machine has: a home, or where somebody keeps a checkout. */
const MACHINE_PATH = /(?<![\w./-])\/(?:home|root|work|Users)\/[\w.-]+/;

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

function checkName(path: string): string[] {
  const name = path.split('/').at(-1) ?? '';
  const rule = FILE_NAMES.find(({ files }) => files.test(name));
  return rule === undefined || rule.name.test(name) ? [] : [`${path}: its name is not in ${rule.style}`];
}

function checkLengths(path: string, text: string): string[] {
  const lines = text.split('\n').length - 1;
  const complaints = lines > MAX_LINES ? [`${path}: ${lines} lines, at most ${MAX_LINES}`] : [];
  for (const found of longFunctions(path, text, MAX_FUNCTION_LINES)) {
    complaints.push(`${path}:${found.line}: a function of ${found.lines} lines, at most ${MAX_FUNCTION_LINES}`);
  }
  return complaints;
}

/** All complaints about one file; `path` is relative to the project's root, with slashes. */
export function checkFile(path: string, text: string): string[] {
  const complaints: string[] = [];
  // The two markers are spelled apart so that this file passes its own rule.
  if (new RegExp(`\\b(${'TO'}${'DO'}|${'FIX'}${'ME'})\\b`).test(text))
    complaints.push(`${path}: an open end in a comment`);
  const machinePath = MACHINE_PATH.exec(text);
  if (machinePath !== null) complaints.push(`${path}: ${machinePath[0]} is a path of one machine`);
  if (!/\.(ts|cc|h|sh)$/.test(path)) return complaints;
  complaints.push(...checkName(path), ...checkLengths(path, text));
  if (/\b(it|test|describe|suite)\.(skip|only|todo)\(/.test(text))
    complaints.push(`${path}: a test that is switched off`);
  if (/\bDISABLED_\w/.test(text)) complaints.push(`${path}: a native test that is switched off`);
  if (/\.(cc|h)$/.test(path)) complaints.push(...checkIncludes(path, text), ...checkHeader(path, text));
  return complaints;
}
