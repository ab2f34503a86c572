/** `config.json`, read at run time so that one build fits every deployment. */
export interface Config {
  readonly version: 1;
  readonly region: string;
  readonly bucket: string;
  /** Only for endpoints other than AWS's. */
  readonly s3Endpoint?: string;
  readonly kmsEndpoint?: string;
  readonly cognitoEndpoint?: string;
  readonly credentials: { readonly kind: 'cognito-guest'; readonly identityPoolId: string };
  readonly kms?: { readonly keyId: string; readonly label: string };
  /** Where somebody who opens a link reads: a path of this site that answers from the bucket. */
  readonly links: { readonly kind: 'path'; readonly path: string; readonly days: number };
}
