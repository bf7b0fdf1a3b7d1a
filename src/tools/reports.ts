/** nodetool's reports, in Cassandra's layout, from what the admin endpoint answers. */
import type { CacheStatus, ClientStatistics, NodeStatus } from '../admin/operations.ts';
import { columns, formatMebibytes, formatRate, formatSize } from './format.ts';

export function statusReport(status: NodeStatus): string {
  const title = `Datacenter: ${status.datacenter}`;
  const single = status.tokens.length === 1;
  const header = single
    ? ['--', 'Address', 'Load', 'Owns', 'Host ID', 'Token', 'Rack ']
    : ['--', 'Address', 'Load', 'Tokens', 'Owns', 'Host ID', 'Rack '];
  const load = formatSize(status.loadBytes);
  const row = single
    ? ['UN', status.address, load, '100.0%', status.hostId, status.tokens[0] ?? '', status.rack]
    : ['UN', status.address, load, String(status.tokens.length), '100.0%', status.hostId, status.rack];
  return [
    title,
    '='.repeat(title.length),
    'Status=Up/Down',
    '|/ State=Normal/Leaving/Joining/Moving',
    columns([header, row]),
    '',
  ].join('\n');
}

/** A line of a cache that is never saved to disk. */
function cacheLine(cache: CacheStatus): string {
  const requests = cache.hits + cache.misses;
  return (
    `entries ${cache.entries}, size ${formatSize(cache.bytes)}, capacity ${formatSize(cache.limitBytes)}, ` +
    `${cache.hits} hits, ${requests} requests, ${formatRate(cache.hits, requests)} recent hit rate`
  );
}

export function infoReport(status: NodeStatus): string {
  const { memory } = status;
  const tokens =
    status.tokens.length === 1
      ? [['Token', status.tokens[0] ?? '']]
      : [['Token', `(invoke with -T/--tokens to see all ${status.tokens.length} tokens)`]];
  const lines = [
    ['ID', status.hostId],
    ['Gossip active', 'true'],
    ['Native Transport active', String(status.nativeTransportActive)],
    ['Load', formatSize(status.loadBytes)],
    ['Uncompressed load', formatSize(status.uncompressedBytes)],
    ['Generation No', String(status.generation)],
    ['Uptime (seconds)', String(status.uptimeSeconds)],
    ['Heap Memory (MB)', `${formatMebibytes(status.heapBytes)} / ${formatMebibytes(status.memoryLimitBytes)}`],
    ['Off Heap Memory (MB)', formatMebibytes(Math.max(0, status.residentBytes - status.heapBytes))],
    ['Data Center', status.datacenter],
    ['Rack', status.rack],
    ['Exceptions', '0'],
    ['Row Cache', `${cacheLine(status.rowCache)}, 0 save period in seconds`],
    ['Chunk Cache', cacheLine(status.chunkCache)],
    ['Data Memory (MB)', `${formatMebibytes(memory.used)} / ${formatMebibytes(memory.budget)}`],
    ['Memtables (MB)', `${formatMebibytes(memory.memtable)} / ${formatMebibytes(memory.memtable_limit)}`],
    [
      'SSTable Metadata (MB)',
      `filters ${formatMebibytes(memory.filter)}, summaries ${formatMebibytes(memory.summary)}, offsets ${formatMebibytes(memory.offset)}`,
    ],
    ['Percent Repaired', '100.0%'],
    ...tokens,
    ['Bootstrap state', 'COMPLETED'],
  ];
  return lines.map(([name = '', value = '']) => `${name.padEnd(23)}: ${value}`).join('\n');
}

export function clientStatsReport(clients: readonly ClientStatistics[]): string {
  const users = [
    ['Address', 'Version', 'Keyspace', 'Requests', 'Driver-Name', 'Driver-Version'],
    ...clients.map((client) => [
      `/${client.address}:${client.port}`,
      String(client.version),
      client.keyspace,
      String(client.requests),
      client.driverName,
      client.driverVersion,
    ]),
  ];
  return [columns(users), '', `Total connected clients: ${clients.length}`].join('\n');
}

export function describeClusterReport(status: NodeStatus): string {
  const replication = (options: Readonly<Record<string, string>>) => {
    const { class: name = '', ...rest } = options;
    const parameters = Object.entries(rest).map(([key, value]) => `${key}=${value}`);
    return `${name.split('.').at(-1)} {${parameters.join(', ')}}`;
  };
  return [
    'Cluster Information:',
    `\tName: ${status.clusterName}`,
    '\tSnitch: org.apache.cassandra.locator.SimpleSnitch',
    '\tDynamicEndPointSnitch: disabled',
    '\tPartitioner: org.apache.cassandra.dht.Murmur3Partitioner',
    '\tSchema versions:',
    `\t\t${status.schemaVersion}: [${status.address}]`,
    '',
    'Stats for all nodes:',
    '\tLive: 1',
    '\tJoining: 0',
    '\tMoving: 0',
    '\tLeaving: 0',
    '\tUnreachable: 0',
    '',
    'Data Centers: ',
    `\t${status.datacenter} #Nodes: 1 #Down: 0`,
    '',
    'Keyspaces:',
    ...status.keyspaces.map(
      ({ name, replication: options }) => `\t${name} -> Replication class: ${replication(options)}`,
    ),
  ].join('\n');
}
