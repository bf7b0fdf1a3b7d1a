import type { Properties } from '../../ast/index.ts';
import { syntaxError } from '../../errors/index.ts';

const TRUE = /^(1|true|yes)$/i;
const FALSE = /^(0|false|no)$/i;

/** Typed access to what follows WITH (Cassandra's PropertyDefinitions). */
export class PropertyReader {
  private readonly properties: Properties;

  constructor(properties: Properties) {
    this.properties = properties;
  }

  /** Refuses names that are not among `known`. */
  validate(known: ReadonlySet<string>): void {
    for (const name of this.properties.keys()) {
      if (!known.has(name)) throw syntaxError(`Unknown property '${name}'`);
    }
  }

  has(name: string): boolean {
    return this.properties.has(name);
  }

  string(name: string): string | undefined {
    const value = this.properties.get(name);
    if (value === undefined || typeof value === 'string') return value;
    throw syntaxError(`Invalid value for property '${name}'. It should be a string`);
  }

  map(name: string): ReadonlyMap<string, string> | undefined {
    const value = this.properties.get(name);
    if (value === undefined || typeof value !== 'string') return value;
    throw syntaxError(`Invalid value for property '${name}'. It should be a map.`);
  }

  boolean(name: string): boolean | undefined {
    const text = this.string(name);
    if (text === undefined) return undefined;
    if (TRUE.test(text)) return true;
    if (FALSE.test(text)) return false;
    throw syntaxError(
      `Invalid boolean value ${text} for '${name}'. Positive values can be '1', 'true' or 'yes'. ` +
        "Negative values can be '0', 'false' or 'no'.",
    );
  }

  integer(name: string): number | undefined {
    const text = this.string(name);
    if (text === undefined) return undefined;
    const value = parseInteger(text);
    if (value === null) throw syntaxError(`Invalid integer value ${text} for '${name}'`);
    return value;
  }

  double(name: string): number | undefined {
    const text = this.string(name);
    if (text === undefined) return undefined;
    const value = parseDouble(text);
    if (value === null) throw syntaxError(`Invalid double value ${text} for '${name}'`);
    return value;
  }
}

/** Java's Integer.parseInt; null when it throws. */
export function parseInteger(text: string): number | null {
  if (!/^[+-]?\d+$/.test(text)) return null;
  const value = Number(text);
  return value >= -(2 ** 31) && value < 2 ** 31 ? value : null;
}

/** Java's Double.parseDouble; null when it throws. */
export function parseDouble(text: string): number | null {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : null;
}
