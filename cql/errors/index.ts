export * from './catalogue.ts';
export * from './cql-error.ts';
export { encodeErrorBody } from './encode.ts';
