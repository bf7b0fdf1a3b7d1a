/**
 * An ObjectStore in a bucket of S3 or a store that speaks its protocol, with the AWS SDK: credentials and
 * region come from where the SDK finds them (environment, profile, instance).
 */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { BackupError, type ObjectStore } from './object-store.ts';

/** Files above this go in parts, four at a time: what an upload holds in memory. */
const PART_BYTES = 8 << 20;
const PARTS_AT_A_TIME = 4;
/** S3 takes 10,000 parts; larger files have larger parts. */
const MAX_PARTS = 9_000;
const MAX_ATTEMPTS = 5;

export interface S3Location {
  readonly bucket: string;
  /** Before every key, without a slash at its end; empty: none. */
  readonly prefix: string;
  /** Of a store that is not Amazon's; its buckets are part of the path. */
  readonly endpoint?: string;
  readonly region?: string;
}

/** What is used of the SDK, which is loaded only where it is needed: that takes longer than most commands. */
type Sdk = typeof import('@aws-sdk/client-s3') & typeof import('@aws-sdk/lib-storage');

export async function openS3Store(location: S3Location): Promise<ObjectStore> {
  const [client, library] = await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')]);
  return new S3Store({ ...client, ...library }, location);
}

class S3Store implements ObjectStore {
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(sdk: Sdk, { bucket, prefix, endpoint, region }: S3Location) {
    const config: S3ClientConfig = {
      maxAttempts: MAX_ATTEMPTS,
      // Checksums in trailers are Amazon's own; objects are checked by their names here.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    };
    if (region !== undefined) config.region = region;
    if (endpoint !== undefined) Object.assign(config, { endpoint, forcePathStyle: true });
    this.#sdk = sdk;
    this.#client = new sdk.S3Client(config);
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
  }

  async list(prefix: string): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new this.#sdk.ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: this.#prefix + prefix,
          ContinuationToken: token,
        }),
      );
      for (const { Key, Size } of page.Contents ?? []) {
        if (Key !== undefined) found.set(Key.slice(this.#prefix.length), Size ?? 0);
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
    return found;
  }

  async putFile(key: string, path: string, sizeBytes: number): Promise<void> {
    const target = { Bucket: this.#bucket, Key: this.#prefix + key };
    if (sizeBytes <= PART_BYTES) {
      await this.#client.send(
        new this.#sdk.PutObjectCommand({ ...target, Body: createReadStream(path), ContentLength: sizeBytes }),
      );
      return;
    }
    const upload = new this.#sdk.Upload({
      client: this.#client,
      params: { ...target, Body: createReadStream(path) },
      partSize: Math.max(PART_BYTES, Math.ceil(sizeBytes / MAX_PARTS)),
      queueSize: PARTS_AT_A_TIME,
    });
    await upload.done();
  }

  async putText(key: string, text: string): Promise<void> {
    await this.#client.send(
      new this.#sdk.PutObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + key, Body: text }),
    );
  }

  async getText(key: string): Promise<string | null> {
    try {
      const answer = await this.#client.send(
        new this.#sdk.GetObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + key }),
      );
      return (await answer.Body?.transformToString('utf8')) ?? '';
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async get(key: string): Promise<Readable> {
    try {
      const answer = await this.#client.send(
        new this.#sdk.GetObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + key }),
      );
      return answer.Body as Readable;
    } catch (error) {
      if (isMissing(error)) throw new BackupError(`the backup has no object ${key}`);
      throw error;
    }
  }

  close(): void {
    this.#client.destroy();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchKey';
}
