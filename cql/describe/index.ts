export { createKeyspaceText, createTableText, createTypeText } from './create-statement.ts';
export {
  type ClusterDescription,
  DESCRIBE_RESULT_TABLE,
  type DescribeContext,
  type DescribeResult,
  describe,
  describedType,
} from './describe.ts';
export { schemaFileText } from './schema-file.ts';
