import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { explain } from '../../../src/up/links/explain';
import { repositoryState } from '../../../src/up/links/repository-state';

const ASKED = '2026-03-01T12:00:00.000Z';
const now = new Date('2026-03-01T12:00:05Z');

/** A HelmRepository with the status that source-controller writes. */
function repository(ready: object | undefined, status: object = {}, asked: string | null = ASKED): KubeObject {
  const annotations: Record<string, string> = asked === null ? {} : { 'reconcile.fluxcd.io/requestedAt': asked };
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { name: 'system', namespace: 'platform', annotations, ...{ generation: 2 } },
    status: {
      observedGeneration: 2,
      lastHandledReconcileAt: asked ?? undefined,
      conditions: ready === undefined ? [] : [{ type: 'Ready', observedGeneration: 2, ...ready }],
      artifact: { revision: 'sha256:abc' },
      ...status,
    },
  };
}

const good = { status: 'True', reason: 'Succeeded', message: "stored artifact: revision 'sha256:abc'" };
const bad = (message: string, reason = 'Failed') => ({ status: 'False', reason, message });

describe('repositoryState of a repository that Flux has read', () => {
  test.each<[string, KubeObject, Date?]>([
    ['after a reconcile request', repository(good)],
    ['without a reconcile request', repository(good, {}, null)],
    ['after the certificate was issued', repository(good), new Date('2026-03-01T11:59:59Z')],
  ])('returns the revision: %s', (_, object, since) => {
    expect(repositoryState(object, since, now)).toEqual({ waiting: false, revision: 'sha256:abc' });
  });
});

describe('repositoryState of a repository that Flux has not read', () => {
  test.each<[string, KubeObject, string, object, Date?]>([
    [
      'no controller has reconciled it',
      repository(undefined, { observedGeneration: -1, lastHandledReconcileAt: undefined }),
      'no source-controller has reconciled it',
      { waiting: true },
    ],
    [
      'the last reconcile request is not handled',
      repository(good, { lastHandledReconcileAt: 'before' }),
      `source-controller has not reconciled it since ${ASKED}`,
      { waiting: true },
    ],
    [
      'its spec has changed',
      repository(good, { observedGeneration: 1 }, null),
      'source-controller has not reconciled it since its last change',
      { waiting: true },
    ],
    [
      'Flux is reading it',
      repository({ status: 'Unknown', reason: 'Progressing', message: 'building artifact' }),
      'Flux is reading it (building artifact)',
      { waiting: true },
    ],
    [
      'it was read with another certificate',
      repository(good),
      'Flux has not read it with this certificate',
      { waiting: true, reconcile: 'once' },
      new Date('2026-03-01T12:00:01Z'),
    ],
    [
      'it was read without a reconcile request',
      repository(good, {}, null),
      'Flux has not read it with this certificate',
      { waiting: true, reconcile: 'once' },
      new Date('2026-03-01T12:00:01Z'),
    ],
    [
      'its first read failed, which leaves status.observedGeneration as it was',
      repository(bad('x : 404 Not Found'), { observedGeneration: -1 }),
      'Flux cannot read it: the pod is gone, or does not serve that path (Failed: x : 404 Not Found)',
      { waiting: false, reconcile: 'again' },
    ],
    [
      'it failed before the last reconcile request',
      repository(bad('x : 404 Not Found'), { lastHandledReconcileAt: 'before' }),
      'Flux cannot read it: the pod is gone, or does not serve that path (Failed: x : 404 Not Found)',
      { waiting: true },
    ],
    [
      'it is forbidden, and each request prolongs the use of the connection',
      repository(bad('x : 403 Forbidden')),
      'Flux cannot read it: the API server forbids it: Role and RoleBinding do not allow this exact route to its user (Failed: x : 403 Forbidden)',
      { waiting: false, reconcile: 'once' },
    ],
  ])('returns the reason and a fix: %s', (_, object, problem, rest, since) => {
    const state = repositoryState(object, since, now);

    expect(state).toMatchObject({ broken: { problem, object: { kind: 'HelmRepository', name: 'system' } } });
    expect({ ...state, broken: undefined }).toEqual(rest);
    expect(state.broken?.fix).toMatch(/\w/);
  });

  test('returns since when a reconcile request is not handled', () => {
    const later = new Date('2026-03-01T12:00:16Z');
    const object = repository(bad('x : 404 Not Found'), { lastHandledReconcileAt: 'before' });

    expect(repositoryState(object, undefined, later).broken?.problem).toBe(
      `source-controller has not reconciled it since ${ASKED}`,
    );
  });
});

describe('explain', () => {
  const F = 'failed to fetch Helm repository index: failed to cache index to temporary file: ';
  const U = 'https://10.0.0.1:6443/api/v1/namespaces/a/pods/b-0:8123/proxy/repos/x/index.yaml';
  test.each([
    ['failed to get TLS authentication secret \'ns/n\': secrets "n" not found', 'its Secret does not exist'],
    [
      "failed to construct Helm client's TLS config: secret 'ns/n' contains 'tls.crt' but missing 'tls.key'",
      'its Secret does not contain a matching certificate, key and CA',
    ],
    [
      "failed to construct Helm client's TLS config: secret 'ns/n' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'",
      'its Secret does not contain',
    ],
    [
      'failed to parse TLS certificate and key: tls: private key does not match public key',
      'its Secret does not contain',
    ],
    ['failed to parse CA certificate', 'its Secret does not contain'],
    [
      `${F}Get "${U}": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
      'the CA in its Secret did not sign',
    ],
    [
      `${F}Get "${U}": tls: failed to verify certificate: x509: certificate is valid for 127.0.0.1, 10.96.0.1, not 10.200.0.11`,
      'does not contain the host of the URL',
    ],
    [
      `${F}Get "${U}": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 1970`,
      'is not valid now',
    ],
    [`${F}failed to fetch ${U} : 403 Forbidden`, 'the API server forbids it'],
    [`${F}failed to fetch ${U} : 401 Unauthorized`, 'the API server rejects the certificate'],
    [`${F}failed to fetch ${U} : 404 Not Found`, 'the pod is gone, or does not serve that path'],
    [`${F}failed to fetch ${U} : 400 Bad Request`, 'the pod has no address yet'],
    [`${F}failed to fetch ${U} : 503 Service Unavailable`, 'nothing listens on that port'],
    [`${F}Get "${U}": dial tcp 10.0.0.1:6443: connect: connection refused`, 'nothing answers at the address'],
    [`${F}Get "${U}": dial tcp: lookup api on 10.0.0.2:53: no such host`, 'the host of the URL cannot be resolved'],
    [
      `${F}Get "${U}": proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused`,
      'the proxy in the environment of Flux',
    ],
    [
      'failed to load Helm repository from index YAML: failed to load index: error unmarshaling JSON: while decoding JSON',
      'does not serve the index of a chart repository',
    ],
    [
      'failed to pull artifact: GET https://r/v2/x/manifests/1: MANIFEST_UNKNOWN: manifest unknown',
      'the registry does not have',
    ],
    [
      'failed to pull artifact: GET https://r/v2/x/manifests/1: UNAUTHORIZED: authentication required',
      'the registry denies access to Flux',
    ],
  ])('returns the cause of: %s', (text, cause) => {
    const { meaning, fix } = explain(text);

    expect(meaning).toContain(cause);
    expect(meaning).toContain(`(${text})`);
    expect(fix).not.toContain('fix what the message names');
  });

  test('returns an unknown message unchanged', () => {
    expect(explain('never seen')).toEqual({
      meaning: 'never seen',
      fix: 'fix what the message names, then run again',
    });
  });
});
