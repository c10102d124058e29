import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import {
  type ControlPlane,
  eventually,
  type KubeObject,
  makeCharts,
  type Pod,
  readiness,
  runPod,
  startControlPlane,
  startFlux,
  useExistingCluster,
} from './index';
import { chosenKubernetes, kubernetesVersions } from './kubernetes-versions';
import { createClientRequest } from './pki';

const namespace = 'assets';
const route = `/api/v1/namespaces/${namespace}/pods/assets-0/proxy`;

let cluster: ControlPlane;
let other: ControlPlane;

beforeAll(async () => {
  [cluster, other] = await Promise.all([startControlPlane(), startControlPlane()]);
});
afterAll(() => Promise.all([cluster?.stop(), other?.stop()]));

describe('two control planes in one sandbox', () => {
  test('have different addresses and different objects', async () => {
    await cluster.kubectl(['create', 'namespace', 'only-here']);

    expect(other.address).not.toBe(cluster.address);
    await expect(other.kubectl(['get', 'namespace', 'only-here'])).rejects.toThrow('not found');
  });

  test('run the version of Kubernetes that was chosen', async () => {
    const { serverVersion } = JSON.parse(await cluster.kubectl(['version', '-o', 'json']));
    expect(serverVersion.gitVersion).toBe(kubernetesVersions[chosenKubernetes]);
  });

  test('accept only client certificates of their own authority', async () => {
    const kubeconfig = await cluster.kubeconfigFor({ user: 'reader', groups: ['team-a', 'team-b'] });
    const whoami = ['--kubeconfig', kubeconfig, 'auth', 'whoami', '-o', 'json'];

    const { status } = JSON.parse(await cluster.kubectl(whoami));
    expect(status.userInfo.username).toBe('reader');
    expect(status.userInfo.groups).toEqual(['team-a', 'team-b', 'system:authenticated']);
    await expect(other.kubectl([...whoami, '--server', other.url, '--insecure-skip-tls-verify'])).rejects.toThrow();
  });

  test('answer at a second address that their certificate contains', async () => {
    const names = ['get', 'namespaces', '-o', 'name'];
    expect(await cluster.kubectl([...names, '--server', cluster.secondUrl])).toBe(await cluster.kubectl(names));
  });
});

describe('restartApiServer', () => {
  test('keeps all objects and the address', async () => {
    const started = async () => {
      const metrics = await other.kubectl(['get', '--raw', '/metrics']);
      return Number(/^process_start_time_seconds (\S+)$/m.exec(metrics)?.[1]);
    };
    await other.kubectl(['create', 'namespace', 'kept']);
    const before = await started();
    await other.restartApiServer();

    expect(await started()).toBeGreaterThan(before);
    expect(await other.kubectl(['get', 'namespace', 'kept', '-o', 'name'])).toBe('namespace/kept\n');
  });
});

describe('startControlPlane', () => {
  test('throws an error with the end of the log if a server does not start, and leaves nothing behind', async () => {
    const assets = mkdtempSync(join(tmpdir(), 'assets-'));
    writeFileSync(join(assets, 'etcd'), '#!/bin/sh\necho no ink left\nexit 3\n', { mode: 0o755 });
    vi.stubEnv('KUBEBUILDER_ASSETS', assets);
    try {
      await expect(startControlPlane()).rejects.toThrow('etcd ended with code 3; the end of its log:\nno ink left');
      expect(logsOf('etcd').filter((log) => log.includes('no ink left'))).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      rmSync(assets, { recursive: true });
    }
  });

  test('throws an error with the fix outside a sandbox', async () => {
    vi.stubEnv('EGGTOOTH_SANDBOX', undefined);
    await expect(startControlPlane()).rejects.toThrow('build.ts sandbox) COMMAND`');
    vi.unstubAllEnvs();
  });
});

describe('the controllers', () => {
  test('sign a request that kubectl approves', async () => {
    const { request } = await createClientRequest({ user: 'someone' });
    await cluster.kubectl(
      ['create', '-f', '-'],
      JSON.stringify({
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: 'someone' },
        spec: {
          request: Buffer.from(request).toString('base64'),
          signerName: 'kubernetes.io/kube-apiserver-client',
          usages: ['client auth'],
        },
      }),
    );
    await cluster.kubectl(['certificate', 'approve', 'someone']);

    const certificate = await eventually(async () => {
      const issued = await cluster.kubectl(['get', 'csr', 'someone', '-o', 'jsonpath={.status.certificate}']);
      return issued !== '' && Buffer.from(issued, 'base64').toString();
    });
    expect(certificate).toMatch(/^-----BEGIN CERTIFICATE-----/);
  });
});

describe('an existing cluster', () => {
  test('signs client certificates with its own signer, and keeps no request', async () => {
    const existing = await useExistingCluster(cluster.kubeconfig);
    const kubeconfig = await existing.kubeconfigFor({ user: 'guest', name: 'guest-by-csr' });

    expect(await existing.kubectl(['--kubeconfig', kubeconfig, 'auth', 'whoami'])).toContain('guest');
    expect(await existing.kubectl(['get', 'csr', '-o', 'name'])).not.toContain('control-plane-tools');
    expect(existing).toMatchObject({ url: cluster.url, ca: cluster.ca, existing: true });
    await existing.stop();
  });
});

describe('a pod that serves charts', () => {
  let charts: string;
  let pod: Pod;

  beforeAll(async () => {
    charts = mkdtempSync(join(tmpdir(), 'charts-'));
    await makeCharts(charts, { 'repos/system': [{ name: 'demo', values: { greeting: 'hello' } }] });
    await cluster.apply(assetsServer());
    pod = await runPod(cluster, { namespace, name: 'assets-0', port: 8123, folder: charts });
  });
  afterAll(() => rmSync(charts, { recursive: true, force: true }));

  test('is indexed with relative URLs', () => {
    const index = parse(readFileSync(join(charts, 'repos/system/index.yaml'), 'utf8'));
    expect(index.entries.demo[0].urls).toEqual(['demo-0.1.0.tgz']);
  });

  test('is ready for its StatefulSet', async () => {
    const status = ['rollout', 'status', 'statefulset/assets', '-n', namespace, '--timeout=180s'];
    expect(await cluster.kubectl(status)).toContain('partitioned roll out complete');
  });

  test('answers through pods/proxy', async () => {
    expect(await cluster.kubectl(['get', '--raw', `${route}/repos/system/index.yaml`])).toContain('demo-0.1.0.tgz');
    expect(pod.requests).toContain('/repos/system/index.yaml');
  });

  test('answers through services/proxy', async () => {
    const path = `/api/v1/namespaces/${namespace}/services/assets:http/proxy/repos/system/index.yaml`;
    expect(await eventually(() => cluster.kubectl(['get', '--raw', path]))).toContain('demo-0.1.0.tgz');
  });

  test('is read by source-controller with a client certificate', async () => {
    await cluster.apply(fluxCrds(newestFlux));
    const flux = await startFlux(cluster);
    await cluster.apply([...reader(), await credential(), repository(), chart()]);
    const readyRepository = await becomesReady('helmrepository', 'system');
    const readyChart = await becomesReady('helmchart', 'demo');
    expect(readyRepository.message).toMatch(/^stored artifact: revision 'sha256:/);
    expect(readyChart.message).toBe("pulled 'demo' chart with version '0.1.0'");

    await flux.restart();
    expect(flux.logs()).toContain('starting manager');
  });

  test('does not answer after it is stopped', async () => {
    await pod.stop();
    await expect(cluster.kubectl(['get', '--raw', `${route}/`])).rejects.toThrow('connection refused');
  });

  test('can be run again after its deletion', async () => {
    await cluster.kubectl(['delete', 'pod', 'assets-0', '-n', namespace, '--force']);
    const successor = await runPod(cluster, { namespace, name: 'assets-0', port: 8123, folder: charts });
    expect(successor.address).not.toBe(pod.address);
    expect(await cluster.kubectl(['get', '--raw', `${route}/repos/system/index.yaml`])).toContain('demo-0.1.0.tgz');
  });
});

function logsOf(server: string): string[] {
  const sandbox = process.env.EGGTOOTH_SANDBOX ?? '';
  const files = readdirSync(sandbox).map((dir) => join(sandbox, dir, `${server}.log`));
  return files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
}

function becomesReady(kind: string, name: string) {
  return eventually(async () => {
    const state = await readiness(cluster, kind, namespace, name);
    expect(state).toMatchObject({ ready: true, observedGeneration: state.generation });
    return state;
  });
}

function assetsServer(): KubeObject[] {
  const labels = { app: 'assets' };
  const container = { name: 'assets-server', image: 'assets', ports: [{ name: 'http', containerPort: 8123 }] };
  const template = { metadata: { labels }, spec: { hostNetwork: true, containers: [container] } };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'assets', namespace },
      spec: { serviceName: 'assets', replicas: 1, selector: { matchLabels: labels }, template },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'assets', namespace },
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8123 }] },
    },
  ];
}

function reader(): KubeObject[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const metadata = { name: 'assets-reader', namespace };
  return [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['pods/proxy'], resourceNames: ['assets-0'], verbs: ['get'] }],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata,
      subjects: [{ apiGroup, kind: 'User', name: 'assets-reader' }],
      roleRef: { apiGroup, kind: 'Role', name: 'assets-reader' },
    },
  ];
}

async function credential(): Promise<KubeObject> {
  const { users } = parse(readFileSync(await cluster.kubeconfigFor({ user: 'assets-reader' }), 'utf8'));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'assets-tls', namespace },
    type: 'kubernetes.io/tls',
    data: {
      'tls.crt': users[0].user['client-certificate-data'],
      'tls.key': users[0].user['client-key-data'],
      'ca.crt': Buffer.from(cluster.ca).toString('base64'),
    },
  };
}

function repository(): KubeObject {
  const spec = { url: `${cluster.url}${route}/repos/system`, certSecretRef: { name: 'assets-tls' }, interval: '5m' };
  return source('HelmRepository', 'system', spec);
}

function chart(): KubeObject {
  const sourceRef = { kind: 'HelmRepository', name: 'system' };
  return source('HelmChart', 'demo', { chart: 'demo', version: '0.1.0', interval: '5m', sourceRef });
}

function source(kind: string, name: string, spec: object): KubeObject {
  return { apiVersion: 'source.toolkit.fluxcd.io/v1', kind, metadata: { name, namespace }, spec };
}
