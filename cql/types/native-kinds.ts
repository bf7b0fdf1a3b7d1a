/** What is fixed about a native type: names, protocol option id (section 4.2.5.2) and width. */
export interface NativeInfo {
  /** The class in `org.apache.cassandra.db.marshal` that names it in files. */
  readonly marshal: string;
  /** Option id of the protocol; null where the type travels as a custom class. */
  readonly optionId: number | null;
  /** The first protocol version that knows the option id. */
  readonly sinceVersion: 3 | 4 | 5;
  /** Length of every serialized value where Cassandra treats it as fixed; -1 otherwise (`AbstractType.valueLengthIfFixed`). */
  readonly fixedLength: number;
}

const info = (marshal: string, optionId: number | null, fixedLength = -1, sinceVersion: 3 | 4 | 5 = 3): NativeInfo =>
  Object.freeze({ marshal, optionId, sinceVersion, fixedLength });

/** smallint, tinyint, date and time have a fixed size but Cassandra stores them as variable length; so must we. */
export const NATIVE_TYPES = Object.freeze({
  ascii: info('AsciiType', 0x0001),
  bigint: info('LongType', 0x0002, 8),
  blob: info('BytesType', 0x0003),
  boolean: info('BooleanType', 0x0004, 1),
  counter: info('CounterColumnType', 0x0005),
  date: info('SimpleDateType', 0x0011, -1, 4),
  decimal: info('DecimalType', 0x0006),
  double: info('DoubleType', 0x0007, 8),
  duration: info('DurationType', 0x0015, -1, 5),
  empty: info('EmptyType', null, 0),
  float: info('FloatType', 0x0008, 4),
  inet: info('InetAddressType', 0x0010),
  int: info('Int32Type', 0x0009, 4),
  smallint: info('ShortType', 0x0013, -1, 4),
  text: info('UTF8Type', 0x000d),
  time: info('TimeType', 0x0012, -1, 4),
  timestamp: info('TimestampType', 0x000b, 8),
  timeuuid: info('TimeUUIDType', 0x000f, 16),
  tinyint: info('ByteType', 0x0014, -1, 4),
  uuid: info('UUIDType', 0x000c, 16),
  varint: info('IntegerType', 0x000e),
});

export type NativeKind = keyof typeof NATIVE_TYPES;

export const NATIVE_KINDS = Object.freeze(Object.keys(NATIVE_TYPES) as NativeKind[]);

/** Names accepted in CQL text for a native type, lower case. `empty` has no CQL syntax of its own. */
export const NATIVE_BY_CQL_NAME: ReadonlyMap<string, NativeKind> = new Map<string, NativeKind>([
  ...NATIVE_KINDS.filter((kind) => kind !== 'empty').map((kind): [string, NativeKind] => [kind, kind]),
  ['varchar', 'text'],
]);

export const NATIVE_BY_MARSHAL: ReadonlyMap<string, NativeKind> = new Map(
  NATIVE_KINDS.map((kind): [string, NativeKind] => [NATIVE_TYPES[kind].marshal, kind]),
);
