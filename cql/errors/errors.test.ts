import { describe, expect, test } from 'vitest';
import {
  alreadyExists,
  CqlError,
  ERRORS,
  encodeErrorBody,
  functionFailure,
  invalidRequest,
  readTimeout,
  unavailable,
  unprepared,
} from './index.ts';

const hex = (error: CqlError, version: 3 | 4 | 5): string =>
  Buffer.from(encodeErrorBody(error, version)).toString('hex');
const body = (error: CqlError, version: 3 | 4 | 5): Buffer => Buffer.from(encodeErrorBody(error, version));
const ADDRESS = Uint8Array.of(127, 0, 0, 1);

describe('the catalogue', () => {
  test('gives each error a code of its own', () => {
    const codes = Object.values(ERRORS).map((info) => info.code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('ERROR bodies', () => {
  test('carry code and text', () => {
    expect(hex(invalidRequest('no'), 4)).toBe('0000220000026e6f');
  });

  test('carry the fields of each error', () => {
    const afterText = (error: CqlError, version: 3 | 4 | 5): string =>
      body(error, version)
        .subarray(6 + Buffer.byteLength(error.message))
        .toString('hex');
    expect(afterText(unavailable('QUORUM', 2, 1), 4)).toBe('00040000000200000001');
    expect(afterText(readTimeout('ONE', 0, 1, true), 4)).toBe('0001000000000000000101');
    expect(afterText(alreadyExists('k', 't'), 4)).toBe('00016b000174');
    expect(afterText(unprepared(Uint8Array.of(1, 2)), 4)).toBe('00020102');
    expect(afterText(functionFailure('k', 'f', ['int'], 'x'), 4)).toBe('00016b00016600010003696e74');
    const failure = new CqlError('f', {
      name: 'READ_FAILURE',
      consistency: 'ONE',
      received: 0,
      blockFor: 1,
      failures: [{ address: ADDRESS, code: 1 }],
      dataPresent: false,
    });
    expect(afterText(failure, 4)).toBe('0001000000000000000100000001' + '00');
    expect(afterText(failure, 5)).toBe('0001000000000000000100000001047f000001000100');
    const contended = new CqlError('c', {
      name: 'WRITE_TIMEOUT',
      consistency: 'SERIAL',
      received: 0,
      blockFor: 1,
      writeType: 'CAS',
      contentions: 3,
    });
    expect(afterText(contended, 5)).toBe('000800000000000000010003434153' + '0003');
    expect(afterText(contended, 4)).toBe('000800000000000000010003434153');
  });

  test('tell older clients the nearest error that they know', () => {
    const unknown = new CqlError('u', { name: 'CAS_WRITE_UNKNOWN', consistency: 'SERIAL', received: 1, blockFor: 2 });
    expect(body(unknown, 5).readInt32BE()).toBe(0x1700);
    expect(body(unknown, 4).readInt32BE()).toBe(0x1100);
    const failed = functionFailure('k', 'f', [], 'x');
    expect(body(failed, 3).readInt32BE()).toBe(0x2200);
    expect(body(failed, 3).subarray(6).toString()).toBe(`ERROR FUNCTION_FAILURE: ${failed.message}`);
  });

  test('cut a text that is too long at a character border', () => {
    const text = body(invalidRequest('é'.repeat(40_000)), 4);
    expect(text.readUInt16BE(4)).toBe(65_534);
    expect(text.subarray(6).toString()).toBe('é'.repeat(32_767));
  });
});
