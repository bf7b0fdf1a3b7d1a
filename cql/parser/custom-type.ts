/** Types given as a Java class: which classes there are, as far as an error of syntax depends on it. */

/** Where a class without a package is looked for. */
const MARSHAL_PACKAGE = 'org.apache.cassandra.db.marshal.';

const MARSHAL_CLASSES: ReadonlySet<string> = new Set(
  `AsciiType BooleanType ByteType BytesType CompositeType CounterColumnType DateType DecimalType DoubleType
  DurationType DynamicCompositeType EmptyType FloatType FrozenType InetAddressType Int32Type IntegerType
  LegacyTimeUUIDType LexicalUUIDType ListType LongType MapType PartitionerDefinedOrder ReversedType SetType ShortType
  SimpleDateType TimeType TimestampType TimeUUIDType TupleType UTF8Type UUIDType UserType VectorType`.split(/\s+/),
);

/** The class named first in the text, with its package. */
function outerClass(text: string): string {
  const name = /^[\w.+$-]*/.exec(text.trim())?.[0] ?? '';
  return name.includes('.') ? name : MARSHAL_PACKAGE + name;
}

/** Cassandra's complaint about a type whose class does not exist, else null. The class's parameters are not looked at. */
export function customTypeError(text: string): string | null {
  if (text.trim() === '') return null;
  const name = outerClass(text);
  const known = name.startsWith(MARSHAL_PACKAGE) && MARSHAL_CLASSES.has(name.slice(MARSHAL_PACKAGE.length));
  return known ? null : `Error setting type ${text}: Unable to find abstract-type class '${name}'`;
}
