import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePorts } from './free-port.ts';
import { ServerProcess } from './server-process.ts';

const node = process.execPath;
const asNumber = (line: string) => (/^\d+$/.test(line) ? Number(line) : null);

describe('a server as a child process', () => {
  it('waits for the first line that matches, whether printed before or after', async () => {
    const server = await ServerProcess.start(node, [
      '-e',
      'console.log("hello"); setTimeout(() => console.log(42), 100); setInterval(() => {}, 1000)',
    ]);
    expect(await server.waitFor(asNumber, 'a number', 10_000)).toBe(42);
    expect(await server.waitFor((line) => (line === 'hello' ? line : null), 'hello', 10_000)).toBe('hello');
    expect(await server.stop(5_000)).toEqual({ code: null, signal: 'SIGTERM' });
    expect(server.running).toBe(false);
  });

  it('says what was printed when the server ends too early', async () => {
    const server = await ServerProcess.start(node, ['-e', 'console.error("no disk"); process.exit(3)']);
    await expect(server.waitFor(asNumber, 'a number', 10_000)).rejects.toThrow(
      /exit code 3\) before: a number\nno disk/,
    );
  });

  it('gives up when the line does not come in time', async () => {
    const server = await ServerProcess.start(node, ['-e', 'setInterval(() => {}, 1000)']);
    await expect(server.waitFor(asNumber, 'a number', 50)).rejects.toThrow('not within 50 ms: a number');
    await server.stop(5_000);
  });

  it('kills a server that does not end at SIGTERM', async () => {
    const server = await ServerProcess.start(node, [
      '-e',
      'process.on("SIGTERM", () => {}); console.log(1); setInterval(() => {}, 1000)',
    ]);
    await server.waitFor(asNumber, 'a number', 10_000);
    expect((await server.stop(100)).signal).toBe('SIGKILL');
  });

  it('fails when the program is not there', async () => {
    await expect(ServerProcess.start('/nonexistent/program', [])).rejects.toThrow('ENOENT');
  });
});

describe('free ports', () => {
  it('are distinct and nothing listens on them', async () => {
    const ports = await freePorts(5);
    expect(new Set(ports).size).toBe(5);
    const refused = await new Promise((resolve) => {
      connect(ports[0] ?? 0, '127.0.0.1').once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(refused).toBe('ECONNREFUSED');
  });
});
