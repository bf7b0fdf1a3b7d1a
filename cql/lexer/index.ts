/** The words of CQL: tokens, keywords and how identifiers are quoted. */

export { isReserved, quoteIdentifier } from './identifier.ts';
export { tokenize, Tokens } from './lexer.ts';
export { Token, TOKEN_NAMES, type KeywordName, type TokenName } from './token-kind.ts';
