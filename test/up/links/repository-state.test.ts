import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { explain } from '../../../src/up/links/explain';
import { explainUpstream } from '../../../src/up/links/explain-upstream';
import { repositoryState } from '../../../src/up/links/repository-state';

const ASKED = '2026-03-01T12:00:00.000Z';
const now = new Date('2026-03-01T12:00:05Z');

/** A HelmRepository with the status that source-controller writes. */
function repository(
  ready: object | undefined,
  status: object = {},
  asked: string | null = ASKED,
  url = 'https://10.0.0.1:6443/api/v1/namespaces/a/pods/b-0:8123/proxy/repos/x',
): KubeObject {
  const annotations: Record<string, string> = asked === null ? {} : { 'reconcile.fluxcd.io/requestedAt': asked };
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { name: 'system', namespace: 'platform', annotations, ...{ generation: 2 } },
    spec: { url },
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

  const UPSTREAM = 'https://charts.example';

  test.each([
    ['once', '429 Too Many Requests'],
    ['again', '403 Forbidden'],
    ['again', '404 Not Found'],
  ])('requests a reconciliation %s after %s of a server upstream', (reconcile, answer) => {
    const object = repository(bad(`failed to fetch x : ${answer} `), {}, ASKED, UPSTREAM);

    expect(repositoryState(object, undefined, now)).toMatchObject({ waiting: false, reconcile });
  });

  test.each([
    ['the server has nothing at that address', UPSTREAM],
    ['the pod is gone, or does not serve that path', 'http://localhost:8123/charts'],
    ['the pod is gone, or does not serve that path', 'http://[::1]:8123/charts'],
  ])('returns %s after a 404 of %s', (cause, url) => {
    const object = repository(bad(`failed to fetch ${url}/index.yaml : 404 Not Found`), {}, ASKED, url);

    expect(repositoryState(object, undefined, now).broken?.problem).toContain(cause);
    const chart = { ...object, kind: 'HelmChart', spec: {} };
    expect(repositoryState(chart, undefined, now).broken?.problem).toContain(cause);
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

describe('explainUpstream', () => {
  const H = 'failed to fetch Helm repository index: failed to cache index to temporary file: ';
  const C = 'https://charts.example/index.yaml';
  const O = 'failed to determine artifact digest: GET https://r.example/v2/x/manifests/1: ';

  test.each([
    [`${H}failed to fetch ${C} : 404 Not Found`, 'nothing at that address', 'helm repo add'],
    [`${H}failed to fetch ${C} : 401 Unauthorized`, 'denies access', 'spec.secretRef'],
    [`${H}failed to fetch ${C} : 403 Forbidden`, 'denies access', 'spec.secretRef'],
    [`${H}failed to fetch ${C} : 429 Too Many Requests`, 'limits how often', 'wait'],
    [`${H}failed to fetch ${C} : 503 Service Unavailable`, 'cannot answer now', 'wait'],
    [
      `failed to get authentication secret 'a/b': secrets "b" not found`,
      'does not exist',
      'create what the message names',
    ],
    [`${H}Get "${C}": dial tcp: lookup charts.example on 10.0.0.2:53: no such host`, 'cannot be resolved', 'the node'],
    [`${H}Get "${C}": x509: certificate signed by unknown authority`, 'does not trust', 'spec.certSecretRef'],
    [`${H}Get "${C}": dial tcp 192.0.2.1:443: i/o timeout`, 'nothing answers', 'proxy'],
    ['no chart version found for cilium-9.9.9', 'no such chart or version', 'the index of the repository'],
    [`${O}MANIFEST_UNKNOWN: manifest unknown`, 'does not have the artifact', 'spec.ref'],
    [
      `failed to determine the artifact tag for 'oci://r.example/x': no match found for semver: ~9`,
      'does not have the artifact',
      'spec.ref',
    ],
    [`${O}UNAUTHORIZED: authentication required`, 'denies access to Flux', 'spec.secretRef'],
    [`${O}TOOMANYREQUESTS: You have reached your pull rate limit`, 'limits how often', 'wait'],
    [
      'to use spec.serviceAccountName for provider authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller',
      'may not use the identity',
      '--feature-gates=ObjectLevelWorkloadIdentity=true',
    ],
    ["failed to find layer with media type 'x' in artifact", 'is no Helm chart', 'helm push'],
    ['Get "https://r:5000/v2/": http: server gave HTTP response to HTTPS client', 'no TLS', 'spec.insecure'],
  ])('returns the cause of: %s', (text, cause, advice) => {
    const { meaning, fix } = explainUpstream(text);

    expect(meaning).toContain(cause);
    expect(meaning).toContain(`(${text})`);
    expect(fix).toContain(advice);
  });
});
