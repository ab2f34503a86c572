/** Everything of the second way to a bucket, behind one import. */
export { type AccessCode, createAccessCode } from './access-code.ts';
export { createPresignEndpoint } from './endpoint.ts';
export { createPresignedStore } from './presigned-store.ts';
