/** Writes cassandra-answers.json anew: `node test/protocol/record-answers.ts HOST:PORT` with a real Cassandra there. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerTo, malformedRequests } from './malformed.ts';

const [host, port] = (process.argv[2] ?? '').split(':');
if (host === undefined || port === undefined) throw new Error('usage: record-answers.ts HOST:PORT');
const answers: Record<string, string> = {};
for (const request of malformedRequests()) {
  answers[request.name] = await answerTo({ host, port: Number(port) }, request);
}
writeFileSync(join(import.meta.dirname, 'cassandra-answers.json'), `${JSON.stringify(answers, null, 2)}\n`);
