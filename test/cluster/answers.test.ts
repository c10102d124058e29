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
