import { describe, expect, it } from 'vitest';
import type { Delete, Insert, Select, Update } from '../ast/index.ts';
import { CqlSyntaxError, parse, parseType } from './index.ts';

const constant = (type: string, text: string) => ({ kind: 'Constant', type, text });
const integer = (text: string) => constant('INTEGER', text);
const column = (name: string) => ({ kind: 'SelectedColumn', name });
const marker = (index: number, name: string | null = null) => ({ kind: 'BindMarker', index, name });
const table = (name: string, keyspace: string | null = null) => ({ keyspace, name });

function select(text: string): Select {
  return parse(text).statement as Select;
}

function selected(text: string): unknown {
  return select(`SELECT ${text} FROM t`).selectors[0]?.selectable;
}

function termOf(term: string): unknown {
  const [relation] = select(`SELECT * FROM t WHERE a = ${term}`).where.relations;
  return relation?.kind === 'ColumnRelation' ? relation.value : undefined;
}

function relationOf(relation: string): unknown {
  return select(`SELECT * FROM t WHERE ${relation}`).where.relations[0];
}

describe('names', () => {
  it('are folded to lower case unless quoted', () => {
    expect(select('SELECT * FROM KS."T""x"').table).toEqual(table('T"x', 'ks'));
  });

  it('can be unreserved keywords', () => {
    expect(select('SELECT * FROM Values.JSON').table).toEqual(table('json', 'values'));
    expect(selected('Count')).toEqual(column('count'));
  });

  it('of columns can be empty when quoted', () => {
    expect(relationOf('"" = 1')).toMatchObject({ column: '' });
  });
});

describe('bind markers', () => {
  it('are numbered in the order of the text, with their names', () => {
    const { statement, bindMarkers } = parse('SELECT :x FROM t WHERE a = ? AND b IN :"Y" LIMIT ?');
    expect(bindMarkers).toEqual(['x', null, 'Y', null]);
    expect(statement).toMatchObject({ limit: marker(3) });
  });

  it('are numbered through a batch', () => {
    const { bindMarkers } = parse(
      'BEGIN BATCH USING TIMESTAMP ? INSERT INTO t (a) VALUES (?); DELETE FROM t WHERE a = :k APPLY BATCH',
    );
    expect(bindMarkers).toEqual([null, null, 'k']);
  });

  it('are not counted twice when a reading is tried and given up', () => {
    expect(parse('SELECT json (?) FROM t').bindMarkers).toEqual([null]);
    expect(parse('SELECT m[?] FROM t').bindMarkers).toEqual([null]);
    expect(parse('SELECT (int) ? FROM t').bindMarkers).toEqual([null]);
  });
});

describe('terms', () => {
  it.each([
    ['12', 'INTEGER', '12'],
    ['-12', 'INTEGER', '-12'],
    ['1.5e3', 'FLOAT', '1.5e3'],
    ["'it''s'", 'STRING', "it's"],
    ["$$it's$$", 'STRING', "it's"],
    ['TRUE', 'BOOLEAN', 'TRUE'],
    ['0xAB', 'HEX', '0xAB'],
    ['1d2h', 'DURATION', '1d2h'],
    ['P1Y2MT3H', 'DURATION', 'P1Y2MT3H'],
    ['P1Y2M3DT4H5M6S', 'DURATION', 'P1Y2M3DT4H5M6S'],
    ['AABBCCDD-1111-2222-3333-444455556666', 'UUID', 'AABBCCDD-1111-2222-3333-444455556666'],
    ['nan', 'FLOAT', 'NaN'],
    ['-NAN', 'FLOAT', 'NaN'],
    ['infinity', 'FLOAT', 'Infinity'],
    ['-Infinity', 'FLOAT', '-Infinity'],
  ])('%s is a constant of type %s', (text, type, raw) => {
    expect(termOf(text)).toEqual(constant(type, raw));
  });

  it('bind multiplication tighter than addition, both to the left', () => {
    expect(termOf('1 - 2 * 3 - 4')).toEqual({
      kind: 'BinaryOperation',
      operator: '-',
      left: {
        kind: 'BinaryOperation',
        operator: '-',
        left: integer('1'),
        right: { kind: 'BinaryOperation', operator: '*', left: integer('2'), right: integer('3') },
      },
      right: integer('4'),
    });
  });

  it('tell tuples, type hints and casts apart', () => {
    expect(termOf('(1)')).toEqual({ kind: 'TupleLiteral', elements: [integer('1')] });
    expect(termOf('(int) 1')).toEqual({
      kind: 'TypeHint',
      type: { kind: 'NativeType', name: 'int' },
      term: integer('1'),
    });
    expect(termOf('(ks.u) 1')).toMatchObject({ kind: 'TypeHint', type: { name: table('u', 'ks') } });
    expect(termOf('(f(1))')).toMatchObject({ kind: 'TupleLiteral' });
    expect(termOf("('LongType') 1")).toMatchObject({ kind: 'TypeHint', type: { kind: 'CustomType' } });
    expect(termOf('CAST(1 AS text)')).toEqual({
      kind: 'Cast',
      term: integer('1'),
      type: { kind: 'NativeType', name: 'text' },
    });
  });

  it('tell sets, maps and user types apart', () => {
    expect(termOf('{}')).toEqual({ kind: 'SetLiteral', elements: [] });
    expect(termOf('{1, f()}')).toMatchObject({ kind: 'SetLiteral', elements: [{}, { kind: 'FunctionCall' }] });
    expect(termOf("{'a': 1}")).toEqual({
      kind: 'MapLiteral',
      entries: [{ key: constant('STRING', 'a'), value: integer('1') }],
    });
    expect(termOf('{f(): 1}')).toMatchObject({ kind: 'MapLiteral' });
    expect(termOf('{A: 1, "B": 2}')).toEqual({
      kind: 'UserTypeLiteral',
      fields: [
        { field: 'a', value: integer('1') },
        { field: 'B', value: integer('2') },
      ],
    });
  });

  it('call functions with and without keyspace', () => {
    expect(termOf('ks.F(1, ?)')).toEqual({
      kind: 'FunctionCall',
      name: table('f', 'ks'),
      args: [integer('1'), marker(0)],
    });
    expect(termOf('token(1)')).toMatchObject({ kind: 'FunctionCall', name: table('token') });
  });
});

describe('SELECT', () => {
  it('keeps all its clauses', () => {
    expect(
      select(
        'SELECT JSON DISTINCT a AS x, b FROM ks.t WHERE c = 1 GROUP BY a, f(b) ORDER BY c DESC, d, v ANN OF [1] ' +
          'PER PARTITION LIMIT 2 LIMIT 3 ALLOW FILTERING;',
      ),
    ).toEqual({
      kind: 'Select',
      table: table('t', 'ks'),
      json: true,
      distinct: true,
      selectors: [
        { selectable: column('a'), alias: 'x' },
        { selectable: column('b'), alias: null },
      ],
      where: {
        relations: [{ kind: 'ColumnRelation', column: 'c', operator: '=', value: integer('1') }],
        expressions: [],
      },
      groupBy: [column('a'), { kind: 'SelectedFunctionCall', name: table('f'), args: [column('b')] }],
      orderBy: [
        { column: 'c', ann: null, direction: 'DESC' },
        { column: 'd', ann: null, direction: 'ASC' },
        { column: 'v', ann: { kind: 'ListLiteral', elements: [integer('1')] }, direction: 'ASC' },
      ],
      perPartitionLimit: integer('2'),
      limit: integer('3'),
      allowFiltering: true,
    });
  });

  it('takes the USING TIMEOUT of shard-aware drivers, and nothing else after USING', () => {
    const query = "SELECT a FROM system.local WHERE key='local'";
    expect(parse(`${query} USING TIMEOUT 2000ms`)).toEqual(parse(query));
    expect(() => parse(`${query} USING TTL 1`)).toThrow("no viable alternative at input 'USING'");
    expect(() => parse(`${query} USING TIMEOUT 5`)).toThrow(CqlSyntaxError);
  });

  it('takes JSON and DISTINCT as columns where nothing else fits', () => {
    expect(select('SELECT json FROM t')).toMatchObject({ json: false, selectors: [{ selectable: column('json') }] });
    expect(select('SELECT distinct, a FROM t')).toMatchObject({ distinct: false });
    expect(select('SELECT json - json FROM t')).toMatchObject({ json: true });
    expect(select('SELECT json distinct FROM t')).toMatchObject({ json: true, distinct: false });
  });

  it.each([
    ['count(*)', { kind: 'SelectedCountRows' }],
    ['count(1)', { kind: 'SelectedFunctionCall', name: table('count') }],
    ['ks.f()', { kind: 'SelectedFunctionCall', name: table('f', 'ks'), args: [] }],
    ['a.b', { kind: 'SelectedField', receiver: column('a'), field: 'b' }],
    ["m['k']", { kind: 'SelectedElement', receiver: column('m'), element: constant('STRING', 'k') }],
    ['m[1..2]', { kind: 'SelectedSlice', from: integer('1'), to: integer('2') }],
    ['m[..2]', { kind: 'SelectedSlice', from: null, to: integer('2') }],
    ['m[1..]', { kind: 'SelectedSlice', from: integer('1'), to: null }],
    ['ttl(a)', { kind: 'SelectedWritetimeOrTtl', function: 'ttl', column: 'a', selected: column('a') }],
    ['writetime(a.b)', { function: 'writetime', column: 'a', selected: { kind: 'SelectedField' } }],
    ['maxwritetime(a[1])', { function: 'maxwritetime', column: 'a', selected: { kind: 'SelectedElement' } }],
    ['CAST(a AS text)', { kind: 'SelectedCast', selectable: column('a'), type: { name: 'text' } }],
    ['(int) a', { kind: 'SelectedTypeHint', type: { name: 'int' }, selectable: column('a') }],
    ['(a)', { kind: 'SelectedParenthesesOrTuple', elements: [column('a')] }],
    ['(a) - b', { kind: 'SelectedOperation', operator: '-' }],
    ['[a, 1]', { kind: 'SelectedList' }],
    ['{a}', { kind: 'SelectedSet', elements: [column('a')] }],
    ['{a: 1}', { kind: 'SelectedMapOrUserType', entries: [{ key: column('a') }] }],
    ['- a', { kind: 'SelectedNegation', operand: column('a') }],
    ['null', { kind: 'SelectedTerm', term: { kind: 'Null' } }],
    ['a + b * c', { operator: '+', right: { operator: '*' } }],
  ])('selects %s', (text, expected) => {
    expect(selected(text)).toMatchObject(expected);
  });

  it.each([
    ['a IN (1, 2)', { kind: 'ColumnInRelation', column: 'a', values: { kind: 'InList', terms: [{}, {}] } }],
    ['a IN ()', { values: { kind: 'InList', terms: [] } }],
    ['a IN ?', { values: marker(0) }],
    ["a LIKE '%x'", { kind: 'ColumnRelation', operator: 'LIKE' }],
    ['a CONTAINS 1', { kind: 'ColumnRelation', operator: 'CONTAINS' }],
    ['a CONTAINS KEY 1', { kind: 'ColumnRelation', operator: 'CONTAINS KEY' }],
    ['a IS NOT NULL', { kind: 'IsNotNullRelation', column: 'a' }],
    ["m['k'] >= 1", { kind: 'MapElementRelation', column: 'm', key: constant('STRING', 'k'), operator: '>=' }],
    ['token(a, b) > 1', { kind: 'TokenRelation', columns: ['a', 'b'], operator: '>' }],
    ['(a, b) <= (1, 2)', { kind: 'MultiColumnRelation', columns: ['a', 'b'], value: { kind: 'TupleLiteral' } }],
    ['(a, b) = ?', { kind: 'MultiColumnRelation', value: marker(0) }],
    ['(a, b) IN ((1, 2), (3, 4))', { kind: 'MultiColumnInRelation', values: { terms: [{}, {}] } }],
    ['(a) IN (?, ?)', { kind: 'MultiColumnInRelation', values: { terms: [marker(0), marker(1)] } }],
    ['(a, b) IN ()', { values: { terms: [] } }],
    ['(a, b) IN ?', { values: marker(0) }],
    ['((a != 1))', { kind: 'ColumnRelation', operator: '!=' }],
  ])('relates by %s', (text, expected) => {
    expect(relationOf(text)).toMatchObject(expected);
  });

  it('keeps expressions for custom indexes apart from relations', () => {
    expect(select("SELECT * FROM t WHERE expr(i, 'q') AND a = 1").where).toMatchObject({
      relations: [{ column: 'a' }],
      expressions: [{ index: table('i'), value: constant('STRING', 'q') }],
    });
  });
});

describe('modifications', () => {
  it('insert values', () => {
    const text = 'INSERT INTO ks.t (a, "B") VALUES (1, ?) IF NOT EXISTS USING TTL 5 AND TIMESTAMP :ts AND TTL 6';
    const expected: Insert = {
      kind: 'Insert',
      table: { keyspace: 'ks', name: 't' },
      columns: ['a', 'B'],
      values: [
        { kind: 'Constant', type: 'INTEGER', text: '1' },
        { kind: 'BindMarker', index: 0, name: null },
      ],
      ifNotExists: true,
      using: {
        timestamp: { kind: 'BindMarker', index: 1, name: 'ts' },
        ttl: { kind: 'Constant', type: 'INTEGER', text: '6' },
      },
    };
    expect(parse(text).statement).toEqual(expected);
  });

  it('insert JSON', () => {
    expect(parse("INSERT INTO t JSON '{}' DEFAULT UNSET").statement).toMatchObject({
      kind: 'InsertJson',
      json: constant('STRING', '{}'),
      defaultUnset: true,
    });
    expect(parse('INSERT INTO t JSON :j DEFAULT NULL').statement).toMatchObject({
      json: marker(0, 'j'),
      defaultUnset: false,
    });
  });

  it.each([
    ['a = 1', { kind: 'SetValue', column: 'a', value: integer('1') }],
    ['a = f(b)', null],
    ['a = f(1) + 2', { kind: 'SetValue', value: { kind: 'BinaryOperation' } }],
    ['a = a + 1', { kind: 'Addition', value: integer('1') }],
    ['a += 1', { kind: 'Addition', value: integer('1') }],
    ['a = a - 1', { kind: 'Subtraction', value: integer('1') }],
    ['a = a -1', { kind: 'Addition', value: integer('-1') }],
    ['a -= {1}', { kind: 'Subtraction', value: { kind: 'SetLiteral' } }],
    ['a = [1] + a', { kind: 'Prepend', value: { kind: 'ListLiteral' } }],
    ["a['k'] = 1", { kind: 'SetElement', key: constant('STRING', 'k'), value: integer('1') }],
    ['a.b = 1', { kind: 'SetField', field: 'b', value: integer('1') }],
  ])('update by %s', (text, expected) => {
    const update = () => parse(`UPDATE t SET ${text} WHERE k = 1`).statement as Update;
    if (expected === null) expect(update).toThrow(CqlSyntaxError);
    else expect(update().operations).toMatchObject([expected]);
  });

  it('have conditions of all kinds', () => {
    const text =
      "UPDATE t SET a = 1 WHERE k = 1 IF a = 1 AND b[1] >= 2 AND c.d != 'x' AND e IN (1, ?) AND f[0] IN ? AND g.h IN () AND i CONTAINS KEY 1";
    const { conditions, ifExists } = parse(text).statement as Update;
    expect(ifExists).toBe(false);
    expect(conditions).toMatchObject([
      { kind: 'ComparisonCondition', target: { column: 'a', element: null, field: null }, operator: '=' },
      { kind: 'ComparisonCondition', target: { column: 'b', element: integer('1'), field: null }, operator: '>=' },
      { kind: 'ComparisonCondition', target: { column: 'c', element: null, field: 'd' }, operator: '!=' },
      { kind: 'InCondition', target: { column: 'e' }, values: { kind: 'InList' } },
      { kind: 'InCondition', target: { column: 'f', element: integer('0') }, values: marker(1) },
      { kind: 'InCondition', target: { column: 'g', field: 'h' }, values: { terms: [] } },
      { kind: 'ComparisonCondition', target: { column: 'i' }, operator: 'CONTAINS KEY' },
    ]);
  });

  it('take EXISTS as a condition or as a column', () => {
    expect(parse('DELETE FROM t WHERE k = 1 IF EXISTS').statement).toMatchObject({ ifExists: true, conditions: [] });
    expect(parse('DELETE FROM t WHERE k = 1 IF exists = 1').statement).toMatchObject({
      ifExists: false,
      conditions: [{ target: { column: 'exists' } }],
    });
  });

  it('delete columns, elements and fields', () => {
    const statement = parse('DELETE a, b[1], c.d FROM t USING TIMESTAMP 5 WHERE k = 1').statement as Delete;
    expect(statement.using).toEqual({ timestamp: integer('5'), ttl: null });
    expect(statement.deletions).toEqual([
      { kind: 'ColumnDeletion', column: 'a' },
      { kind: 'ElementDeletion', column: 'b', element: integer('1') },
      { kind: 'FieldDeletion', column: 'c', field: 'd' },
    ]);
  });

  it('come in batches', () => {
    const insert = 'INSERT INTO t (a) VALUES (1)';
    expect(parse(`BEGIN BATCH ${insert} ${insert}; APPLY BATCH`).statement).toMatchObject({
      kind: 'Batch',
      type: 'LOGGED',
      statements: [{ kind: 'Insert' }, { kind: 'Insert' }],
    });
    expect(parse('BEGIN COUNTER BATCH APPLY BATCH').statement).toMatchObject({ type: 'COUNTER', statements: [] });
    expect(parse('BEGIN UNLOGGED BATCH USING TTL 1 APPLY BATCH').statement).toMatchObject({ type: 'UNLOGGED' });
  });
});

describe('parseType', () => {
  it('reads nested types', () => {
    expect(parseType('frozen<map<text, tuple<int, ks."U", vector<float, 3>>>>')).toEqual({
      kind: 'MapType',
      frozen: true,
      key: { kind: 'NativeType', name: 'text' },
      value: {
        kind: 'TupleType',
        frozen: false,
        elements: [
          { kind: 'NativeType', name: 'int' },
          { kind: 'UserType', name: table('U', 'ks'), frozen: false },
          { kind: 'VectorType', element: { kind: 'NativeType', name: 'float' }, dimension: 3, frozen: false },
        ],
      },
    });
  });

  it('takes the names of parametrised types without parameters for user types', () => {
    expect(parseType('map')).toEqual({ kind: 'UserType', name: table('map'), frozen: false });
    expect(parseType('list.x')).toEqual({ kind: 'UserType', name: table('x', 'list'), frozen: false });
  });

  it('wants nothing after the type', () => {
    expect(() => parseType('int text')).toThrow(CqlSyntaxError);
  });
});
