/** The configuration that the real Cassandra is started with: one node, loopback, no authentication. */
import { join } from 'node:path';

export type CommitlogSync = 'periodic' | 'batch' | 'group';

export interface NodePorts {
  readonly native: number;
  readonly storage: number;
  readonly jmx: number;
}

const SYNC_LINES: Record<CommitlogSync, readonly string[]> = {
  periodic: ['commitlog_sync: periodic', 'commitlog_sync_period: 10000ms'],
  batch: ['commitlog_sync: batch'],
  group: ['commitlog_sync: group', 'commitlog_sync_group_window: 1ms'],
};

/** The text of cassandra.yaml: the settings of the shipped file where they differ from the built-in ones. */
export function cassandraYaml(root: string, ports: NodePorts, sync: CommitlogSync): string {
  return [
    'cluster_name: Test Cluster',
    'num_tokens: 16',
    'partitioner: org.apache.cassandra.dht.Murmur3Partitioner',
    `data_file_directories: [${join(root, 'data')}]`,
    `commitlog_directory: ${join(root, 'commitlog')}`,
    `hints_directory: ${join(root, 'hints')}`,
    `saved_caches_directory: ${join(root, 'saved_caches')}`,
    `cdc_raw_directory: ${join(root, 'cdc_raw')}`,
    ...SYNC_LINES[sync],
    'authenticator: AllowAllAuthenticator',
    'authorizer: AllowAllAuthorizer',
    'role_manager: CassandraRoleManager',
    'endpoint_snitch: SimpleSnitch',
    'listen_address: 127.0.0.1',
    'rpc_address: 127.0.0.1',
    `native_transport_port: ${ports.native}`,
    `storage_port: ${ports.storage}`,
    'memtable_allocation_type: heap_buffers',
    'auto_snapshot: false',
    'seed_provider:',
    '  - class_name: org.apache.cassandra.locator.SimpleSeedProvider',
    `    parameters: [{ seeds: "127.0.0.1:${ports.storage}" }]`,
    '',
  ].join('\n');
}

const EXPORTS = [
  'java.base/jdk.internal.misc',
  'java.base/jdk.internal.ref',
  'java.base/sun.nio.ch',
  'java.base/java.lang.ref',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'jdk.unsupported/sun.misc',
];

const OPENS = [
  ...['java.lang.module', 'jdk.internal.loader', 'jdk.internal.ref', 'jdk.internal.reflect', 'jdk.internal.math'],
  ...['jdk.internal.module', 'jdk.internal.util.jar', 'sun.nio.ch', 'java.io', 'java.lang', 'java.nio', 'java.util'],
  ...['java.util.concurrent', 'java.util.concurrent.atomic'],
].map((name) => `java.base/${name}`);

/** What the shipped start script gives Java 17 beside heap and class path. */
export function javaOptions(root: string, configuration: string, ports: NodePorts): string[] {
  return [
    '-XX:+UseG1GC',
    '-XX:MaxGCPauseMillis=300',
    '-XX:+ParallelRefProcEnabled',
    '-XX:InitiatingHeapOccupancyPercent=70',
    '-XX:+AlwaysPreTouch',
    '-XX:+PerfDisableSharedMem',
    '-Xss256k',
    '-Djdk.attach.allowAttachSelf=true',
    '-Djava.security.manager=allow',
    '-Djava.net.preferIPv4Stack=true',
    ...EXPORTS.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
    ...[...OPENS, 'jdk.management/com.sun.management.internal'].map((name) => `--add-opens=${name}=ALL-UNNAMED`),
    `-Dcassandra.config=file://${join(configuration, 'cassandra.yaml')}`,
    `-Dlogback.configurationFile=${join(configuration, 'logback.xml')}`,
    `-Dcassandra.storagedir=${root}`,
    '-Dcassandra-foreground=yes',
    `-Dcassandra.jmx.local.port=${ports.jmx}`,
    // A single node has nobody to wait for.
    '-Dcassandra.ring_delay_ms=100',
    '-Dcassandra.skip_wait_for_gossip_to_settle=0',
    '-Dcassandra.superuser_setup_delay_ms=0',
  ];
}
