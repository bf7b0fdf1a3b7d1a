/** The server's main thread: options, the node, signals. */
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { parseCommandLine } from './command-line.ts';
import { ConfigurationError } from './config/config.ts';
import { CetoNode } from './node/node.ts';
import { type NodeOptions, nodeOptions } from './node/node-options.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

function optionsOrExit(): NodeOptions {
  try {
    return nodeOptions(parseCommandLine(process.argv, version));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(`ceto: ${error.message}`);
    process.exit(1);
  }
}

const options = optionsOrExit();
const log = pino({ level: options.settings.ceto_log_level, base: null });

if (options.unusedSettings.length > 0) {
  log.info({ settings: options.unusedSettings }, 'settings that Ceto has no use for');
}
const node = new CetoNode(options, log);
let stopping = false;

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  await node.stop();
  log.info('stopped');
  process.exit(code);
}

function fail(error: Error): void {
  log.fatal(error, 'the node cannot go on');
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(0));

try {
  const bound = await node.start(fail);
  log.info(
    {
      address: options.settings.rpc_address,
      port: bound.port,
      shardAwarePort: bound.shardAwarePort,
      shards: options.shards,
      milliseconds: Math.round(performance.now()),
    },
    'serving CQL',
  );
  log.info({ port: await node.startAdmin() }, 'serving the admin endpoint');
} catch (error) {
  fail(error instanceof Error ? error : new Error(String(error)));
}
