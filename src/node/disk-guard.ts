/**
 * Watches the shards' disks: says in the log what fails, acts as disk_failure_policy and commit_failure_policy
 * say, and hands finished log segments to the archiver. A full disk is no failure for a policy but `die`: the
 * shards refuse writes and go on by themselves when there is room.
 * Source: org.apache.cassandra.service.DefaultFSErrorHandler, org.apache.cassandra.db.commitlog.CommitLog
 */
import type { Logger } from 'pino';
import type { DiskNews, ShardPort } from '../../storage/shard-port.ts';
import type { Settings } from '../config/settings.ts';
import type { Archiver } from './archiver.ts';

export interface DiskGuardParts {
  readonly port: Pick<ShardPort, 'shardCount' | 'watchDisk'>;
  readonly policies: Pick<Settings, 'disk_failure_policy' | 'commit_failure_policy'>;
  readonly archiver: Archiver | null;
  readonly log: Logger;
  /** No client is served any more; the node goes on for the operator. */
  readonly stopTransports: () => Promise<void>;
  readonly die: (error: Error) => void;
}

export class DiskGuard {
  readonly #parts: DiskGuardParts;
  readonly #last: (DiskNews | null)[];
  #stopped = false;
  #transportsStopped = false;

  constructor(parts: DiskGuardParts) {
    this.#parts = parts;
    this.#last = Array.from({ length: parts.port.shardCount }, () => null);
  }

  start(): void {
    for (let shard = 0; shard < this.#parts.port.shardCount; shard++) void this.#watch(shard);
  }

  /** What a shard still answers is not looked at. */
  stop(): void {
    this.#stopped = true;
  }

  async #watch(shard: number): Promise<void> {
    try {
      for (let version = 0n; !this.#stopped; ) {
        const news = await this.#parts.port.watchDisk(shard, version);
        if (this.#stopped) return;
        // A shard that closes answers without news.
        if (news.version <= version) return;
        version = news.version;
        this.#take(shard, news);
      }
    } catch (error) {
      if (!this.#stopped) this.#parts.log.error(error, `the disk of shard ${shard} is not watched any more`);
    }
  }

  #take(shard: number, news: DiskNews): void {
    const { log, archiver } = this.#parts;
    const before = this.#last[shard] ?? null;
    this.#last[shard] = news;
    for (const notice of news.notices) log.warn({ shard }, notice);
    if (news.readOnly && before?.readOnly !== true) {
      log.error({ shard, reason: news.reason }, 'the disk is full or failing: writes are refused until it is not');
    } else if (!news.readOnly && before?.readOnly === true) {
      log.info({ shard }, 'the disk works again: writes are taken');
    }
    if (news.commitlog.count > (before?.commitlog.count ?? 0n)) this.#commitFailed(news.commitlog.last);
    if (news.data.count > (before?.data.count ?? 0n)) this.#diskFailed(news.data.last);
    if (news.corrupt.count > (before?.corrupt.count ?? 0n)) this.#corruptFound(news.corrupt.last);
    if (news.readOnly && before?.readOnly !== true) this.#full(news.reason);
    for (const segment of news.toArchive) archiver?.add({ shard, ...segment });
  }

  #commitFailed(reason: string): void {
    const policy = this.#parts.policies.commit_failure_policy;
    this.#parts.log.error(`the commit log failed: ${reason}. Commit disk failure policy is ${policy}`);
    if (policy === 'die') this.#die(`commit_failure_policy is die: ${reason}`);
    if (policy === 'stop') this.#stopTransports('commit_failure_policy', policy);
  }

  #diskFailed(reason: string): void {
    const policy = this.#parts.policies.disk_failure_policy;
    this.#parts.log.error(`the disk failed: ${reason}`);
    if (policy === 'die') this.#die(`disk_failure_policy is die: ${reason}`);
    if (policy === 'stop' || policy === 'stop_paranoid') this.#stopTransports('disk_failure_policy', policy);
  }

  #corruptFound(reason: string): void {
    const policy = this.#parts.policies.disk_failure_policy;
    this.#parts.log.error(`corrupt data: ${reason}`);
    if (policy === 'die') this.#die(`disk_failure_policy is die: ${reason}`);
    if (policy === 'stop_paranoid') this.#stopTransports('disk_failure_policy', policy);
  }

  #full(reason: string): void {
    const { disk_failure_policy: disk, commit_failure_policy: commit } = this.#parts.policies;
    if (disk === 'die') this.#die(`disk_failure_policy is die: ${reason}`);
    else if (commit === 'die') this.#die(`commit_failure_policy is die: ${reason}`);
  }

  #stopTransports(setting: string, policy: string): void {
    if (this.#transportsStopped) return;
    this.#transportsStopped = true;
    this.#parts.log.error(`Stopping transports as ${setting} is ${policy}`);
    this.#parts.stopTransports().catch((error) => this.#parts.log.error(error, 'the transports did not stop'));
  }

  #die(reason: string): void {
    this.#stopped = true;
    this.#parts.die(new Error(reason));
  }
}
