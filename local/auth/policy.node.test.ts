// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how policies write their variables
import { describe, expect, test } from 'vitest';
import type { AccessRequest, Decision, PolicyDocument, PolicyStatement, Principal } from '../contract.ts';
import { decide, policyFault } from './policy.ts';

const account = '000000000000';
const arn = 'arn:aws:s3:::bucket/files/one';

function policy(...statements: PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

function user(...policies: PolicyDocument[]): Principal {
  return {
    kind: 'user',
    accountId: account,
    arn: `arn:aws:iam::${account}:user/other`,
    policies,
    sessionPolicies: [],
    contextKeys: {},
  };
}

function ask(principal: Principal, more: Partial<AccessRequest> = {}): Decision {
  return decide({
    principal,
    action: 's3:GetObject',
    resource: arn,
    context: {},
    resourceAccount: account,
    ...more,
  });
}

const allow: PolicyStatement = { Effect: 'Allow', Action: 's3:GetObject', Resource: arn };
const deny: PolicyStatement = { ...allow, Effect: 'Deny' };
const everyone: PolicyStatement = { ...allow, Principal: '*' };
const stranger: Principal = { ...user(), kind: 'anonymous', accountId: '', arn: '*' };
const service: Principal = { ...user(), kind: 'service', accountId: '', arn: 'cloudfront.amazonaws.com' };
const foreign: Principal = {
  ...user(),
  accountId: '111111111111',
  arn: 'arn:aws:iam::111111111111:user/guest',
};

describe('whose word counts', () => {
  const cases: [string, Decision, Principal, Partial<AccessRequest>?][] = [
    ['nobody allows', 'implicit', user()],
    ['the identity policy allows', 'allow', user(policy(allow))],
    ['the resource policy allows, same account', 'allow', user(), { resourcePolicy: policy(everyone) }],
    ['an identity Deny wins', 'deny', user(policy(allow, deny))],
    [
      'a resource Deny wins',
      'deny',
      user(policy(allow)),
      { resourcePolicy: policy({ ...deny, Principal: '*' }) },
    ],
    [
      'a session policy without a word on it',
      'implicit',
      { ...user(policy(allow)), sessionPolicies: [policy({ ...allow, Action: 's3:PutObject' })] },
    ],
    [
      'one session policy of two allows',
      'implicit',
      { ...user(policy(allow)), sessionPolicies: [policy(allow), policy({ ...allow, Resource: 'x' })] },
    ],
    ['session and identity allow', 'allow', { ...user(policy(allow)), sessionPolicies: [policy(allow)] }],
    ['a session Deny wins', 'deny', { ...user(policy(allow)), sessionPolicies: [policy(allow, deny)] }],
    ['another account: only its own side', 'implicit', { ...foreign, policies: [policy(allow)] }],
    ['another account: only the resource', 'implicit', foreign, { resourcePolicy: policy(everyone) }],
    [
      'another account: both',
      'allow',
      { ...foreign, policies: [policy(allow)] },
      { resourcePolicy: policy(everyone) },
    ],
    ['a stranger', 'implicit', stranger],
    ['a stranger the resource lets in', 'allow', stranger, { resourcePolicy: policy(everyone) }],
    ['a service', 'implicit', service, { resourcePolicy: policy({ ...allow, Principal: { AWS: account } }) }],
  ];
  test.each(cases)('%s: %s', (_name, expected, principal, more) => {
    expect(ask(principal, more)).toBe(expected);
  });
});

describe('principals', () => {
  const cases: [string, PolicyStatement['Principal'], Principal, Decision][] = [
    ['ARN', { AWS: `arn:aws:iam::${account}:user/other` }, user(), 'allow'],
    ['ARN in a list', { AWS: ['x', `arn:aws:iam::${account}:user/other`] }, user(), 'allow'],
    ['ARN without an account', { AWS: ['arn:aws:iam:::user/other'] }, user(), 'allow'],
    ['another ARN', { AWS: `arn:aws:iam::${account}:user/others` }, user(), 'implicit'],
    ['AWS: *', { AWS: '*' }, stranger, 'allow'],
    ['the account, which then asks its own policies', { AWS: account }, user(), 'implicit'],
    ['the service', { Service: 'cloudfront.amazonaws.com' }, service, 'allow'],
    ['another service', { Service: 'lambda.amazonaws.com' }, service, 'implicit'],
    ['a service by AWS', { AWS: 'cloudfront.amazonaws.com' }, service, 'implicit'],
    ['a user called like a service', { Service: 'cloudfront.amazonaws.com' }, user(), 'implicit'],
  ];
  test.each(cases)('%s', (_name, element, principal, expected) => {
    expect(
      ask(principal, { resourcePolicy: policy({ ...allow, ...(element && { Principal: element }) }) }),
    ).toBe(expected);
  });

  test('a Deny that names the account covers everyone in it', () => {
    const resourcePolicy = policy({ ...deny, Principal: { AWS: account } });
    expect(ask(user(policy(allow)), { resourcePolicy })).toBe('deny');
  });

  test('NotPrincipal spares the one it names', () => {
    const resourcePolicy = policy({
      Effect: 'Deny',
      NotPrincipal: { AWS: user().arn },
      Action: '*',
      Resource: '*',
    });
    expect(ask(user(policy(allow)), { resourcePolicy })).toBe('allow');
    expect(ask({ ...foreign, policies: [policy(allow)] }, { resourcePolicy })).toBe('deny');
  });
});

describe('KMS', () => {
  const key = `arn:aws:kms:us-east-1:${account}:key/1`;
  const decrypt: PolicyStatement = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key };
  const ofAccount = policy({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
  });
  const request = { action: 'kms:Decrypt', resource: key };

  test('an identity policy alone does not open a key', () => {
    expect(ask(user(policy(decrypt)), { ...request, resourcePolicy: policy() })).toBe('implicit');
  });
  test('a key policy that names the account leaves it to IAM', () => {
    expect(ask(user(policy(decrypt)), { ...request, resourcePolicy: ofAccount })).toBe('allow');
    expect(ask(user(), { ...request, resourcePolicy: ofAccount })).toBe('implicit');
  });
  test('a key policy that names the user is enough', () => {
    const resourcePolicy = policy({ ...decrypt, Principal: { AWS: user().arn }, Resource: '*' });
    expect(ask(user(), { ...request, resourcePolicy })).toBe('allow');
  });
});

describe('actions and resources', () => {
  const cases: [string, Partial<PolicyStatement>, Decision][] = [
    ['action in another case', { Action: 'S3:getobject' }, 'allow'],
    ['action with *', { Action: 's3:Get*' }, 'allow'],
    ['action with ?', { Action: 's3:?etObject' }, 'allow'],
    ['action as a prefix only', { Action: 's3:Get' }, 'implicit'],
    ['resource with *', { Resource: 'arn:aws:s3:::bucket/f*/o*e' }, 'allow'],
    ['resource in another case', { Resource: 'arn:aws:s3:::Bucket/*' }, 'implicit'],
    ['resource with a trailing star run', { Resource: `${arn}**` }, 'allow'],
    ['a list of resources', { Resource: ['x', arn] }, 'allow'],
  ];
  test.each(cases)('%s', (_name, change, expected) => {
    expect(ask(user(policy({ ...allow, ...change })))).toBe(expected);
  });

  test('NotAction and NotResource select the rest', () => {
    const rest = (NotAction: string, NotResource: string) =>
      ask(user(policy({ Effect: 'Allow', NotAction, NotResource })));
    expect(rest('s3:PutObject', 'x')).toBe('allow');
    expect(rest('s3:Get*', 'x')).toBe('implicit');
    expect(rest('s3:PutObject', 'arn:aws:s3:::bucket/*')).toBe('implicit');
  });

  test('a pattern of many stars takes no time', () => {
    const resource = `arn:aws:s3:::bucket/${'a'.repeat(1000)}`;
    const hostile = `arn:aws:s3:::bucket/${'*a'.repeat(500)}b`;
    expect(ask(user(policy({ ...allow, Resource: hostile })), { resource })).toBe('implicit');
  });
});

describe('policy variables', () => {
  const own: PolicyStatement = {
    ...allow,
    Resource: 'arn:aws:s3:::bucket/files/${cognito-identity.amazonaws.com:sub}/*',
  };
  const guest = (sub: string): Principal => ({
    ...user(policy(own)),
    contextKeys: { 'cognito-identity.amazonaws.com:sub': sub },
  });

  test('stand for the value of the session', () => {
    expect(ask(guest('one'), { resource: 'arn:aws:s3:::bucket/files/one/x' })).toBe('allow');
    expect(ask(guest('one'), { resource: 'arn:aws:s3:::bucket/files/two/x' })).toBe('implicit');
  });
  test('are taken literally, wildcards and all', () => {
    expect(ask(guest('*'), { resource: 'arn:aws:s3:::bucket/files/two/x' })).toBe('implicit');
    expect(ask(guest('*'), { resource: 'arn:aws:s3:::bucket/files/*/x' })).toBe('allow');
  });
  test('without a value void their statement, a Deny as well', () => {
    expect(ask(user(policy(own)), { resource: 'arn:aws:s3:::bucket/files//x' })).toBe('implicit');
    expect(ask(user(policy(allow, { ...deny, Resource: '*${aws:nothing}*' })))).toBe('allow');
  });
  test('may have a default', () => {
    expect(ask(user(policy({ ...allow, Resource: "arn:aws:s3:::bucket/${aws:no, 'files'}/one" })))).toBe(
      'allow',
    );
  });
  test('${*} is a star and nothing more', () => {
    const starred = user(policy({ ...allow, Resource: 'arn:aws:s3:::bucket/${*}' }));
    expect(ask(starred)).toBe('implicit');
    expect(ask(starred, { resource: 'arn:aws:s3:::bucket/*' })).toBe('allow');
  });
  test('know who asks', () => {
    const named = user(policy({ ...allow, Resource: 'arn:aws:s3:::bucket/${aws:username}/*' }));
    expect(ask(named, { resource: 'arn:aws:s3:::bucket/other/x' })).toBe('allow');
  });
  test('are plain text in policies of the older version', () => {
    const older = user({ Version: '2008-10-17', Statement: [own] });
    const resource = 'arn:aws:s3:::bucket/files/${cognito-identity.amazonaws.com:sub}/x';
    expect(ask(older, { resource })).toBe('allow');
  });
});

describe('conditions', () => {
  const yes = 'allow';
  const no = 'implicit';
  type Case = [NonNullable<PolicyStatement['Condition']>, AccessRequest['context'], Decision];
  const cases: Case[] = [
    [{ StringEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'b' }, yes],
    [{ StringEquals: { 's3:prefix': 'b' } }, { 's3:prefix': 'B' }, no],
    [{ StringEquals: { 's3:prefix': 'b' } }, {}, no],
    [{ StringEquals: { 'S3:Prefix': 'b' } }, { 's3:prefix': 'b' }, yes],
    [{ StringEquals: { 's3:prefix': '*' } }, { 's3:prefix': 'b' }, no],
    [{ StringEquals: { k: 'a', l: 'b' } }, { k: 'a' }, no],
    [{ StringEqualsIgnoreCase: { k: 'b' } }, { k: 'B' }, yes],
    [{ StringNotEquals: { k: ['a', 'b'] } }, { k: 'b' }, no],
    [{ StringNotEquals: { k: ['a', 'b'] } }, { k: 'c' }, yes],
    [{ StringNotEquals: { k: 'a' } }, {}, yes],
    [{ StringNotEqualsIgnoreCase: { k: 'a' } }, { k: 'A' }, no],
    [{ StringLike: { k: 'a/*' } }, { k: 'a/b' }, yes],
    [{ StringLike: { k: 'a/*' } }, { k: 'b/a/' }, no],
    [{ StringNotLike: { k: 'a/*' } }, { k: 'a/b' }, no],
    [{ StringNotLike: { k: 'a/*' } }, {}, yes],
    [{ StringLike: { k: '${aws:unknown}*' } }, { k: 'a' }, no],
    [{ StringNotLike: { k: '${aws:unknown}*' } }, {}, no],
    [{ ArnLike: { k: 'arn:aws:s3:*:*:b*' } }, { k: 'arn:aws:s3:::bucket' }, yes],
    [{ ArnLike: { k: 'arn:aws:*:bucket' } }, { k: 'arn:aws:s3:::bucket' }, no],
    [{ ArnEquals: { k: 'arn:aws:sns:x:1:a:*' } }, { k: 'arn:aws:sns:x:1:a:b:c' }, yes],
    [{ ArnNotLike: { k: 'arn:aws:s3:::b*' } }, { k: 'arn:aws:s3:::bucket' }, no],
    [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/*' } }, {}, yes],
    [{ Bool: { 'aws:SecureTransport': 'true' } }, {}, yes],
    [{ Bool: { 'aws:SecureTransport': false } }, {}, no],
    [{ Bool: { 'aws:SecureTransport': 'false' } }, { 'aws:securetransport': 'false' }, yes],
    [{ Null: { k: 'true' } }, {}, yes],
    [{ Null: { k: 'true' } }, { k: '' }, no],
    [{ Null: { k: false } }, { k: '' }, yes],
    [{ NumericLessThanEquals: { k: '10' } }, { k: '10' }, yes],
    [{ NumericLessThan: { k: '10' } }, { k: '9.5' }, yes],
    [{ NumericGreaterThan: { k: '10' } }, { k: '9' }, no],
    [{ NumericGreaterThanEquals: { k: '10' } }, { k: 'ten' }, no],
    [{ NumericEquals: { k: '1.0' } }, { k: '1' }, yes],
    [{ NumericNotEquals: { k: '1' } }, { k: '1' }, no],
    [{ DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }, {}, yes],
    [{ DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }, {}, no],
    [{ DateGreaterThanEquals: { 'aws:EpochTime': '1577836800' } }, {}, yes],
    [{ DateLessThanEquals: { k: '2020-01-01T00:00:00Z' } }, { k: '1577836800' }, yes],
    [{ DateEquals: { k: '2020-01-01T00:00:00Z' } }, { k: '2020-01-01T01:00:00+01:00' }, yes],
    [{ DateNotEquals: { k: '2020-01-01T00:00:00Z' } }, { k: '2020-01-01T00:00:00Z' }, no],
    [{ IpAddress: { k: '10.0.0.0/8' } }, { k: '10.1.2.3' }, yes],
    [{ IpAddress: { k: '10.0.0.0/8' } }, { k: '11.1.2.3' }, no],
    [{ NotIpAddress: { k: '::1' } }, { k: '::1' }, no],
    [{ StringEqualsIfExists: { k: 'a' } }, {}, yes],
    [{ StringEqualsIfExists: { k: 'a' } }, { k: 'b' }, no],
    [{ 'ForAnyValue:StringEquals': { k: ['a', 'b'] } }, { k: ['c', 'b'] }, yes],
    [{ 'ForAnyValue:StringEquals': { k: ['a', 'b'] } }, {}, no],
    [{ 'ForAnyValue:StringNotEquals': { k: 'a' } }, {}, no],
    [{ 'ForAllValues:StringEquals': { k: ['a', 'b'] } }, { k: ['a', 'b', 'a'] }, yes],
    [{ 'ForAllValues:StringEquals': { k: ['a', 'b'] } }, { k: ['a', 'c'] }, no],
    [{ 'ForAllValues:StringEquals': { k: 'a' } }, {}, yes],
    [{ 'ForAllValues:StringLikeIfExists': { k: 'a*' } }, { k: 'ab' }, yes],
  ];
  test.each(cases)('%j with %j: %s', (Condition, context, expected) => {
    expect(ask(user(policy({ ...allow, Condition })), { context })).toBe(expected);
  });

  test('a negated operator on an absent key makes a Deny bite', () => {
    const Condition = { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } };
    expect(ask(user(policy(allow, { ...deny, Condition })))).toBe('deny');
  });
});

describe('what is no policy', () => {
  const cases: [string, unknown, RegExp][] = [
    ['nothing', null, /Statement/],
    ['no statements', { Statement: [] }, /Statement/],
    ['effect', { Statement: [{ ...allow, Effect: 'Maybe' }] }, /effect: Maybe/],
    ['two kinds of action', { Statement: [{ ...allow, NotAction: 'x' }] }, /Action/],
    ['no resource', { Statement: [{ Effect: 'Allow', Action: '*' }] }, /Resource/],
    ['operator', { Statement: [{ ...allow, Condition: { StringSame: { k: 'v' } } }] }, /StringSame/],
  ];
  test.each(cases)('%s', (_name, document, message) => {
    expect(policyFault(document)).toMatch(message);
  });
  test('a good one has no fault', () => {
    expect(policyFault(policy(allow, deny))).toBeUndefined();
  });
});
