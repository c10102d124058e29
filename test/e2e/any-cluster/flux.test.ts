import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ensurePrograms,
  eventually,
  type Flux,
  type Pod,
  readiness,
  runPod,
  startFlux,
} from '../../../tools/control-plane';
import { eggtooth } from '../support/eggtooth';
import { type Stage, startStage } from '../support/stage';

let stage: Stage;
let flux: Flux;
let pod: Pod;

beforeAll(async () => {
  stage = await startStage();
  pod = stage.pod;
  expect(await issue()).toMatchObject({ code: 0 });
  flux = await startFlux(stage.cluster);
});
afterAll(() => stage?.stop());

const issue = () => eggtooth(['issue', stage.bundle, '--kubeconfig', stage.cluster.kubeconfig]);
const kubectl = (...args: string[]) => stage.cluster.kubectl(args);
const requestReconciliation = () =>
  kubectl(
    'annotate',
    'helmrepository',
    'system',
    '-n',
    'eggtooth-system',
    '--overwrite',
    `reconcile.fluxcd.io/requestedAt=${Date.now()}`,
  );
const repository = () => readiness(stage.cluster, 'helmrepository', 'eggtooth-system', 'system');

/**
 * Requests reconciliations until Flux reports what is expected. After a failure it backs off, so one request may be too
 * early.
 */
async function waitForStatus(expected: { ready: boolean; message?: RegExp }): Promise<void> {
  await eventually(
    async () => {
      await requestReconciliation();
      const { ready, message } = await repository();
      if (ready !== expected.ready || !(expected.message ?? /./).test(message))
        throw new Error(`Flux reports ${message}`);
    },
    { timeout: 150_000, interval: 500 },
  );
}

describe('Flux with the certificate that issue wrote', () => {
  test.each([
    ['eggtooth-system', 'system', 'network'],
    ['eggtooth-shop', 'apps', 'shop'],
  ])('reads the index and a chart of %s/%s through the API server', async (namespace, repositoryName, chart) => {
    await stage.cluster.apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmChart',
      metadata: { name: chart, namespace },
      spec: { chart, interval: '1h', sourceRef: { kind: 'HelmRepository', name: repositoryName } },
    });

    const state = await eventually(async () => {
      const now = await readiness(stage.cluster, 'helmchart', namespace, chart);
      return now.ready && now;
    });
    expect(state.message).toBe(`pulled '${chart}' chart with version '0.1.0'`);
    if (!stage.cluster.existing) expect(pod.requests).toContain(`/repos/${repositoryName}/${chart}-0.1.0.tgz`);
  });
});

describe('helm with the same certificate', () => {
  test('pulls a chart through the API server', async () => {
    const { helm } = await ensurePrograms(['helm']);
    const { data } = JSON.parse(await kubectl('get', 'secret', 'assets-tls', '-n', 'eggtooth-shop', '-o', 'json'));
    const folder = mkdtempSync(join(stage.cluster.dir, 'helm-'));
    const file = (key: string) => {
      writeFileSync(join(folder, key), Buffer.from(data[key], 'base64'), { mode: 0o600 });
      return join(folder, key);
    };
    const url = (
      await kubectl('get', 'helmrepository', 'apps', '-n', 'eggtooth-shop', '-o', 'jsonpath={.spec.url}')
    ).trim();
    const tls = ['--cert-file', file('tls.crt'), '--key-file', file('tls.key'), '--ca-file', file('ca.crt')];
    const env = { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };

    const show = ['show', 'chart', 'shop', '--repo', url, ...tls];
    const { stdout } = await promisify(execFile)(helm, show, { env });

    expect(stdout).toContain('name: shop');
  });
});

interface Link {
  readonly link: string;
  readonly break: () => Promise<unknown>;
  /** Whether only a new connection of Flux meets the broken link. */
  readonly reconnect?: boolean;
  /** What Flux reports. */
  readonly message: RegExp;
  readonly fix: () => Promise<unknown>;
}

const scale = (replicas: number) => patch('statefulset', 'assets', { spec: { replicas } });
const applyBundle = () => stage.cluster.apply(stage.bundle);
const patch = (kind: string, name: string, body: object) =>
  kubectl('patch', kind, name, '-n', 'eggtooth-system', '--type=merge', '-p', JSON.stringify(body));

const links: readonly Link[] = [
  {
    link: 'Role, which names the pod differently',
    break: () => patch('role', 'assets-reader', { rules: [{ ...rule, resourceNames: ['assets-0'] }] }),
    message: /403 Forbidden/,
    fix: applyBundle,
  },
  {
    link: 'RoleBinding',
    break: () => kubectl('delete', 'rolebinding', 'assets-reader', '-n', 'eggtooth-system'),
    message: /403 Forbidden/,
    fix: applyBundle,
  },
  {
    link: 'Secret',
    break: () => kubectl('delete', 'secret', 'assets-tls', '-n', 'eggtooth-system'),
    message: /failed to get TLS authentication secret/,
    fix: issue,
  },
  {
    link: 'CA',
    break: () => patch('secret', 'assets-tls', { data: { 'ca.crt': null } }),
    reconnect: true,
    message: /certificate signed by unknown authority/,
    fix: issue,
  },
  {
    link: 'URL',
    break: async () => {
      const url = await kubectl(
        'get',
        'helmrepository',
        'system',
        '-n',
        'eggtooth-system',
        '-o',
        'jsonpath={.spec.url}',
      );
      await patch('helmrepository', 'system', { spec: { url: url.replace('assets-0:8123', 'assets-0') } });
    },
    message: /403 Forbidden/,
    fix: applyBundle,
  },
  {
    link: 'pod',
    break: async () => {
      await pod.stop();
      await scale(0);
      await kubectl('delete', 'pod', 'assets-0', '-n', 'eggtooth-system', '--force', '--ignore-not-found');
    },
    message: /404 Not Found|400 Bad Request|503 Service Unavailable/,
    fix: async () => {
      await scale(1);
      pod = await runPod(stage.cluster, {
        namespace: 'eggtooth-system',
        name: 'assets-0',
        port: 8123,
        folder: stage.charts,
      });
    },
  },
];

const rule = { apiGroups: [''], resources: ['pods/proxy'], verbs: ['get'] };

describe('Flux fails while a link is broken, and recovers when it is fixed:', () => {
  test.each(links)('$link', { timeout: 600_000 }, async (link) => {
    await waitForStatus({ ready: true });

    await link.break();
    if (link.reconnect) await flux.restart();
    await waitForStatus({ ready: false, message: link.message });

    await link.fix();
    await waitForStatus({ ready: true });
  });
});
