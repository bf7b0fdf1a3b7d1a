import { invalidRequest } from '../errors/index.ts';
import { cqlName, encodeValue, native } from '../types/index.ts';
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
    for (const [i, type] of partitionKey.entries()) {
      const arg = args[i];
      if (arg === undefined || arg.test(type) !== 'none') continue;
      throw invalidRequest(
        `Type error: ${arg.text} cannot be passed as argument ${i} of function ${SYSTEM}.token of type ${cqlName(type)}`,
      );
    }
    const bigint = native('bigint');
    return scalar('token', partitionKey, bigint, (components) => {
      if (components.includes(null)) return null;
      return encodeValue(bigint, tokenOf(serializePartitionKey(components as readonly Uint8Array[])));
    });
  },
};
