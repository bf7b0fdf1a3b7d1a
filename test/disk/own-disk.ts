/** A file system of its own for a test, on a loop device: small enough to fill, and its disk can be made to fail. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEBIBYTE = 1 << 20;

/** Mounting needs privileges that not every machine gives. */
export const canMount = ((): boolean => {
  const at = mkdtempSync(join(tmpdir(), 'ceto-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', at]).status === 0;
  if (mounted) execFileSync('umount', [at]);
  rmSync(at, { recursive: true });
  return mounted;
})();

export class OwnDisk {
  /** What the tests themselves keep; the disk is mounted at `node` in it, a node's root. */
  readonly directory = mkdtempSync(join(tmpdir(), 'ceto-disk-'));
  readonly #image = join(this.directory, 'image');

  constructor(mebibytes: number) {
    execFileSync('truncate', ['-s', `${mebibytes}M`, this.#image]);
    execFileSync('mkfs.ext4', ['-q', '-F', '-m', '0', this.#image]);
    mkdirSync(this.root);
    execFileSync('mount', ['-o', 'loop', this.#image, this.root]);
  }

  get root(): string {
    return join(this.directory, 'node');
  }

  /** Whatever lies beyond is lost: reading it is an I/O error from now on. */
  failBeyond(mebibytes: number): void {
    execFileSync('sync', ['-f', this.root]);
    truncateSync(this.#image, mebibytes * MEBIBYTE);
  }

  remove(): void {
    spawnSync('umount', [this.root]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
