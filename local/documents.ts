/** The documents in `deploy/`, which AWS and the local cloud are set up with alike. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Variables = Readonly<Record<string, string>>;

/**
 * Parses a document and fills `${NAME}` in its strings. Only names in capitals are ours:
 * `${cognito-identity.amazonaws.com:sub}` and the like are for IAM to fill, and stay.
 * @throws Error naming a variable that has no value
 */
export function fill(json: string, variables: Variables): unknown {
  return JSON.parse(json, (_key, value: unknown) =>
    typeof value !== 'string'
      ? value
      : value.replace(/\$\{([A-Z][A-Z0-9_]*)\}/g, (_match, name: string) => {
          const replacement = variables[name];
          if (!replacement) throw new Error(`${name} has no value`);
          return replacement;
        }),
  );
}

/** One of the documents, by its file name, filled. */
export function deployDocument<T>(name: string, variables: Variables): T {
  const path = fileURLToPath(new URL(`../deploy/${name}`, import.meta.url));
  return fill(readFileSync(path, 'utf8'), variables) as T;
}
