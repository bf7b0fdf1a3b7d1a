import { type Term, termText, typeText } from '../ast/index.ts';
import { type CqlError, invalidRequest } from '../errors/index.ts';
import { constantBytes, cqlName, testAssignment } from '../types/index.ts';
import type { Receiver } from './bind-variables.ts';
import { prepareList, prepareMap, prepareSet } from './collection-literals.ts';
import type { AnalysisContext, TermAnalysis } from './context.ts';
import { evaluateTerm } from './evaluate-term.ts';
import { prepareCall } from './function-call.ts';
import { constant, isConstant, NULL_TERM, type PreparedTerm, termParts } from './prepared-term.ts';
import { testTerm } from './term-assignment.ts';
import { prepareTuple, prepareUserType } from './tuple-literals.ts';
import { resolveType } from './type-resolution.ts';

/** What an AnalysisContext analyses terms by. */
export const TERM_ANALYSIS: TermAnalysis = { prepare: prepareTerm, test: testTerm };

/** Gives a term its type and serializes what is constant in it (`Term.Raw.prepare`). */
function prepareTerm(context: AnalysisContext, term: Term, receiver: Receiver): PreparedTerm {
  switch (term.kind) {
    case 'Constant': {
      const { now } = context.environment.evaluation;
      return constant(constantBytes(term.type, term.text, receiver.type, receiver.name, now));
    }
    case 'Null':
      if (receiver.type.kind === 'counter') throw invalidRequest('Invalid null value for counter increment/decrement');
      return NULL_TERM;
    case 'BindMarker':
      context.variables.add(term, receiver);
      return { kind: 'marker', index: term.index };
    case 'ListLiteral':
      return fold(context, prepareList(context, term.elements, receiver));
    case 'SetLiteral':
      return fold(context, prepareSet(context, term.elements, receiver));
    case 'MapLiteral':
      return fold(context, prepareMap(context, term.entries, receiver));
    case 'UserTypeLiteral':
      return fold(context, prepareUserType(context, term.fields, receiver));
    case 'TupleLiteral':
      return fold(context, prepareTuple(context, term.elements, receiver));
    case 'TypeHint':
      return prepareHint(context, term, receiver);
    default:
      return prepareCall(context, term, receiver);
  }
}

/** A compound term of constants is a constant. */
function fold(context: AnalysisContext, term: PreparedTerm): PreparedTerm {
  if (isConstant(term) || term.kind === 'marker' || term.kind === 'computed' || term.kind === 'call') return term;
  if (!termParts(term).every(isConstant)) return term;
  return constant(evaluateTerm(term, [], context.environment.evaluation) ?? null);
}

function prepareHint(
  context: AnalysisContext,
  hint: Extract<Term, { kind: 'TypeHint' }>,
  receiver: Receiver,
): PreparedTerm {
  const type = resolveType(context.schema, receiver.keyspace, hint.type);
  const casted: Receiver = {
    keyspace: receiver.keyspace,
    table: receiver.table,
    name: termText(hint, receiver.keyspace),
    type,
  };
  if (context.testTerm(hint.term, casted) === 'none') {
    throw invalidRequest(
      `Cannot cast value ${termText(hint.term, receiver.keyspace)} to type ${typeText(hint.type, receiver.keyspace)}`,
    );
  }
  if (testAssignment(type, receiver.type) === 'none') throw cannotAssign(termText(hint, receiver.keyspace), receiver);
  return context.prepareTerm(hint.term, receiver);
}

export function cannotAssign(text: string, receiver: Receiver): CqlError {
  return invalidRequest(`Cannot assign value ${text} to ${receiver.name} of type ${cqlName(receiver.type)}`);
}
