/** The launcher's options, over the settings of the configuration file. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseSizeBytes } from './config/units.ts';

export interface CommandLine {
  readonly config?: string;
  readonly dataDir?: string;
  readonly listen?: string;
  readonly port?: number;
  readonly shards?: number;
  readonly memory?: number;
  readonly logLevel?: string;
  readonly io?: string;
}

/** Exits after --help, --version and wrong options, with commander's words. */
export function parseCommandLine(argv: readonly string[], version: string): CommandLine {
  return new Command('ceto')
    .description('A wide-column database that speaks Cassandra’s protocol, language and file formats.')
    .version(version)
    .helpOption('--help')
    .option('--config <file>', 'cassandra.yaml to read')
    .option('--data-dir <dir>', 'where everything is kept (default: ./data)')
    .option('--listen <address>', 'address for CQL (rpc_address)')
    .option('--port <n>', 'port for CQL (native_transport_port)', wholeNumber(0, 65_535))
    .option('--shards <n>', 'shards of this node (default: one per core)', wholeNumber(1, 256))
    .option('--memory <size>', 'memory of the whole process, such as 512MiB or 2GiB', sizeBytes)
    .addOption(new Option('--log-level <level>').choices(['trace', 'debug', 'info', 'warn', 'error']))
    .addOption(new Option('--io <backend>', 'how the disk is used').choices(['auto', 'io_uring', 'aio']))
    .allowExcessArguments(false)
    .parse([...argv])
    .opts<CommandLine>();
}

function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= minimum && value <= maximum)) {
      throw new InvalidArgumentError(`expected a whole number from ${minimum} to ${maximum}`);
    }
    return value;
  };
}

function sizeBytes(text: string): number {
  const bytes = parseSizeBytes(text);
  if (bytes === null) throw new InvalidArgumentError('expected a size such as 512MiB or 2GiB');
  return bytes;
}
