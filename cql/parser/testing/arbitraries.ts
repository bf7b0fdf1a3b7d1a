/** Random syntax trees, of which every one can be written as CQL. Markers are `?` with index -1; reading numbers them. */

import fc, { type Arbitrary } from 'fast-check';
import type {
  Batch,
  BindMarker,
  Condition,
  ConditionTarget,
  Constant,
  ConstantType,
  CqlType,
  Deletion,
  InValues,
  Modification,
  NativeType,
  Operation,
  QualifiedName,
  Relation,
  Select,
  Selectable,
  Term,
  TupleLiteral,
  UsingAttributes,
  WhereClause,
} from '../../ast/index.ts';

const oneOf = fc.constantFrom;

/** Of the kinds that are written differently: plain, with keywords, with capitals, with quotes inside, reserved. */
export const name: Arbitrary<string> = oneOf(
  'a',
  'b_1',
  'key',
  'values',
  'ttl',
  'A',
  'x y',
  'say "hi"',
  'select',
  'ünï',
);
const functionName: Arbitrary<string> = oneOf('f', 'now', 'Fn', 'token', 'count', 'text');
const typeName: Arbitrary<string> = oneOf('u', 'Address', 'a type', 'set');

function qualified(last: Arbitrary<string>): Arbitrary<QualifiedName> {
  return fc.record({ keyspace: fc.option(name), name: last });
}

export const nativeType: Arbitrary<NativeType> = fc.record({
  kind: oneOf('NativeType' as const),
  name: oneOf('int', 'text', 'varchar', 'timestamp', 'uuid', 'counter'),
});

export const { type } = fc.letrec<{ type: CqlType }>((tie) => {
  const inner = tie('type');
  const frozen = fc.boolean();
  return {
    type: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      nativeType,
      fc.record({ kind: oneOf('UserType' as const), name: qualified(typeName), frozen }),
      fc.record({ kind: oneOf('ListType' as const, 'SetType' as const), element: inner, frozen }),
      fc.record({ kind: oneOf('MapType' as const), key: inner, value: inner, frozen }),
      fc.record({
        kind: oneOf('TupleType' as const),
        elements: fc.array(inner, { minLength: 1, maxLength: 3 }),
        frozen,
      }),
      fc.record({ kind: oneOf('VectorType' as const), element: inner, dimension: fc.nat(9), frozen }),
      fc.record({ kind: oneOf('CustomType' as const), className: oneOf('LongType') }),
    ),
  };
});

const CONSTANTS: readonly (readonly [ConstantType, string])[] = [
  ['INTEGER', '0'],
  ['INTEGER', '-12'],
  ['FLOAT', '1.5'],
  ['FLOAT', '-2e10'],
  ['FLOAT', 'NaN'],
  ['FLOAT', '-Infinity'],
  ['STRING', ''],
  ['STRING', "it's"],
  ['STRING', 'two\nlines -- $$ "'],
  ['BOOLEAN', 'true'],
  ['HEX', '0xCAFE'],
  ['UUID', 'deadbeef-0000-1111-2222-333344445555'],
  ['DURATION', '1y2mo3d'],
];

const constant: Arbitrary<Constant> = oneOf(...CONSTANTS).map(([constantType, text]) => ({
  kind: 'Constant',
  type: constantType,
  text,
}));
const marker: Arbitrary<BindMarker> = fc.record({
  kind: oneOf('BindMarker' as const),
  index: oneOf(-1),
  name: fc.option(name),
});
const nullLiteral = oneOf({ kind: 'Null' as const });
const integer: Arbitrary<Constant> = oneOf({ kind: 'Constant', type: 'INTEGER', text: '5' });

interface TermKinds {
  simple: Term;
  factor: Term;
  product: Term;
  term: Term;
}

const terms = fc.letrec<TermKinds>((tie: fc.LetrecTypedTie<TermKinds>): fc.LetrecValue<TermKinds> => {
  const some = fc.array(tie('term'), { maxLength: 3 });
  const atLeastOne = fc.array(tie('term'), { minLength: 1, maxLength: 3 });
  return {
    simple: fc.oneof(
      { depthSize: 'small' },
      constant,
      marker,
      nullLiteral,
      fc.record({ kind: oneOf('ListLiteral' as const, 'SetLiteral' as const), elements: some }),
      fc.record({ kind: oneOf('TupleLiteral' as const), elements: atLeastOne }),
      fc.record({
        kind: oneOf('MapLiteral' as const),
        entries: fc.array(fc.record({ key: tie('term'), value: tie('term') }), { minLength: 1, maxLength: 2 }),
      }),
      fc.record({
        kind: oneOf('UserTypeLiteral' as const),
        fields: fc.array(fc.record({ field: name, value: tie('term') }), { minLength: 1, maxLength: 2 }),
      }),
      fc.record({ kind: oneOf('FunctionCall' as const), name: qualified(functionName), args: some }),
      fc.record({ kind: oneOf('TypeHint' as const), type, term: tie('simple') }),
      fc.record({ kind: oneOf('Cast' as const), term: tie('simple'), type: nativeType }),
    ),
    factor: fc.oneof(
      { weight: 9, arbitrary: tie('simple') },
      { weight: 1, arbitrary: fc.record({ kind: oneOf('Negation' as const), operand: tie('simple') }) },
    ),
    product: fc.oneof(
      { weight: 9, arbitrary: tie('factor') },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: oneOf('BinaryOperation' as const),
          operator: oneOf('*' as const, '/' as const, '%' as const),
          left: tie('factor'),
          right: tie('factor'),
        }),
      },
    ),
    term: fc.oneof(
      { weight: 9, arbitrary: tie('product') },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: oneOf('BinaryOperation' as const),
          operator: oneOf('+' as const, '-' as const),
          left: tie('product'),
          right: tie('product'),
        }),
      },
    ),
  };
});

export const term: Arbitrary<Term> = terms.term;
const tupleLiteral: Arbitrary<TupleLiteral> = fc.record({
  kind: oneOf('TupleLiteral' as const),
  elements: fc.array(term, { minLength: 1, maxLength: 3 }),
});

interface SelectableKinds {
  part: Selectable;
  primary: Selectable;
  selectable: Selectable;
}

const column = fc.record({ kind: oneOf('SelectedColumn' as const), name });

const selectables = fc.letrec<SelectableKinds>(
  (tie: fc.LetrecTypedTie<SelectableKinds>): fc.LetrecValue<SelectableKinds> => {
    const some = fc.array(tie('selectable'), { maxLength: 3 });
    return {
      part: fc.oneof(
        { depthSize: 'small' },
        column,
        fc.record({ kind: oneOf('SelectedFunctionCall' as const), name: qualified(functionName), args: some }),
        fc.record({ kind: oneOf('SelectedField' as const), receiver: tie('part'), field: name }),
        fc.record({ kind: oneOf('SelectedElement' as const), receiver: tie('part'), element: term }),
        fc
          .record({ receiver: tie('part'), from: fc.option(term), to: fc.option(term) })
          .filter(({ from, to }) => from !== null || to !== null)
          .map((slice) => ({ kind: 'SelectedSlice' as const, ...slice })),
      ),
      primary: fc.oneof(
        { depthSize: 'small' },
        tie('part'),
        fc.record({ kind: oneOf('SelectedTerm' as const), term: fc.oneof(constant, marker, nullLiteral) }),
        oneOf({ kind: 'SelectedCountRows' as const }),
        fc
          .record({ function: oneOf('writetime' as const, 'maxwritetime' as const, 'ttl' as const), column: name })
          .map((call) => ({
            kind: 'SelectedWritetimeOrTtl' as const,
            ...call,
            selected: { kind: 'SelectedColumn' as const, name: call.column },
          })),
        fc.record({ kind: oneOf('SelectedCast' as const), selectable: tie('selectable'), type: nativeType }),
        fc.record({ kind: oneOf('SelectedTypeHint' as const), type, selectable: column }),
        fc.record({
          kind: oneOf('SelectedParenthesesOrTuple' as const),
          elements: fc.array(tie('selectable'), { minLength: 2, maxLength: 3 }),
        }),
        fc.record({ kind: oneOf('SelectedList' as const, 'SelectedSet' as const), elements: some }),
        fc.record({
          kind: oneOf('SelectedMapOrUserType' as const),
          entries: fc.array(fc.record({ key: tie('part'), value: tie('selectable') }), { minLength: 1, maxLength: 2 }),
        }),
        fc.record({ kind: oneOf('SelectedNegation' as const), operand: tie('primary') }),
      ),
      selectable: fc.oneof(
        { weight: 9, arbitrary: tie('primary') },
        {
          weight: 1,
          arbitrary: fc.record({
            kind: oneOf('SelectedOperation' as const),
            operator: oneOf('+' as const, '-' as const, '*' as const, '/' as const, '%' as const),
            left: tie('primary'),
            right: tie('primary'),
          }),
        },
      ),
    };
  },
);

const comparison = oneOf('=' as const, '<' as const, '<=' as const, '>' as const, '>=' as const, '!=' as const);
const names = fc.array(name, { minLength: 1, maxLength: 3 });

function inList(item: Arbitrary<Term>, minLength = 0): Arbitrary<InValues> {
  return fc.record({ kind: oneOf('InList' as const), terms: fc.array(item, { minLength, maxLength: 3 }) });
}

const inValues: Arbitrary<InValues> = fc.oneof(inList(term), marker);

const relation: Arbitrary<Relation> = fc.oneof(
  fc.record({
    kind: oneOf('ColumnRelation' as const),
    column: name,
    operator: fc.oneof(comparison, oneOf('LIKE' as const, 'CONTAINS' as const, 'CONTAINS KEY' as const)),
    value: term,
  }),
  fc.record({ kind: oneOf('ColumnInRelation' as const), column: name, values: inValues }),
  fc.record({ kind: oneOf('IsNotNullRelation' as const), column: name }),
  fc.record({ kind: oneOf('MapElementRelation' as const), column: name, key: term, operator: comparison, value: term }),
  fc.record({ kind: oneOf('TokenRelation' as const), columns: names, operator: comparison, value: term }),
  fc.record({
    kind: oneOf('MultiColumnRelation' as const),
    columns: names,
    operator: comparison,
    value: fc.oneof(tupleLiteral, marker),
  }),
  fc.record({
    kind: oneOf('MultiColumnInRelation' as const),
    columns: names,
    values: fc.oneof(inList(tupleLiteral), inList(marker), marker),
  }),
);

function where(minLength: number): Arbitrary<WhereClause> {
  return fc.record({
    relations: fc.array(relation, { minLength, maxLength: 3 }),
    expressions: fc.array(fc.record({ index: fc.record({ keyspace: oneOf(null), name }), value: term }), {
      maxLength: 1,
    }),
  });
}

const limit = fc.option(fc.oneof(integer, marker));

export const select: Arbitrary<Select> = fc.record({
  kind: oneOf('Select' as const),
  table: qualified(name),
  json: fc.boolean(),
  distinct: fc.boolean(),
  selectors: fc.array(fc.record({ selectable: selectables.selectable, alias: fc.option(name) }), { maxLength: 3 }),
  where: where(0),
  groupBy: fc.array(selectables.selectable, { maxLength: 2 }),
  orderBy: fc.array(
    fc.record({ column: name, ann: fc.option(term), direction: oneOf('ASC' as const, 'DESC' as const) }),
    { maxLength: 2 },
  ),
  perPartitionLimit: limit,
  limit,
  allowFiltering: fc.boolean(),
});

const using: Arbitrary<UsingAttributes> = fc.record({ timestamp: limit, ttl: limit });

const target: Arbitrary<ConditionTarget> = fc.oneof(
  fc.record({ column: name, element: oneOf(null), field: oneOf(null) }),
  fc.record({ column: name, element: term, field: oneOf(null) }),
  fc.record({ column: name, element: oneOf(null), field: name }),
);

const condition: Arbitrary<Condition> = fc.oneof(
  fc.record({ kind: oneOf('ComparisonCondition' as const), target, operator: comparison, value: term }),
  fc.record({ kind: oneOf('InCondition' as const), target, values: inValues }),
);

const operation: Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: oneOf('SetElement' as const), column: name, key: term, value: term }),
  fc.record({
    kind: oneOf('Addition' as const, 'Subtraction' as const, 'Prepend' as const),
    column: name,
    value: term,
  }),
);

/** One column set as a whole or in part, or several changed in other ways: what does not exclude each other. */
const operations: Arbitrary<Operation[]> = fc.oneof(
  fc.array(operation, { minLength: 1, maxLength: 3 }),
  fc.record({ kind: oneOf('SetValue' as const), column: name, value: term }).map((only) => [only]),
  fc.record({ kind: oneOf('SetField' as const), column: name, field: name, value: term }).map((only) => [only]),
);

const deletion: Arbitrary<Deletion> = fc.oneof(
  fc.record({ kind: oneOf('ColumnDeletion' as const), column: name }),
  fc.record({ kind: oneOf('ElementDeletion' as const), column: name, element: term }),
  fc.record({ kind: oneOf('FieldDeletion' as const), column: name, field: name }),
);

const conditional = fc.oneof(
  fc.record({ conditions: fc.array(condition, { maxLength: 2 }), ifExists: oneOf(false) }),
  oneOf({ conditions: [], ifExists: true }),
);

export const modification: Arbitrary<Exclude<Modification, { kind: 'InsertJson' }>> = fc.oneof(
  fc.record({
    kind: oneOf('Insert' as const),
    table: qualified(name),
    columns: names,
    values: fc.array(term, { minLength: 1, maxLength: 3 }),
    ifNotExists: fc.boolean(),
    using,
  }),
  fc
    .tuple(
      fc.record({ kind: oneOf('Update' as const), table: qualified(name), using, operations, where: where(1) }),
      conditional,
    )
    .map(([update, conditions]) => ({ ...update, ...conditions })),
  fc
    .tuple(
      fc.record({
        kind: oneOf('Delete' as const),
        table: qualified(name),
        deletions: fc.array(deletion, { maxLength: 2 }),
        using: fc.record({ timestamp: limit, ttl: oneOf(null) }),
        where: where(1),
      }),
      conditional,
    )
    .map(([deleted, conditions]) => ({ ...deleted, ...conditions })),
);

export const batch: Arbitrary<Batch> = fc.record({
  kind: oneOf('Batch' as const),
  type: oneOf('LOGGED' as const, 'UNLOGGED' as const, 'COUNTER' as const),
  using,
  statements: fc.array(modification, { maxLength: 3 }),
});
