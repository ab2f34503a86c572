/**
 * IAM's evaluation of policies: identity policies, session policies and the policy of the resource, as the
 * IAM User Guide's "Policy evaluation logic" and "IAM JSON policy elements" describe it, for the parts that
 * S3, KMS and Cognito deployments use.
 */
import type { AccessRequest, Decision, PolicyDocument, PolicyStatement, Principal } from '../contract.ts';
import { type Context, holds, isOperator } from './condition.ts';
import { compile, matches, UnknownVariable } from './pattern.ts';

/** Everything about one request that statements are compared with. */
interface Facts {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/** What a policy's statements say: `account` is an Allow that names the account rather than who asks. */
interface Verdict {
  deny: boolean;
  allow: boolean;
  account: boolean;
}

/** Decides one request: an explicit Deny anywhere wins; then who may allow depends on whose the resource is. */
export function decide(request: AccessRequest): Decision {
  const { principal, resourcePolicy, resourceAccount } = request;
  const facts: Facts = { ...request, context: contextOf(request) };
  const identity = principal.policies.map((policy) => judge(policy, facts));
  const sessions = principal.sessionPolicies.map((policy) => judge(policy, facts));
  const resource = resourcePolicy
    ? judge(resourcePolicy, facts)
    : { deny: false, allow: false, account: false };
  if ([...identity, ...sessions, resource].some((verdict) => verdict.deny)) return 'deny';

  const byIdentity = identity.some((verdict) => verdict.allow);
  // Services and strangers have no identity policies: only the resource can let them in.
  if (principal.kind === 'service' || principal.kind === 'anonymous') {
    return resource.allow ? 'allow' : 'implicit';
  }
  let allowed: boolean;
  if (principal.accountId !== resourceAccount) allowed = byIdentity && (resource.allow || resource.account);
  // A KMS key is reached through its key policy alone, which may hand the decision to the account's IAM.
  else if (facts.action.startsWith('kms:')) allowed = resource.allow || (resource.account && byIdentity);
  else allowed = byIdentity || resource.allow;
  return allowed && sessions.every((verdict) => verdict.allow) ? 'allow' : 'implicit';
}

/** What is wrong with a policy document as S3 or KMS would take it, or undefined. */
export function policyFault(document: unknown): string | undefined {
  const statements = (document as PolicyDocument | null)?.Statement;
  if (!Array.isArray(statements) || statements.length === 0) return 'Missing required field Statement';
  for (const statement of statements as PolicyStatement[]) {
    if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny')
      return `Invalid effect: ${statement.Effect}`;
    if (!statement.Action === !statement.NotAction)
      return 'A statement has exactly one of Action and NotAction';
    if (!statement.Resource === !statement.NotResource) {
      return 'A statement has exactly one of Resource and NotResource';
    }
    const unknown = Object.keys(statement.Condition ?? {}).find((operator) => !isOperator(operator));
    if (unknown) return `Invalid Condition type: ${unknown}`;
  }
  return undefined;
}

function judge(policy: PolicyDocument, facts: Facts): Verdict {
  const verdict = { deny: false, allow: false, account: false };
  for (const statement of policy.Statement) {
    const named = principalMatch(statement, facts.principal);
    if (!named || !applies(statement, facts, policy.Version === '2012-10-17')) continue;
    if (statement.Effect === 'Deny') verdict.deny = true;
    else if (named === 'account') verdict.account = true;
    else verdict.allow = true;
  }
  return verdict;
}

function applies(statement: PolicyStatement, facts: Facts, variables: boolean): boolean {
  const resolve = variables ? (name: string) => single(facts.context[name.toLowerCase()]) : undefined;
  const action = facts.action.toLowerCase();
  const matchesAction = (pattern: string) => matches(compile(pattern.toLowerCase()), action);
  try {
    const matchesResource = (pattern: string) => matches(compile(pattern, resolve), facts.resource);
    return (
      selects(statement.Action, statement.NotAction, matchesAction) &&
      selects(statement.Resource, statement.NotResource, matchesResource) &&
      holds(statement.Condition ?? {}, facts.context, resolve)
    );
  } catch (error) {
    if (error instanceof UnknownVariable) return false;
    throw error;
  }
}

/** `undefined` for both means the element is absent, as Resource is in a trust policy. */
function selects(
  included: string | readonly string[] | undefined,
  excluded: string | readonly string[] | undefined,
  test: (pattern: string) => boolean,
): boolean {
  if (included !== undefined) return [included].flat().some(test);
  if (excluded !== undefined) return ![excluded].flat().some(test);
  return true;
}

type Named = 'directly' | 'account' | undefined;

function principalMatch(statement: PolicyStatement, principal: Principal): Named {
  if (statement.NotPrincipal) return namedBy(statement.NotPrincipal, principal) ? undefined : 'directly';
  return statement.Principal === undefined ? 'directly' : namedBy(statement.Principal, principal);
}

function namedBy(element: NonNullable<PolicyStatement['Principal']>, principal: Principal): Named {
  if (element === '*') return 'directly';
  let named: Named;
  for (const [type, value] of Object.entries(element)) {
    for (const pattern of [value].flat()) {
      if (type === 'Service' || type === 'Federated') {
        if (principal.kind === 'service' && pattern === principal.arn) return 'directly';
      } else if (type === 'AWS') {
        if (pattern === '*') return 'directly';
        if (principal.kind === 'service' || principal.kind === 'anonymous') continue;
        // An ARN without an account (`arn:aws:iam:::user/other`) names that user of whichever account.
        const arn = pattern.replace(/^arn:aws:iam:::/, `arn:aws:iam::${principal.accountId}:`);
        if (arn === principal.arn) return 'directly';
        if (arn === principal.accountId || arn === `arn:aws:iam::${principal.accountId}:root`)
          named = 'account';
      }
    }
  }
  return named;
}

function contextOf({ principal, context }: AccessRequest): Context {
  const now = new Date();
  const all: Record<string, string | readonly string[]> = {
    // The local cloud speaks http on loopback only, which no one else can listen to; so the policies that
    // AWS gets, with their "TLS only", hold here as they are.
    'aws:securetransport': 'true',
    'aws:currenttime': now.toISOString(),
    'aws:epochtime': String(Math.floor(now.getTime() / 1000)),
    'aws:principalisawsservice': String(principal.kind === 'service'),
  };
  if (principal.kind !== 'service' && principal.kind !== 'anonymous') {
    all['aws:principalarn'] = principal.arn;
    all['aws:principalaccount'] = principal.accountId;
    const user = /:user\/(.+)$/.exec(principal.arn)?.[1];
    if (user) all['aws:username'] = user;
  }
  for (const keys of [context, principal.contextKeys]) {
    for (const [key, value] of Object.entries(keys)) all[key.toLowerCase()] = value;
  }
  return all;
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
