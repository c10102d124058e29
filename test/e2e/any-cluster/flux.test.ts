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
const requestReconcile = () =>
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

/** Nudges until Flux says what is expected; it backs off after failures, so one requestReconcile may come too early. */
async function fluxSays(expected: { ready: boolean; message?: RegExp }): Promise<void> {
  await eventually(
    async () => {
      await requestReconcile();
      const { ready, message } = await repository();
      if (ready !== expected.ready || !(expected.message ?? /./).test(message)) throw new Error(`Flux says ${message}`);
    },
    { timeout: 60_000, interval: 500 },
  );
}

describe('Flux with the certificate that issue wrote', () => {
  test.each([
    ['eggtooth-system', 'system', 'network'],
    ['eggtooth-shop', 'apps', 'shop'],
  ])('reads index and chart of %s/%s through the API server', async (namespace, repositoryName, chart) => {
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
  test('pulls the chart through the API server', async () => {
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
  /** Breaks it; Flux' pooled connections are gone afterwards if the link is one that a new connection shows. */
  readonly break: () => Promise<unknown>;
  readonly reconnect?: boolean;
  readonly says: RegExp;
  readonly mend: () => Promise<unknown>;
}

const scale = (replicas: number) => patch('statefulset', 'assets', { spec: { replicas } });
const applyBundle = () => stage.cluster.apply(stage.bundle);
const patch = (kind: string, name: string, body: object) =>
  kubectl('patch', kind, name, '-n', 'eggtooth-system', '--type=merge', '-p', JSON.stringify(body));

const links: readonly Link[] = [
  {
    link: 'Role (another spelling of the pod)',
    break: () => patch('role', 'assets-reader', { rules: [{ ...rule, resourceNames: ['assets-0'] }] }),
    says: /403 Forbidden/,
    mend: applyBundle,
  },
  {
    link: 'RoleBinding',
    break: () => kubectl('delete', 'rolebinding', 'assets-reader', '-n', 'eggtooth-system'),
    says: /403 Forbidden/,
    mend: applyBundle,
  },
  {
    link: 'Secret',
    break: () => kubectl('delete', 'secret', 'assets-tls', '-n', 'eggtooth-system'),
    says: /failed to get TLS authentication secret/,
    mend: issue,
  },
  {
    link: 'CA',
    break: () => patch('secret', 'assets-tls', { data: { 'ca.crt': null } }),
    reconnect: true,
    says: /certificate signed by unknown authority/,
    mend: issue,
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
    says: /403 Forbidden/,
    mend: applyBundle,
  },
  {
    link: 'pod',
    break: async () => {
      await pod.stop();
      await scale(0);
      await kubectl('delete', 'pod', 'assets-0', '-n', 'eggtooth-system', '--force', '--ignore-not-found');
    },
    says: /404 Not Found|400 Bad Request|503 Service Unavailable/,
    mend: async () => {
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

describe('a broken link makes Flux fail, and mending it makes Flux recover', () => {
  test.each(links)('$link', { timeout: 180_000 }, async (link) => {
    await fluxSays({ ready: true });

    await link.break();
    if (link.reconnect) await flux.restart();
    await fluxSays({ ready: false, message: link.says });

    await link.mend();
    await fluxSays({ ready: true });
  });
});
