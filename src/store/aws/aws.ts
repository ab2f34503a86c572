/** Everything that needs the AWS SDK, behind one import. */
export { type AwsCredentials, createGuest, guestCredentials } from './credentials.ts';
export { createKmsClient } from './kms.ts';
export { createS3Store } from './s3-store.ts';
