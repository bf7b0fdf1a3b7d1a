import { expect, test } from 'vitest';
import { MessageReader } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';

test('a message that outgrows its first buffer reads back whole', () => {
  const text = 'x'.repeat(300);
  for (let capacity = 0; capacity < 64; capacity++) {
    const writer = new MessageWriter(3, 9, capacity)
      .u16(7)
      .string(text)
      .blob(null)
      .u64(2n ** 63n)
      .blob(Buffer.from('ab'))
      .u8(1);
    const reader = new MessageReader(writer.finish());
    expect([reader.u8(), reader.u32(), reader.u16(), reader.string(), reader.u32(), reader.u64()]).toEqual([
      3,
      9,
      7,
      text,
      0xffff_ffff,
      2n ** 63n,
    ]);
    expect(Buffer.from(reader.bytes(reader.u32())).toString()).toBe('ab');
    expect(reader.u8()).toBe(1);
  }
});

test('a short message is a broken invariant', () => {
  expect(() => new MessageReader(new Uint8Array(3)).u32()).toThrow(RangeError);
});
