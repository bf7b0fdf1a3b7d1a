import { invalidRequest } from '../errors/index.ts';
import { encodeValue, native } from '../types/index.ts';
import { type FunctionFactory, SYSTEM, scalar } from './definition.ts';
import { serializePartitionKey, tokenOf } from './murmur3.ts';

/** token(…): takes the components of the statement's partition key. */
export const TOKEN: FunctionFactory = {
  name: 'token',
  build(args, _receiver, partitionKey) {
    if (args.length !== partitionKey.length) {
      throw invalidRequest(
        `Invalid number of arguments in call to function ${SYSTEM}.token: ` +
          `${partitionKey.length} required but ${args.length} provided`,
      );
    }
    const bigint = native('bigint');
    return scalar('token', partitionKey, bigint, (components) => {
      if (components.includes(null)) return null;
      return encodeValue(bigint, tokenOf(serializePartitionKey(components as readonly Uint8Array[])));
    });
  },
};
