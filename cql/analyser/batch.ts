import type { Batch } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import { type PreparedAttributes, prepareAttributes } from './attributes.ts';
import type { AnalysisContext } from './context.ts';
import { isConditional, type PreparedModification, prepareModification } from './modification.ts';

export interface PreparedBatch {
  readonly type: Batch['type'];
  readonly attributes: PreparedAttributes;
  readonly statements: readonly PreparedModification[];
}

/** Resolves a BATCH and checks what may stand together in it (`BatchStatement.validate`). */
export function prepareBatch(context: AnalysisContext, raw: Batch): PreparedBatch {
  const statements = raw.statements.map((statement) => prepareModification(context, statement));
  const attributes = prepareAttributes(context, raw.using, '[batch]', '[batch]');
  const batch = { type: raw.type, attributes, statements };
  checkAttributes(batch);
  checkKinds(batch);
  checkTables(batch);
  return batch;
}

function checkAttributes({ type, attributes, statements }: PreparedBatch): void {
  if (attributes.ttl !== null) throw invalidRequest('Global TTL on the BATCH statement is not supported.');
  if (attributes.timestamp === null) return;
  if (statements.some(isConditional)) throw invalidRequest('Cannot provide custom timestamp for conditional BATCH');
  if (type === 'COUNTER') throw invalidRequest('Cannot provide custom timestamp for counter BATCH');
  if (statements.some((statement) => statement.attributes.timestamp !== null)) {
    throw invalidRequest('Timestamp must be set either on BATCH or individual statements');
  }
}

function checkKinds({ type, attributes, statements }: PreparedBatch): void {
  const counters = statements.some((statement) => statement.table.counter);
  const others = statements.some((statement) => !statement.table.counter);
  const virtual = statements.some((statement) => statement.table.isVirtual);
  if (attributes.timestamp !== null && counters) {
    throw invalidRequest('Cannot provide custom timestamp for a BATCH containing counters');
  }
  if (type === 'COUNTER' && others) throw invalidRequest('Cannot include non-counter statement in a counter batch');
  if (counters && others) throw invalidRequest('Counter and non-counter mutations cannot exist in the same batch');
  if (type === 'LOGGED' && counters) throw invalidRequest('Cannot include a counter statement in a logged batch');
  if (type === 'LOGGED' && virtual) throw invalidRequest('Cannot include a virtual table statement in a logged batch');
  if (virtual && statements.some((statement) => !statement.table.isVirtual)) {
    throw invalidRequest('Mutations for virtual and regular tables cannot exist in the same batch');
  }
}

function checkTables({ statements }: PreparedBatch): void {
  if (!statements.some(isConditional)) return;
  const [first] = statements;
  if (statements.some(({ table }) => table !== first?.table)) {
    throw invalidRequest('Batch with conditions cannot span multiple tables');
  }
  if (statements.some(({ restrictions }) => restrictions.keyIsIn)) {
    throw invalidRequest(
      'Batch with conditions cannot span multiple partitions (you cannot use IN on the partition key)',
    );
  }
}
