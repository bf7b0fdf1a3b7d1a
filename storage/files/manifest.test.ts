import { expect, test } from 'vitest';
import { formatManifest, parseManifest } from './manifest.ts';

test('a manifest is written as Cassandra 5.0.6 writes it', () => {
  const createdAt = new Date('2026-11-25T18:51:14.367Z');
  const files = ['nb-1-big-Data.db'];
  expect(formatManifest({ files, createdAt, expiresAt: new Date('2026-11-25T18:52:19Z'), ephemeral: false })).toBe(
    '{\n  "files" : [ "nb-1-big-Data.db" ],\n  "created_at" : "2026-11-25T18:51:14.367Z",\n' +
      '  "expires_at" : "2026-11-25T18:52:19Z",\n  "ephemeral" : false\n}',
  );
  expect(formatManifest({ files: [], createdAt, expiresAt: null, ephemeral: true })).toBe(
    '{\n  "files" : [ ],\n  "created_at" : "2026-11-25T18:51:14.367Z",\n  "expires_at" : null,\n  "ephemeral" : true\n}',
  );
});

test('a manifest reads back; one of an older Cassandra has no times', () => {
  const manifest = { files: ['a-Data.db', 'b-Data.db'], createdAt: new Date(5000), expiresAt: null, ephemeral: true };
  expect(parseManifest(formatManifest(manifest))).toEqual(manifest);
  expect(parseManifest('{"files":["mc-1-big-Data.db"]}')).toEqual({
    files: ['mc-1-big-Data.db'],
    createdAt: null,
    expiresAt: null,
    ephemeral: false,
  });
  expect(parseManifest('no manifest')).toBeNull();
});
