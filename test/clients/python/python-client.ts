/** A virtual environment of Python with pinned packages from PyPI. */
import { join } from 'node:path';
import { hasProgram, type Prepared, prepareClient, run } from '../client-cache.ts';

/** cqlsh and the driver that it brings, with what it needs for both compressions. */
export const CQLSH_PACKAGES = ['cqlsh==6.2.2', 'cassandra-driver==3.30.1', 'lz4==4.4.5', 'python-snappy==0.7.3'];

/** Its module is called `cassandra` too, so that it needs an environment of its own. */
export const SCYLLA_PACKAGES = ['scylla-driver==3.29.12', 'lz4==4.4.5'];

/** `folder` has `bin/python` and the programs of the packages. */
export async function preparePython(name: string, packages: readonly string[]): Promise<Prepared> {
  if (!(await hasProgram('python3', '--version'))) return { missing: `${name}: python3 is not installed` };
  return await prepareClient(name, packages, async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    const pip = join(folder, 'bin/pip');
    await run(pip, ['install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', ...packages]);
  });
}

export const prepareCqlsh = (): Promise<Prepared> => preparePython('cqlsh', CQLSH_PACKAGES);
export const prepareScyllaDriver = (): Promise<Prepared> => preparePython('scylla-driver', SCYLLA_PACKAGES);
