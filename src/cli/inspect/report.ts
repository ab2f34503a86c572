import type { Description } from '../../core/keyrings/keyring.ts';

/** How a data key is wrapped, and so what opens it. */
export interface Wrap {
  /** Under the format's own name. */
  readonly algorithm: string;
  /** Of what opens it. */
  readonly keyKind: 'aes' | 'rsa' | 'kms' | 'unknown';
  /** `aws-kms`, or the namespace of a raw key: messages alone say it. */
  readonly provider?: string;
  /** The ARN of a KMS key, or the name of a raw key. */
  readonly key?: string;
  /** What reading takes, where it is an old one. */
  readonly legacy?: string;
}

/** What stored bytes say of themselves. UNVERIFIED, all of it: whoever wrote them could write this. */
export interface Report {
  readonly source: string;
  readonly kind:
    | 's3ec'
    | 'esdk'
    | 's3ec-instruction-file'
    | 's3ec-metadata'
    | 'key-file'
    | 'share-manifest'
    | 'pem'
    | 'plain'
    | 'unreadable';
  /** One line for a person. */
  readonly title: string;
  /** Bytes. */
  readonly storedBytes?: number;
  readonly plaintextBytes?: number;
  readonly version?: number;
  readonly contentAlgorithm?: { readonly id: string; readonly name: string };
  /** Whether it can be opened by one key alone. */
  readonly commitsToKey?: boolean;
  readonly signed?: boolean;
  readonly envelopeIn?: string;
  readonly wraps?: readonly Wrap[];
  readonly encryptionContext?: Description;
  readonly materialsDescription?: Description;
  readonly frames?: { readonly length: number; readonly count?: number } | 'none';
  readonly messageId?: string;
  readonly nameIsSealed?: boolean;
  readonly fingerprint?: string;
  readonly identityId?: string;
  readonly created?: string;
  readonly storage?: Readonly<Record<string, string>>;
  /** What would open it, in words. */
  readonly opensWith: readonly string[];
  /** What is odd, old or in need of an option. */
  readonly remarks: readonly string[];
  /** Why it cannot be opened as it is. */
  readonly problem?: { readonly code: string; readonly message: string };
}
