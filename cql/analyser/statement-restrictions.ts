import { type Relation, relationText, type WhereClause } from '../ast/index.ts';
import { type CqlError, invalidRequest } from '../errors/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';
import { ClusteringRestrictions } from './clustering-restrictions.ts';
import type { AnalysisContext } from './context.ts';
import { toRestriction } from './relations.ts';
import { isContains, isIn, isSlice, type Restriction, RestrictionSet } from './restriction.ts';
import { addTokenRelation, type TokenRange } from './token-restriction.ts';

export type StatementType = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

export interface RestrictionOptions {
  readonly type: StatementType;
  /** Only static columns are selected, written or deleted. */
  readonly onlyStatic: boolean;
  readonly allowFiltering: boolean;
}

export const ALLOW_FILTERING_MESSAGE =
  'Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. ' +
  'If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING';

/** The WHERE clause of a statement, checked against its table (Cassandra's StatementRestrictions). */
export class StatementRestrictions {
  readonly table: TableMetadata;
  readonly options: RestrictionOptions;
  readonly token: TokenRange | null;
  readonly partition = new RestrictionSet((left, right) => left.position - right.position);
  readonly clustering: ClusteringRestrictions;
  readonly others = new RestrictionSet((left, right) => compareNames(left, right));
  /** The key does not name its partitions one by one: the query walks a range of the ring. */
  readonly isKeyRange: boolean;

  constructor(context: AnalysisContext, table: TableMetadata, where: WhereClause, options: RestrictionOptions) {
    this.table = table;
    this.options = options;
    this.clustering = new ClusteringRestrictions(table, options.allowFiltering);
    let token: TokenRange | null = null;
    for (const relation of where.relations) {
      this.checkRelation(relation);
      if (relation.kind === 'TokenRelation') token = addTokenRelation(context, table, token, relation);
      else if (relation.kind !== 'IsNotNullRelation') this.add(toRestriction(context, table, relation));
    }
    this.token = token;
    this.checkExpressions(where);
    this.isKeyRange = this.processPartitionKey();
    this.checkStaticOnly();
    this.processClustering();
    this.processOthers();
  }

  /** The column is given by `=`, or by IN. */
  isRestrictedByEq(column: ColumnMetadata): boolean {
    const restriction = column.kind === 'clustering' ? this.clustering.get(column) : this.partition.get(column);
    return restriction?.kind === 'eq';
  }

  /** Several partitions by IN. */
  get keyIsIn(): boolean {
    return this.partition.some(isIn);
  }

  get hasClustering(): boolean {
    return !this.clustering.isEmpty;
  }

  /** Every primary key column is given by = or IN. */
  get namesRows(): boolean {
    return (
      this.token === null &&
      this.missingPartitionKey().length === 0 &&
      !this.partition.some((restriction) => isSlice(restriction) || isContains(restriction)) &&
      this.clustering.isComplete &&
      !this.clustering.some((restriction) => isSlice(restriction) || isContains(restriction))
    );
  }

  /** The partition key's restrictions do not find partitions: they are filters over a range. */
  get partitionNeedsFiltering(): boolean {
    if (this.partition.isEmpty) return false;
    const bad = (restriction: Restriction): boolean => isSlice(restriction) || isContains(restriction);
    return this.missingPartitionKey().length > 0 || this.partition.some(bad);
  }

  /** Filtering that only ALLOW FILTERING permits, checked after everything else (`checkNeedsFiltering`). */
  checkNeedsFiltering(): void {
    if (this.options.allowFiltering || this.table.isVirtual || !this.isKeyRange) return;
    if (!this.clustering.isEmpty || !this.others.isEmpty || this.partitionNeedsFiltering) throw allowFiltering();
  }

  private checkRelation(relation: Relation): void {
    const { type } = this.options;
    if (relation.kind === 'IsNotNullRelation') {
      throw invalidRequest(`Unsupported restriction: ${relationText(relation)}`);
    }
    if (relation.kind !== 'ColumnRelation' || !relation.operator.startsWith('CONTAINS')) return;
    if (type === 'UPDATE' || type === 'DELETE') throw invalidRequest(`Cannot use ${type} with ${relation.operator}`);
  }

  private checkExpressions(where: WhereClause): void {
    const [first] = where.expressions;
    if (first === undefined) return;
    if (where.expressions.length > 1) {
      throw invalidRequest('Multiple custom index expressions in a single query are not supported');
    }
    throw invalidRequest(`Invalid index expression, index ${first.index.name} not found for ${this.table.fullName}`);
  }

  private add(restriction: Restriction): void {
    const column = restriction.columns[0] as ColumnMetadata;
    if (column.kind === 'partition_key') this.partition.add(restriction);
    else if (column.kind === 'clustering') this.clustering.add(restriction);
    else this.others.add(restriction);
  }

  private missingPartitionKey(): ColumnMetadata[] {
    return this.table.partitionKey.filter((column) => this.partition.get(column) === undefined);
  }

  private processPartitionKey(): boolean {
    const { type } = this.options;
    if (type === 'SELECT') {
      if (this.partitionNeedsFiltering) {
        if (!this.options.allowFiltering && !this.table.isVirtual) throw allowFiltering();
        return true;
      }
      // With the key given, its token only leaves some of the partitions out.
      return this.partition.isEmpty;
    }
    if (this.token !== null) {
      throw invalidRequest(`The token function cannot be used in WHERE clauses for ${type} statements`);
    }
    const missing = this.missingPartitionKey();
    if (missing.length > 0) throw invalidRequest(`Some partition key parts are missing: ${names(missing)}`);
    if (this.partition.some(isSlice)) {
      throw invalidRequest(
        'Only EQ and IN relation are supported on the partition key (unless you use the token() function) ' +
          `for ${type} statements`,
      );
    }
    return false;
  }

  private checkStaticOnly(): void {
    const { type, onlyStatic } = this.options;
    if (!onlyStatic || this.clustering.isEmpty) return;
    if (type === 'SELECT') {
      throw invalidRequest('Cannot restrict clustering columns when selecting only static columns');
    }
    if (type !== 'INSERT') {
      throw invalidRequest(
        `Invalid restrictions on clustering columns since the ${type} statement modifies only static columns`,
      );
    }
  }

  private processClustering(): void {
    const { type, onlyStatic, allowFiltering: filtering } = this.options;
    if (type === 'UPDATE' || type === 'INSERT') {
      if (this.clustering.some(isSlice)) {
        throw invalidRequest(`Slice restrictions are not supported on the clustering columns in ${type} statements`);
      }
      const missing = this.table.clustering.filter((column) => this.clustering.get(column) === undefined);
      if (!onlyStatic && missing.length > 0)
        throw invalidRequest(`Some clustering keys are missing: ${names(missing)}`);
      return;
    }
    if (this.clustering.some(isContains) && !filtering) {
      throw invalidRequest(
        'Clustering columns can only be restricted with CONTAINS with a secondary index or filtering',
      );
    }
    if (!filtering && this.clustering.needsFiltering) this.clustering.checkNoGap();
  }

  private processOthers(): void {
    if (this.others.isEmpty) return;
    if (this.options.type !== 'SELECT') {
      throw invalidRequest(`Non PRIMARY KEY columns found in where clause: ${names(this.others.columns())} `);
    }
    if (!this.options.allowFiltering && !this.table.isVirtual) throw allowFiltering();
  }
}

function allowFiltering(): CqlError {
  return invalidRequest(ALLOW_FILTERING_MESSAGE);
}

function names(columns: readonly ColumnMetadata[]): string {
  return columns.map((column) => column.name).join(', ');
}

function compareNames(left: ColumnMetadata, right: ColumnMetadata): number {
  if (left.name === right.name) return 0;
  return left.name < right.name ? -1 : 1;
}
