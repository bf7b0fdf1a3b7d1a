/** A connected Node driver on the test's target, with one connection unless the options say otherwise. */
import cassandra from 'cassandra-driver';
import type { Target } from '../target.ts';

export async function connectNodeDriver(
  target: Pick<Target, 'host' | 'port'>,
  options: Partial<cassandra.ClientOptions> = {},
): Promise<cassandra.Client> {
  const client = new cassandra.Client({
    contactPoints: [`${target.host}:${target.port}`],
    localDataCenter: 'datacenter1',
    pooling: { coreConnectionsPerHost: { [cassandra.types.distance.local]: 1 } },
    ...options,
  });
  await client.connect();
  return client;
}

export async function createKeyspace(client: cassandra.Client, keyspace: string): Promise<void> {
  await client.execute(
    `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
  );
}
