import { describe, expect, test } from 'vitest';
import { errorOfAnswer } from '../../../src/cluster/answers';
import { EggtoothError } from '../../../src/errors';
import { assertVerified, type CheckSubject, printCheck, runCheck } from '../../../src/signing/verify/check';
import { errorOf } from '../../support/errors';

const repository = { namespace: 'platform', name: 'system' };
const endpoint = 'https://10.0.0.1:6443';

test.each<readonly [CheckSubject, string]>([
  [{ check: 'identity', endpoint }, 'identity at https://10.0.0.1:6443'],
  [{ check: 'index', repository }, 'index platform/system'],
  [{ check: 'refused', endpoint, what: 'secrets' }, 'refused: secrets'],
  [{ check: 'refused', endpoint, what: 'other-pods' }, 'refused: other pods'],
  [{ check: 'flux', repository }, 'flux platform/system'],
  [{ check: 'revoked-user', user: 'reader', route: '/api/v1/x/proxy' }, 'revoked: user reader'],
  [{ check: 'revoked-certificate', repository }, 'revoked: old certificate at index platform/system'],
  [{ check: 'revoked-rights', endpoint }, 'revoked: other rights of the old certificate at https://10.0.0.1:6443'],
  [{ check: 'gone' }, 'gone'],
])('printCheck prints %j as %s', (subject, text) => {
  expect(printCheck(subject)).toBe(text);
});

describe('runCheck', () => {
  const subject = { check: 'index', repository } as const;
  const failing = (error: Error) => () => Promise.reject(error);

  test('returns what was seen', async () => {
    expect(await runCheck(subject, async () => ({ ok: true, detail: '200' }))).toEqual({
      check: 'index',
      repository,
      ok: true,
      detail: '200',
    });
  });

  test('returns an EggtoothError as a failed check', async () => {
    const error = new EggtoothError('ERR_EGGTOOTH_FORBIDDEN', 'it is forbidden');

    expect(await runCheck(subject, failing(error))).toEqual({ ...subject, ok: false, detail: 'it is forbidden' });
  });

  test('returns the fix if the API server has no way to the pod', async () => {
    const call = { purpose: 'read the index', method: 'GET', path: '/api/v1/namespaces/a/pods/b/proxy/' } as const;
    const answer = '{"kind":"Status","message":"error trying to reach service: No agent available"}';
    const error = errorOfAnswer(call, 'https://10.0.0.1:6443', 503, answer);

    expect(await runCheck(subject, failing(error))).toEqual({
      ...subject,
      ok: false,
      detail: expect.stringContaining('no konnectivity agent is connected (No agent available)'),
      fix: expect.stringContaining('start the konnectivity agents'),
    });
  });

  test('throws an EggtoothError with a fatal code, and any other error', async () => {
    const fatal = new EggtoothError('ERR_EGGTOOTH_CA', 'it is not trusted');

    await expect(runCheck(subject, failing(fatal), ['ERR_EGGTOOTH_CA'])).rejects.toBe(fatal);
    await expect(runCheck(subject, failing(new TypeError('a fault')))).rejects.toThrow(TypeError);
  });
});

describe('assertVerified', () => {
  test('throws ERR_EGGTOOTH_VERIFICATION with every failed check', () => {
    const checks = [
      { check: 'index', repository, ok: true, detail: '200' },
      { check: 'flux', repository, ok: false, detail: '403' },
      { check: 'gone', ok: false, detail: 'Secret platform/tls is left' },
    ] as const;

    const error = errorOf('ERR_EGGTOOTH_VERIFICATION', () => assertVerified(checks, 'not verified', 'run again'));

    expect(error.problem).toBe('not verified:\n  flux platform/system: 403\n  gone: Secret platform/tls is left');
  });

  test('accepts checks that are all ok', () => {
    expect(() => assertVerified([{ check: 'gone', ok: true, detail: '' }], 'not verified', 'run again')).not.toThrow();
  });
});
