import { expect, test } from 'vitest';
import { ConfigurationError, parseConfiguration } from './config.ts';

test('settings that Ceto uses are read with their units', () => {
  const { settings } = parseConfiguration(
    'cluster_name: c1\nread_request_timeout: 7s\ncommitlog_segment_size: 16MiB\ncompaction_throughput: 32MiB/s\n',
    'cassandra.yaml',
  );
  expect(settings.cluster_name).toBe('c1');
  expect(settings.read_request_timeout).toBe(7_000_000);
  expect(settings.commitlog_segment_size).toBe(16 << 20);
  expect(settings.compaction_throughput).toBe(32 << 20);
  expect(settings.native_transport_port).toBe(9042);
});

test('the older names of settings are read with the unit of their name', () => {
  const { settings } = parseConfiguration('read_request_timeout_in_ms: 1500\n', 'cassandra.yaml');
  expect(settings.read_request_timeout).toBe(1_500_000);
});

test('a setting that only Cassandra uses is accepted and named', () => {
  const { unused } = parseConfiguration(
    'hinted_handoff_throttle: 1024KiB\nmemtable:\n  configurations: {}\n',
    'c.yaml',
  );
  expect(unused).toEqual(['hinted_handoff_throttle', 'memtable']);
});

test('an unknown setting stops the start with the nearest known name', () => {
  expect(() => parseConfiguration('read_request_timeot: 1s\n', 'c.yaml')).toThrow(
    new ConfigurationError(
      'c.yaml: unknown setting read_request_timeot (value 1s): expected one of the settings of cassandra.yaml; the nearest known name is read_request_timeout',
    ),
  );
});

test('a wrong value stops the start with the key, the value and what was expected', () => {
  expect(() => parseConfiguration('native_transport_port: 70000\n', 'c.yaml')).toThrow(
    'c.yaml: wrong value for native_transport_port: 70000; expected a whole number from 0 to 65535',
  );
  expect(() => parseConfiguration('read_request_timeout: soon\n', 'c.yaml')).toThrow(
    /soon; expected a duration such as/,
  );
  expect(() => parseConfiguration('authenticator: PasswordAuthenticator\n', 'c.yaml')).toThrow(
    'wrong value for authenticator: PasswordAuthenticator; expected one of AllowAllAuthenticator',
  );
});

test('text that is no YAML and a list are refused', () => {
  expect(() => parseConfiguration('a: [', 'c.yaml')).toThrow(ConfigurationError);
  expect(() => parseConfiguration('- a\n', 'c.yaml')).toThrow('must be a map');
});

test('a setting without a value counts as not given', () => {
  expect(parseConfiguration('rpc_address:\n', 'c.yaml').settings.rpc_address).toBe('127.0.0.1');
});
