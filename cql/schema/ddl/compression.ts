import { configurationError } from '../../errors/index.ts';
import { NO_COMPRESSION, type StringMap } from '../params.ts';
import { sortedMap } from './compaction.ts';
import { parseDouble, parseInteger } from './properties.ts';

const PACKAGE = 'org.apache.cassandra.io.compress.';
const DEFAULT_CHUNK_LENGTH_KB = '16';
/** Chunk lengths are held in bytes as int. */
const MAX_CHUNK_LENGTH_KB = 2 ** 31 / 1024;
const ZSTD_MIN_LEVEL = -131_072;
const ZSTD_MAX_LEVEL = 22;

type Check = (value: string, name: string) => void;

const javaInteger =
  (compressor: string): Check =>
  (value) => {
    if (parseInteger(value) !== null) return;
    throw configurationError(
      `${compressor}.create() threw an error: java.lang.NumberFormatException For input string: "${value}"`,
    );
  };

const LZ4_OPTIONS: Readonly<Record<string, Check>> = {
  lz4_compressor_type(value, name) {
    if (value === 'fast' || value === 'high') return;
    throw configurationError(
      `Invalid compressor type '${value}' specified for LZ4 parameter '${name}'. Valid options are [high, fast].`,
    );
  },
  lz4_high_compressor_level(value) {
    const level = parseInteger(value);
    if (level === null || level < 1 || level > 17) {
      throw configurationError(`Invalid value ${value} for LZ4 parameter lz4_high_compressor_level`);
    }
  },
};

const ZSTD_OPTIONS: Readonly<Record<string, Check>> = {
  compression_level(value, name) {
    javaInteger('ZstdCompressor')(value, name);
    const level = Number(value);
    if (level >= ZSTD_MIN_LEVEL && level <= ZSTD_MAX_LEVEL) return;
    throw configurationError(
      `ZstdCompressor.create() threw an error: java.lang.IllegalArgumentException ${name}=${value} is invalid`,
    );
  },
};

/** The compressors by simple class name with the options of their own. */
const COMPRESSORS: ReadonlyMap<string, Readonly<Record<string, Check>>> = new Map([
  ['LZ4Compressor', LZ4_OPTIONS],
  ['SnappyCompressor', {}],
  ['DeflateCompressor', {}],
  ['ZstdCompressor', ZSTD_OPTIONS],
  ['NoopCompressor', {}],
]);

/** Checks the compression option of CREATE or ALTER TABLE and gives it as system_schema.tables keeps it. */
export function prepareCompression(given: ReadonlyMap<string, string>): StringMap {
  if (given.size === 0) return NO_COMPRESSION;
  if (given.get('enabled')?.toLowerCase() === 'false') {
    if (given.size > 1) {
      throw configurationError("If the 'enabled' option is set to false no other options must be specified");
    }
    return NO_COMPRESSION;
  }
  const options = new Map(given);
  options.delete('enabled');
  const full = compressorClass(options);
  const prepared = new Map([
    ['class', full],
    ['chunk_length_in_kb', chunkLength(options)],
  ]);
  const ratio = minCompressRatio(options);
  if (ratio !== 0) prepared.set('min_compress_ratio', Number.isInteger(ratio) ? ratio.toFixed(1) : String(ratio));
  const checks = COMPRESSORS.get(full.slice(PACKAGE.length)) as Readonly<Record<string, Check>>;
  for (const [name, value] of options) {
    if (name === 'class' || name === 'chunk_length_in_kb' || name === 'min_compress_ratio') continue;
    if (!Object.hasOwn(checks, name)) throw configurationError(`Unknown compression options ${name}`);
    checks[name]?.(value, name);
    prepared.set(name, value);
  }
  return sortedMap(prepared);
}

function compressorClass(options: ReadonlyMap<string, string>): string {
  const className = options.get('class');
  if (className === undefined) {
    throw configurationError("Missing sub-option 'class' for the 'compression' option.");
  }
  if (className === '') {
    throw configurationError("The 'class' option must not be empty. To disable compression use 'enabled' : false");
  }
  const full = className.includes('.') ? className : PACKAGE + className;
  if (!full.startsWith(PACKAGE) || !COMPRESSORS.has(full.slice(PACKAGE.length))) {
    throw configurationError(`Could not create Compression for type ${full}`);
  }
  return full;
}

function chunkLength(options: ReadonlyMap<string, string>): string {
  const text = options.get('chunk_length_in_kb') ?? DEFAULT_CHUNK_LENGTH_KB;
  const length = parseInteger(text);
  if (length === null) throw configurationError('Invalid value for chunk_length_in_kb');
  if (length >= MAX_CHUNK_LENGTH_KB) throw configurationError(`Value of chunk_length_in_kb is too large (${text})`);
  if (length <= 0) throw configurationError('Invalid negative or null chunk_length_in_kb');
  if ((length & (length - 1)) !== 0) throw configurationError('chunk_length_in_kb must be a power of 2');
  return String(length);
}

function minCompressRatio(options: ReadonlyMap<string, string>): number {
  const text = options.get('min_compress_ratio');
  if (text === undefined) return 0;
  const ratio = parseDouble(text);
  if (ratio === null) throw configurationError(`For input string: "${text}"`);
  if (ratio < 0) throw configurationError('Invalid negative min_compress_ratio');
  if (ratio > 0 && ratio < 1) {
    throw configurationError('min_compress_ratio can either be 0 or greater than or equal to 1');
  }
  return ratio;
}
