import type { NativeKind } from '../native-kinds.ts';
import type { ValueCodec } from './codec.ts';
import type { CqlValue } from './cql-value.ts';
import { dateCodec } from './dates.ts';
import { decimalCodec } from './decimal.ts';
import { durationCodec } from './durations.ts';
import { doubleCodec, floatValueCodec } from './floats.ts';
import { inetCodec } from './inet.ts';
import { bigintCodec, counterCodec, intCodec, smallintCodec, tinyintCodec, varintCodec } from './integers.ts';
import { asciiCodec, blobCodec, booleanCodec, emptyCodec, textCodec } from './texts.ts';
import { timeCodec } from './times.ts';
import { timestampCodec } from './timestamps.ts';
import { timeuuidCodec, uuidCodec } from './uuids.ts';

export const NATIVE_CODECS = {
  ascii: asciiCodec,
  bigint: bigintCodec,
  blob: blobCodec,
  boolean: booleanCodec,
  counter: counterCodec,
  date: dateCodec,
  decimal: decimalCodec,
  double: doubleCodec,
  duration: durationCodec,
  empty: emptyCodec,
  float: floatValueCodec,
  inet: inetCodec,
  int: intCodec,
  smallint: smallintCodec,
  text: textCodec,
  time: timeCodec,
  timestamp: timestampCodec,
  timeuuid: timeuuidCodec,
  tinyint: tinyintCodec,
  uuid: uuidCodec,
  varint: varintCodec,
} as const satisfies Record<NativeKind, ValueCodec<CqlValue>>;
