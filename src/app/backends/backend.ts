import type { KmsMessageClient } from '../../core/keyrings/keyring.ts';
import type { ObjectStore } from '../../store/store.ts';

/** One of the ways to the bucket, chosen by `config.json`: credentials in the browser, or presigned URLs. */
export interface Backend {
  /** What this browser keeps for this deployment, and for this person of it, goes by that name. */
  readonly deployment: string;
  /** The guest whom a key belongs to, a new one unless known; undefined where nobody is a guest. */
  identityOf(known: string | undefined): Promise<string | undefined>;
  open(identityId: string | undefined): Access;
  /** Whom the endpoint takes this person for, in its own words, where it says so. */
  readonly name?: string;
  /** Where people enter an access code. */
  readonly signIn?: SignIn;
}

/** What somebody may work with. */
export interface Access {
  /** What the keys of all their objects begin with; ends in a slash. */
  readonly prefix: string;
  /** Repeats what fails in passing by itself, on the quiet. */
  readonly store: ObjectStore;
  /** For transfers, which wait and repeat by themselves, and say so. */
  readonly transferStore: ObjectStore;
  /** Absent where the way leads to no KMS. */
  readonly kms?: KmsMessageClient;
}

/** Asks for the access code once more when it is refused in the middle of everything. */
export interface SignIn {
  subscribe(listener: () => void): () => void;
  /** Whether something waits for a code. */
  snapshot(): boolean;
  /** Rejects with `sign-in-refused`, and everything goes on waiting. */
  enter(code: string): Promise<void>;
  /** Nobody will: what waits fails. */
  dismiss(): void;
}
