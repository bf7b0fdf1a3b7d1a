/** Public data that the npm package vega-datasets ships, as tables: what to create, what to load, what must come back. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCsv } from './csv.ts';

const DATA = join(import.meta.dirname, '../../node_modules/vega-datasets/data');

export type ColumnType = 'text' | 'int' | 'bigint' | 'double' | 'date' | 'timestamp';
/** Dates as `yyyy-mm-dd`, timestamps as `yyyy-mm-ddThh:mm:ss.mmmZ`. */
export type Value = string | number | null;

export interface DataSet {
  readonly name: string;
  /** In the order of the rows' values. */
  readonly columns: readonly (readonly [string, ColumnType])[];
  readonly primaryKey: string;
  readonly rows: readonly (readonly Value[])[];
}

export function createTable(keyspace: string, { name, columns, primaryKey }: DataSet): string {
  const definitions = columns.map(([column, type]) => `${column} ${type}`).join(', ');
  return `CREATE TABLE ${keyspace}.${name} (${definitions}, PRIMARY KEY (${primaryKey}))`;
}

function shippedCsv(name: string, file: string, columns: DataSet['columns'], primaryKey: string): DataSet {
  const [, ...rows] = parseCsv(readFileSync(join(DATA, file), 'utf8'));
  const typed = rows.map((row) =>
    row.map((text, index) => (/^(int|bigint|double)$/.test(columns[index]?.[1] ?? '') ? Number(text) : text)),
  );
  return { name, columns, primaryKey, rows: typed };
}

export function airports(): DataSet {
  const columns = [
    ['iata', 'text'],
    ['name', 'text'],
    ['city', 'text'],
    ['state', 'text'],
    ['country', 'text'],
    ['latitude', 'double'],
    ['longitude', 'double'],
  ] as const;
  return shippedCsv('airports', 'airports.csv', columns, 'iata');
}

export function routes(): DataSet {
  const columns = [
    ['origin', 'text'],
    ['destination', 'text'],
    ['count', 'int'],
  ] as const;
  return shippedCsv('routes', 'flights-airport.csv', columns, 'origin, destination');
}

export function weather(): DataSet {
  const columns = [
    ['day', 'date'],
    ['precipitation', 'double'],
    ['temp_max', 'double'],
    ['temp_min', 'double'],
    ['wind', 'double'],
    ['weather', 'text'],
  ] as const;
  return shippedCsv('weather', 'seattle-weather.csv', columns, 'day');
}

function shippedJson<Row>(file: string): Row[] {
  return JSON.parse(readFileSync(join(DATA, file), 'utf8')) as Row[];
}

type Movie = Readonly<Record<string, Value>>;

/** Many of its values are null, some titles are numbers, some have quotes and letters beyond ASCII. */
export function movies(): DataSet {
  const text = (value: Value | undefined) => (value === null || value === undefined ? null : String(value));
  const rows = shippedJson<Movie>('movies.json').map((movie, id) => [
    id,
    text(movie['Title']),
    movie['US Gross'] ?? null,
    movie['Worldwide Gross'] ?? null,
    movie['Running Time min'] ?? null,
    movie['IMDB Rating'] ?? null,
    text(movie['Release Date']),
    text(movie['Director']),
    text(movie['Major Genre']),
  ]);
  const columns = [
    ['id', 'int'],
    ['title', 'text'],
    ['us_gross', 'bigint'],
    ['worldwide_gross', 'bigint'],
    ['minutes', 'int'],
    ['rating', 'double'],
    ['released', 'text'],
    ['director', 'text'],
    ['genre', 'text'],
  ] as const;
  return { name: 'movies', columns, primaryKey: 'id', rows };
}

interface Flight {
  /** `2001/01/01 00:47` */
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** 20,000 flights, in partitions of very different sizes. */
export function flights(): DataSet {
  const rows = shippedJson<Flight>('flights-20k.json').map((flight, id) => [
    flight.origin,
    `${flight.date.replaceAll('/', '-').replace(' ', 'T')}:00.000Z`,
    id,
    flight.destination,
    flight.delay,
    flight.distance,
  ]);
  const columns = [
    ['origin', 'text'],
    ['departure', 'timestamp'],
    ['id', 'int'],
    ['destination', 'text'],
    ['delay', 'int'],
    ['distance', 'int'],
  ] as const;
  return { name: 'flights', columns, primaryKey: 'origin, departure, id', rows };
}
