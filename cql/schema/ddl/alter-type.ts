import { type AlterType, type Rename, type TypeAlteration, type TypeField, typeText } from '../../ast/index.ts';
import { invalidRequest } from '../../errors/index.ts';
import {
  cqlName,
  quoteIdentifier,
  referencesUserType,
  replaceUserType,
  type UserType,
  userType,
} from '../../types/index.ts';
import type { SchemaResult } from '../change.ts';
import type { KeyspaceMetadata, ViewMetadata } from '../keyspace.ts';
import type { Schema } from '../schema.ts';
import type { TableMetadata } from '../table.ts';
import { changed, type DdlContext, resolveName, unchanged } from './context.ts';
import { checkFieldType } from './create-type.ts';
import { guardSystemKeyspace } from './guards.ts';
import { resolveType } from './resolve-type.ts';

export function alterType(schema: Schema, statement: AlterType, context: DdlContext): SchemaResult {
  const { keyspace: keyspaceName, name } = resolveName(statement.type, context);
  guardSystemKeyspace(keyspaceName, 'ALTER', name);
  const keyspace = schema.keyspace(keyspaceName);
  const type = keyspace?.types.get(name);
  if (keyspace === undefined || type === undefined) {
    if (statement.ifExists) return unchanged(schema);
    throw invalidRequest(`Type ${keyspaceName}.${name} doesn't exist`);
  }
  const altered = applyAlteration(keyspace, type, statement.alteration);
  if (altered === type) return unchanged(schema);
  return changed(schema.withKeyspace(withType(keyspace, altered)), 'UPDATED', 'TYPE', keyspaceName, name);
}

function applyAlteration(keyspace: KeyspaceMetadata, type: UserType, alteration: TypeAlteration): UserType {
  switch (alteration.kind) {
    case 'AddField':
      return addField(keyspace, type, alteration.field, alteration.ifNotExists);
    case 'RenameFields':
      return renameFields(keyspace, type, alteration.renames, alteration.ifExists);
    case 'AlterFieldType':
      throw invalidRequest('Altering field types is no longer supported');
  }
}

function addField(keyspace: KeyspaceMetadata, type: UserType, added: TypeField, ifNotExists: boolean): UserType {
  const full = fullNameOf(type);
  if (type.fields.some((field) => field.name === added.name)) {
    if (ifNotExists) return type;
    throw invalidRequest(
      `Cannot add field ${added.name} to type ${full}: a field with name ${added.name} already exists`,
    );
  }
  const fieldType = resolveType(added.type, { keyspace: keyspace.name, types: keyspace.types });
  checkFieldType(fieldType);
  if (referencesUserType(fieldType, keyspace.name, type.name)) {
    throw invalidRequest(
      `Cannot add new field ${added.name} of type ${typeText(added.type, keyspace.name)} to user type ${full} ` +
        'as it would create a circular reference',
    );
  }
  const tables = tablesKeyedBy(keyspace, type);
  if (tables.length > 0) {
    throw invalidRequest(
      `Cannot add new field ${added.name} of type ${cqlName(fieldType)} to user type ${full} as the type is being ` +
        `used in partition key by the following tables: ${tables.join(', ')}`,
    );
  }
  return userType(type.keyspace, type.name, [...type.fields, { name: added.name, type: fieldType }]);
}

/** As `UserType.getCqlTypeName`. */
function fullNameOf(type: UserType): string {
  return `${quoteIdentifier(type.keyspace)}.${quoteIdentifier(type.name)}`;
}

function tablesKeyedBy(keyspace: KeyspaceMetadata, type: UserType): string[] {
  return [...keyspace.tables.values()]
    .filter((table) => table.partitionKey.some((column) => referencesUserType(column.type, type.keyspace, type.name)))
    .map((table) => table.fullName);
}

function renameFields(
  keyspace: KeyspaceMetadata,
  type: UserType,
  renames: readonly Rename[],
  ifExists: boolean,
): UserType {
  const dependents = keyspace.aggregates.filter(
    (aggregate) =>
      aggregate.initialCondition !== null && referencesUserType(aggregate.stateType, type.keyspace, type.name),
  );
  if (dependents.length > 0) {
    const names = dependents.map((aggregate) => aggregate.name).join(', ');
    throw invalidRequest(`Cannot alter user type ${type.name} as it is still used in INITCOND by aggregates ${names}`);
  }
  const names = type.fields.map((field) => field.name);
  for (const { from, to } of renames) {
    const index = names.indexOf(from);
    if (index < 0) {
      if (ifExists) continue;
      throw invalidRequest(`Unkown field ${from} in user type ${fullNameOf(type)}`);
    }
    names[index] = to;
  }
  const duplicate = names.find((name, i) => names.indexOf(name) !== i);
  if (duplicate !== undefined) {
    // Cassandra names the keyspace where the type is meant.
    throw invalidRequest(`Duplicate field name ${duplicate} in type ${keyspace.name}`);
  }
  if (type.fields.every((field, i) => field.name === names[i])) return type;
  return userType(
    type.keyspace,
    type.name,
    type.fields.map((field, i) => ({ name: names[i] as string, type: field.type })),
  );
}

/** The keyspace with the type replaced wherever it is mentioned. */
function withType(keyspace: KeyspaceMetadata, type: UserType): KeyspaceMetadata {
  const retype = (table: TableMetadata): TableMetadata =>
    table.with({
      columns: table.columns.map((column) => ({ ...column, type: replaceUserType(column.type, type) })),
      dropped: new Map(
        [...table.dropped].map(([name, column]) => [name, { ...column, type: replaceUserType(column.type, type) }]),
      ),
    });
  const retypeView = (view: ViewMetadata): ViewMetadata => ({ ...view, table: retype(view.table) });
  return keyspace.with({
    types: new Map([...keyspace.types].map(([name, other]) => [name, replaceUserType(other, type) as UserType])),
    tables: new Map([...keyspace.tables].map(([name, table]) => [name, retype(table)])),
    views: new Map([...keyspace.views].map(([name, view]) => [name, retypeView(view)])),
  });
}
