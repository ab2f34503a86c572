/**
 * What signatures need and WebCrypto has not: hashes of what comes piece by piece, and ECDSA over a digest. In a
 * module of its own, so that it is loaded for signed messages alone and carries nothing else of the libraries.
 */
export { p256, p384 } from '@noble/curves/nist.js';
export { sha256, sha384 } from '@noble/hashes/sha2.js';
