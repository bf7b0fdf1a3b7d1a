/** `FileTools.java` as a process that answers one command at a time. Needs Java 17, as Cassandra does. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cassandraYaml, javaOptions, type NodePorts } from '../cassandra/configuration.ts';
import { cassandraJars } from '../cassandra/jars.ts';

/** The largest answer is the rows of a wide table. */
const ANSWER_TIMEOUT_MS = 300_000;

export class ToolFailed extends Error {
  override readonly name = 'ToolFailed';
}

export class FileTools {
  private readonly child: ChildProcessWithoutNullStreams;
  private received = Buffer.alloc(0);
  private wake: () => void = () => {};
  private ended = false;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stdout.on('data', (bytes: Buffer) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.wake();
    });
    child.stderr.on('data', () => {});
    child.once('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  /** `root` is a directory for the tools' own use. */
  static async start(root: string, jmxPort: number): Promise<FileTools> {
    const child = spawn(
      'java',
      await toolParameters(root, [join(import.meta.dirname, 'FileTools.java'), `${jmxPort}`]),
    );
    process.once('exit', () => child.kill('SIGKILL'));
    return new FileTools(child);
  }

  /** The output of a command; fails with it when the tool does. */
  async run(...words: readonly string[]): Promise<string> {
    this.child.stdin.write(`${words.join('\t')}\n`);
    const deadline = Date.now() + ANSWER_TIMEOUT_MS;
    while (true) {
      const end = this.received.indexOf(10);
      if (end >= 0) {
        const [state, size = '0'] = this.received.toString('utf8', 0, end).split(' ');
        const from = end + 1;
        if (this.received.length >= from + Number(size)) {
          const text = this.received.toString('utf8', from, from + Number(size));
          this.received = this.received.subarray(from + Number(size));
          if (state !== 'ok') throw new ToolFailed(`${words.join(' ')}: ${text}`);
          return text;
        }
      }
      if (this.ended) throw new ToolFailed(`${words.join(' ')}: the process of the tools ended`);
      if (Date.now() > deadline) throw new ToolFailed(`${words.join(' ')}: no answer in time`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async stop(): Promise<void> {
    this.child.stdin.end();
    if (!this.ended) await new Promise<void>((resolve) => this.child.once('close', () => resolve()));
  }
}

/** Parameters of a `java` that runs one of Cassandra's tools on the data below `root`. */
export async function toolParameters(root: string, program: readonly string[]): Promise<string[]> {
  const jars = await cassandraJars();
  const configuration = join(root, 'tools');
  mkdirSync(configuration, { recursive: true });
  const ports: NodePorts = { native: 0, storage: 7000, jmx: 0 };
  writeFileSync(join(configuration, 'cassandra.yaml'), cassandraYaml(root, ports, 'periodic'));
  writeFileSync(join(configuration, 'quiet.xml'), '<configuration><root level="OFF"/></configuration>');
  const unwanted = /^-XX:|jmx\.local\.port|logback\.configurationFile|cassandra\.config=/;
  return [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...javaOptions(root, configuration, ports).filter((option) => !unwanted.test(option)),
    // FileTools has a security manager, which Cassandra's beans do not expect.
    '-Dorg.apache.cassandra.disable_mbean_registration=true',
    `-Dcassandra.config=file://${join(configuration, 'cassandra.yaml')}`,
    `-Dlogback.configurationFile=${join(configuration, 'quiet.xml')}`,
    '-cp',
    `${configuration}:${join(jars, '*')}`,
    ...program,
  ];
}
