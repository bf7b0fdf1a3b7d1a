import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackupSource, makeBackup } from './backup.ts';
import { DirectoryStore } from './directory-store.ts';
import { getManifest, listManifests, objectKey } from './manifest.ts';
import type { ObjectStore } from './object-store.ts';
import { fetchTables } from './restore.ts';
import { openS3Store } from './s3-store.ts';
import { BUCKET, S3_ENVIRONMENT, type S3Server, startS3Server } from './testing/s3-server.ts';

const ID = '05975940e90111f1994049a1398cad93';
/** Above the size from which an S3 store gets a file in parts. */
const LARGE_BYTES = 9 << 20;
let directory: string;
let s3: S3Server;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ceto-backup-'));
  mkdirSync(join(directory, 's3'));
  s3 = await startS3Server(join(directory, 's3'));
  Object.assign(process.env, S3_ENVIRONMENT);
});
afterAll(async () => {
  await s3?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const stores: Readonly<Record<string, () => Promise<ObjectStore>>> = {
  directory: async () => new DirectoryStore(join(directory, 'store')),
  S3: () => openS3Store({ bucket: BUCKET, prefix: 'some/prefix', endpoint: s3.endpoint }),
};

/** A snapshot's directory with files of these contents. */
function snapshotOf(name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const path = join(directory, 'snapshots', name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}
function sourceOf(name: string, path: string): BackupSource {
  return {
    ...{ name, cluster: 'Test Cluster', hostId: 'host' },
    keyspaces: { ks: 'CREATE KEYSPACE ks' },
    tables: [{ keyspace: 'ks', table: 'tb', id: ID, directory: path }],
  };
}

describe.each(Object.keys(stores))('a backup in a store of kind %s', (kind) => {
  let store: ObjectStore;
  beforeAll(async () => {
    store = await (stores[kind] as () => Promise<ObjectStore>)();
  });
  afterAll(() => store?.close());

  test('comes back byte by byte; the next one sends what is new only', async () => {
    const large = Buffer.alloc(LARGE_BYTES, 'large file ');
    const path = snapshotOf(`${kind}-1`, { 'nb-1-big-Data.db': 'one', 'nb-1-big-Shard-0-of-2.txt': '', large });
    expect(await makeBackup(store, sourceOf('first', path))).toEqual({
      ...{ files: 3, bytes: 3 + LARGE_BYTES, sentFiles: 2, sentBytes: 3 + LARGE_BYTES },
    });
    writeFileSync(join(path, 'nb-2-big-Data.db'), 'second');
    expect(await makeBackup(store, sourceOf('second', path))).toMatchObject({ files: 4, sentFiles: 1, sentBytes: 6 });
    await expect(makeBackup(store, sourceOf('second', path))).rejects.toThrow('backup second already exists');
    expect((await listManifests(store)).map(({ name }) => name)).toEqual(['first', 'second']);

    const manifest = await getManifest(store, 'second');
    const [restored] = await fetchTables(store, manifest?.tables ?? [], join(directory, `${kind}-restored`));
    for (const name of readdirSync(path)) {
      const same = readFileSync(join(restored?.directory ?? '', name)).equals(readFileSync(join(path, name)));
      expect([name, same]).toEqual([name, true]);
    }
  });

  test('a restore goes on where it was cut short and finds damaged objects', async () => {
    const path = snapshotOf(`${kind}-2`, { a: 'first content', b: 'second content' });
    await makeBackup(store, sourceOf('resumed', path));
    const tables = (await getManifest(store, 'resumed'))?.tables ?? [];
    const staging = join(directory, `${kind}-resumed`);
    const target = join(staging, 'ks', `tb-${ID}`);
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'a'), 'first content');
    writeFileSync(join(target, 'b'), 'second cOntent');
    const broken = tables[0]?.files.find(({ name }) => name === 'a')?.sha256 ?? '';
    await store.putText(objectKey(broken), 'damaged in the store');
    // a is there already and need not be fetched; b is not what was backed up.
    await fetchTables(store, tables, staging);
    expect(readFileSync(join(target, 'b'), 'utf8')).toBe('second content');
    rmSync(join(target, 'a'));
    await expect(fetchTables(store, tables, staging)).rejects.toThrow('a does not match its checksum');
    expect(existsSync(join(target, 'a'))).toBe(false);
  });

  test('a missing object and a manifest that does not read are told', async () => {
    const tables = [{ keyspace: 'ks', table: 'tb', id: ID, files: [file('a', '0'.repeat(64))] }];
    await expect(fetchTables(store, tables, join(directory, `${kind}-none`))).rejects.toThrow(
      'the backup has no object',
    );
    expect(await getManifest(store, 'none')).toBeNull();
    await store.putText('backups/broken.json', '{"format": 9}');
    await expect(getManifest(store, 'broken')).rejects.toThrow('the manifest of backup broken does not read');
  });
});

test('names of files in a manifest stay inside of their directory', async () => {
  const store = new DirectoryStore(join(directory, 'outside'));
  const table = { keyspace: 'ks', table: 'tb', id: ID, files: [file('../../up', 'a'.repeat(64))] };
  const manifest = { format: 1, name: 'evil', createdAt: new Date().toISOString(), cluster: '', hostId: '' };
  await store.putText('backups/evil.json', JSON.stringify({ ...manifest, keyspaces: {}, tables: [table] }));
  await expect(getManifest(store, 'evil')).rejects.toThrow('does not read');
});

function file(name: string, sha256: string) {
  return { name, bytes: 5, sha256, inode: 1, modifiedMs: 1 };
}
