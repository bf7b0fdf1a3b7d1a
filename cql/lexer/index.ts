/** The words of CQL: tokens, keywords and how identifiers are quoted. */

export { Tokens, tokenize } from './lexer.ts';
export { type KeywordName, TOKEN_NAMES, Token, type TokenName } from './token-kind.ts';
