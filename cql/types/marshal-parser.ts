import { MARSHAL_PACKAGE } from './marshal-name.ts';
import { NATIVE_BY_MARSHAL } from './native-kinds.ts';
import {
  type CqlType,
  custom,
  freeze,
  list,
  map,
  native,
  reversed,
  set,
  tuple,
  type UserField,
  userType,
  vector,
} from './type.ts';

/** Deepest nesting accepted; Cassandra has no bound, a type deeper than this is a corrupt string. */
const MAX_DEPTH = 64;

/** Thrown for text that is no marshal class string; the position says where. */
export class MarshalParseError extends Error {
  readonly position: number;

  constructor(text: string, position: number, reason: string) {
    super(`Syntax error parsing '${text}' at char ${position}: ${reason}`);
    this.name = 'MarshalParseError';
    this.position = position;
  }
}

/** Reads a marshal class string (with or without the package), the inverse of `marshalName` (Cassandra's TypeParser). */
export function parseMarshalName(text: string): CqlType {
  const parser = new MarshalParser(text);
  const type = parser.type(0);
  parser.end();
  return type;
}

class MarshalParser {
  private readonly text: string;
  private position = 0;

  constructor(text: string) {
    this.text = text;
  }

  type(depth: number): CqlType {
    if (depth > MAX_DEPTH) throw this.error('types nested too deep');
    this.skipBlanks();
    const start = this.position;
    const name = this.word();
    const simple = name.startsWith(MARSHAL_PACKAGE) ? name.slice(MARSHAL_PACKAGE.length) : name;
    const kind = NATIVE_BY_MARSHAL.get(simple);
    if (kind !== undefined && this.peek() !== '(') return native(kind);
    const build = COMPOUND_PARSERS.get(simple);
    if (build !== undefined && this.peek() === '(') return build(this, depth + 1);
    return this.customType(start, name);
  }

  /** `(type,type,…)` */
  types(depth: number): CqlType[] {
    const found: CqlType[] = [];
    this.expect('(');
    do found.push(this.type(depth));
    while (this.accept(','));
    this.expect(')');
    return found;
  }

  user(depth: number): CqlType {
    this.expect('(');
    const keyspace = this.word();
    this.expect(',');
    const name = this.hexWord();
    const fields: UserField[] = [];
    while (this.accept(',')) {
      const fieldName = this.hexWord();
      this.expect(':');
      fields.push({ name: fieldName, type: this.type(depth) });
    }
    this.expect(')');
    return userType(keyspace, name, fields);
  }

  vector(depth: number): CqlType {
    this.expect('(');
    const elements = this.type(depth);
    this.expect(',');
    const dimension = Number(this.word());
    if (!Number.isInteger(dimension) || dimension <= 0) throw this.error('expected a vector dimension');
    this.expect(')');
    return vector(elements, dimension);
  }

  one(depth: number): CqlType {
    const types = this.types(depth);
    if (types.length !== 1) throw this.error(`expected one type parameter, found ${types.length}`);
    return types[0] as CqlType;
  }

  two(depth: number): [CqlType, CqlType] {
    const types = this.types(depth);
    if (types.length !== 2) throw this.error(`expected two type parameters, found ${types.length}`);
    return types as [CqlType, CqlType];
  }

  end(): void {
    this.skipBlanks();
    if (this.position !== this.text.length) throw this.error('unexpected text after the type');
  }

  /** A class unknown to CQL: kept as written, with its parameters. */
  private customType(start: number, name: string): CqlType {
    if (this.peek() === '(') {
      let depth = 0;
      do {
        const char = this.text[this.position];
        if (char === undefined) throw this.error('unexpected end of string');
        if (char === '(') depth++;
        else if (char === ')') depth--;
        this.position++;
      } while (depth > 0);
    }
    const written = this.text.slice(start, this.position);
    return custom(name.includes('.') ? written : MARSHAL_PACKAGE + written);
  }

  private word(): string {
    this.skipBlanks();
    const match = /[A-Za-z0-9_.+\-&]+/y;
    match.lastIndex = this.position;
    const found = match.exec(this.text);
    if (found === null) throw this.error('expected a name');
    this.position = match.lastIndex;
    return found[0];
  }

  private hexWord(): string {
    const word = this.word();
    if (word.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(word)) throw this.error('expected a name in hexadecimal');
    const bytes = Uint8Array.from({ length: word.length / 2 }, (_, i) =>
      Number.parseInt(word.slice(2 * i, 2 * i + 2), 16),
    );
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  }

  private peek(): string | undefined {
    this.skipBlanks();
    return this.text[this.position];
  }

  private accept(char: string): boolean {
    if (this.peek() !== char) return false;
    this.position++;
    return true;
  }

  private expect(char: string): void {
    if (!this.accept(char)) throw this.error(`expected '${char}'`);
  }

  private skipBlanks(): void {
    while (this.text[this.position] === ' ' || this.text[this.position] === '\t') this.position++;
  }

  private error(reason: string): MarshalParseError {
    return new MarshalParseError(this.text, this.position, reason);
  }
}

type CompoundParser = (parser: MarshalParser, depth: number) => CqlType;

const COMPOUND_PARSERS: ReadonlyMap<string, CompoundParser> = new Map<string, CompoundParser>([
  ['ListType', (parser, depth) => list(parser.one(depth))],
  ['SetType', (parser, depth) => set(parser.one(depth))],
  [
    'MapType',
    (parser, depth) => {
      const [keys, values] = parser.two(depth);
      return map(keys, values);
    },
  ],
  ['FrozenType', (parser, depth) => freeze(parser.one(depth))],
  ['ReversedType', (parser, depth) => reversed(parser.one(depth))],
  ['TupleType', (parser, depth) => tuple(parser.types(depth))],
  ['UserType', (parser, depth) => parser.user(depth)],
  ['VectorType', (parser, depth) => parser.vector(depth)],
]);
