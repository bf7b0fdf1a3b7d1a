/** Ports of the loopback interface that nothing listens on. */
import { createServer } from 'node:net';

/**
 * Asks the kernel for `count` ports. All are held until the last is known, so that they differ; another
 * program could still take one before its user binds it, which then fails with EADDRINUSE.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(
      servers.map(
        (server) =>
          new Promise<number>((resolve, reject) => {
            server.once('error', reject);
            server.listen(0, '127.0.0.1', () => {
              const address = server.address();
              if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
              resolve(address.port);
            });
          }),
      ),
    );
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
