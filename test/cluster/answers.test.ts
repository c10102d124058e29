import { describe, expect, test } from 'vitest';
import { errorOfAnswer, errorOfConnection } from '../../src/cluster/answers';
import type { ApiCall } from '../../src/cluster/cluster';

const SERVER = 'https://10.0.0.1:6443';
const call: ApiCall = { purpose: 'apply the ConfigMap', method: 'PATCH', path: '/api/v1/x', quotable: true };

describe('errorOfConnection', () => {
  const codeOf = (code: string, name = 'Error') =>
    errorOfConnection(call, SERVER, Object.assign(new Error('a reason'), { code, name })).code;

  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENETDOWN',
    'ETIMEDOUT',
    'EPIPE',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EAI_FAIL',
    'EADDRNOTAVAIL',
    '',
  ])('a server that cannot be reached is unreachable: %j', (code) => {
    expect(codeOf(code)).toBe('ERR_EGGTOOTH_UNREACHABLE');
  });

  test.each([
    'INVALID_PURPOSE',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'CERT_SIGNATURE_FAILURE',
    'CERT_UNTRUSTED',
    'CERT_REJECTED',
    'INVALID_CA',
    'PATH_LENGTH_EXCEEDED',
    'HOSTNAME_MISMATCH',
    'UNSPECIFIED',
    'ERROR_IN_CERT_NOT_AFTER_FIELD',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('a server whose certificate is not verified is not trusted: %s', (code) => {
    expect(codeOf(code)).toBe('ERR_EGGTOOTH_CA');
  });

  test.each([
    'EPROTO',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'ERR_STREAM_PREMATURE_CLOSE',
    'HPE_INVALID_CONSTANT',
  ])('a server that answers something else is reached: %s', (code) => {
    expect(codeOf(code)).toBe('ERR_EGGTOOTH_API');
  });

  test('a call without an answer in time is unreachable, whatever its code', () => {
    expect(codeOf('ABORT_ERR', 'AbortError')).toBe('ERR_EGGTOOTH_UNREACHABLE');
    expect(codeOf('23', 'TimeoutError')).toBe('ERR_EGGTOOTH_UNREACHABLE');
  });
});

describe('errorOfAnswer for a conflict', () => {
  const conflict = (...managers: string[]) =>
    JSON.stringify({
      kind: 'Status',
      reason: 'Conflict',
      message: 'Apply failed with conflicts',
      details: {
        causes: managers.map((manager) => ({
          reason: 'FieldManagerConflict',
          message: `conflict with "${manager}" using v1`,
          field: '.data.key',
        })),
      },
      code: 409,
    });

  test('with other field managers names them and the fields, and is final', () => {
    const error = errorOfAnswer(call, SERVER, 409, conflict('kubectl-edit', 'helm', 'helm'));

    expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_FOREIGN', retryable: false, status: 409 });
    expect(error.problem).toBe(
      "cannot apply the ConfigMap: it is not eggtooth's, and would overwrite what kubectl-edit, helm wrote in .data.key",
    );
  });

  test('names the fields of each field manager, if they differ', () => {
    const causes = [
      ['a', '.spec.x'],
      ['b', '.spec.y'],
      ['a', '.spec.z'],
    ].map(([manager, field]) => ({ reason: 'FieldManagerConflict', message: `conflict with "${manager}"`, field }));

    expect(errorOfAnswer(call, SERVER, 409, JSON.stringify({ details: { causes } })).problem).toMatch(
      / what a wrote in \.spec\.x, \.spec\.z and b wrote in \.spec\.y$/,
    );
  });

  test('names no fields of an object that must not be quoted', () => {
    expect(errorOfAnswer({ ...call, quotable: false }, SERVER, 409, conflict('x')).message).not.toContain('.data');
  });

  test('prints the name of a field manager without control characters', () => {
    expect(errorOfAnswer(call, SERVER, 409, conflict('a\u001b[31m')).problem).toContain('a\\u{1b}[31m');
  });

  test('of any other kind is transient', () => {
    for (const body of ['', '{}', '{"details":{"causes":[{"reason":"Other","message":"conflict with \\"x\\""}]}}']) {
      expect(errorOfAnswer(call, SERVER, 409, body)).toMatchObject({ code: 'ERR_EGGTOOTH_API', retryable: true });
    }
  });
});

describe('errorOfAnswer for a refusal', () => {
  const status = (message: string, details = {}) => JSON.stringify({ kind: 'Status', message, details });
  const patch: ApiCall = {
    ...call,
    path: '/api/v1/namespaces/shop/secrets/tls',
    contentType: 'application/apply-patch+yaml',
    quotable: false,
  };
  const forbidden = (user: string, rest = '') =>
    status(
      `secrets "tls" is forbidden: User ${user} cannot patch resource "secrets" in API group "" in the namespace "shop"${rest}`,
      {
        name: 'tls',
      },
    );
  const errorOf = (body: string, code = 403, one = patch) => errorOfAnswer(one, SERVER, code, body);

  test.each([
    ['"jane"', 'the user jane'],
    ['"oidc:jane &lt;jane@example.org&gt;"', 'the user oidc:jane <jane@example.org>'],
    ['"a\\"b"', 'the user a"b'],
    ['"system:serviceaccount:ci:deployer"', 'the ServiceAccount ci/deployer'],
  ])('of RBAC names the user and the rule, although the object must not be quoted: %s', (user, holder) => {
    const error = errorOf(forbidden(user, ': RBAC: clusterrole "x" not found'));

    expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_FORBIDDEN', refusal: 'permission' });
    expect(error.fix).toBe(
      `grant this permission: {apiGroups: [""], resources: [secrets], resourceNames: [tls], verbs: [create, patch]} to ${holder}, in a Role in the namespace shop`,
    );
    expect(error.problem).toContain(' may not patch secrets tls in the namespace shop');
  });

  test('of RBAC for impersonation names that rule, not that of the call', () => {
    const body = status(
      'users "x" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
      {
        name: 'x',
      },
    );
    expect(errorOf(body).fix).toBe(
      'grant this permission: {apiGroups: [""], resources: [users], resourceNames: [x], verbs: [impersonate]} to the user jane, in a ClusterRole',
    );
  });

  test('of nobody asks for credentials, not for rights', () => {
    expect(errorOf(forbidden('"system:anonymous"')).fix).toBe('use a kubeconfig with credentials');
  });

  test('without a reason of the API server does not ask for rights alone', () => {
    const error = errorOf('<html>Forbidden</html>');
    expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_FORBIDDEN', refusal: 'unknown' });
    expect(error.fix).toContain('check that no proxy in between forbids it');
    expect(error.fix).toContain(
      '{apiGroups: [""], resources: [secrets], resourceNames: [tls], verbs: [create, patch]}',
    );
  });

  test.each([
    ['terminating', 403, status('x', { causes: [{ reason: 'NamespaceTerminating' }] })],
    [
      'quota',
      403,
      status('pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'),
    ],
    ['quota', 403, status('pods "x" is forbidden: failed quota: q: must specify limits.cpu for: main')],
    [
      'quota',
      403,
      status('pods "x" is forbidden: insufficient quota to match these scopes: [{PriorityClass In [system]}]'),
    ],
    ['pod-security', 403, status('pods "x" is forbidden: violates PodSecurity "restricted:latest": host namespaces')],
    [
      'limit-range',
      403,
      status(
        'pods "x" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Pod is 1]',
      ),
    ],
    [
      'service-account',
      403,
      status('pods "x" is forbidden: error looking up service account a/b: serviceaccount "b" not found'),
    ],
    ['node-restriction', 403, status('nodes "n" is forbidden: node "m" is not allowed to modify node "n"')],
    [
      'webhook',
      403,
      status('admission webhook "w" denied the request: User "x" cannot get resource "y" in API group ""'),
    ],
    ['webhook', 400, status('admission webhook "w" denied the request without explanation')],
    ['admission', 403, status('services "x" is forbidden: Use of external IPs is denied by admission control')],
    [
      'policy',
      422,
      status("configmaps \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"),
    ],
    [
      'immutable',
      422,
      status('x', {
        causes: [
          {
            reason: 'FieldValueForbidden',
            message: 'Forbidden: field is immutable when `immutable` is set',
            field: 'data',
          },
        ],
      }),
    ],
    ['missing-namespace', 404, status('namespaces "x" not found', { kind: 'namespaces', name: 'x' })],
    ['no-agent', 503, status('error trying to reach service: No agent available')],
    [
      'no-agent',
      500,
      status(
        'error trying to reach service: proxy error from 127.0.0.1:8131 while dialing 10.0.0.2:8123, code 503: No agent available',
      ),
    ],
  ])('names what refuses it, with a fix of its own: %s, %i', (refusal, code, body) => {
    const error = errorOf(body, code);
    expect(error.refusal).toBe(refusal);
    expect(error.fix).not.toContain('grant this permission');
    expect(error.fix).not.toContain('check the object with --dry-run');
  });

  test.each([
    [
      'a webhook that repeats a policy',
      'admission webhook "w" denied the request: x "y" is forbidden: ValidatingAdmissionPolicy \'p\' with binding \'b\' denied request: ',
    ],
    ['an object that is named like a user', 'configmaps "x is forbidden: User \\"a\\" cannot" is invalid: no'],
  ])('is not taken in by %s', (_, message) => {
    const error = errorOf(status(message), 422);
    expect(error.deniedBy).toBeUndefined();
    expect(error.refusal).not.toBe('permission');
  });

  test('of a webhook that does not answer is transient, but final for a dry run', () => {
    const body = status(
      'Internal error occurred: failed calling webhook "w": failed to call webhook: connection refused',
    );
    expect(errorOf(body, 500)).toMatchObject({ refusal: 'webhook-failed', retryable: true });
    expect(errorOf(body, 500, { ...patch, query: { dryRun: 'All' } })).toMatchObject({ retryable: false });
  });
});
