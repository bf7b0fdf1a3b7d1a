/** A local S3 server with one bucket, for tests. Its objects are files below `directory`. */
import S3rver from '@20minutes/s3rver';

export const BUCKET = 'backups';
/** What the AWS SDK takes from the environment to speak to it. */
export const S3_ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'S3RVER',
  AWS_SECRET_ACCESS_KEY: 'S3RVER',
  AWS_REGION: 'us-east-1',
} as const;

export interface S3Server {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export async function startS3Server(directory: string): Promise<S3Server> {
  const server = new S3rver({
    ...{ port: 0, address: '127.0.0.1', silent: true, directory },
    // It signs the slashes of a listing's prefix otherwise than the SDK and S3 do.
    allowMismatchedSignatures: true,
    configureBuckets: [{ name: BUCKET }],
  });
  const { port } = await server.run();
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => server.close() };
}
