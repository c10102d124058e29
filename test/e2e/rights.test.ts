import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { IssueResult } from '../../src/signing/issue-result';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, onlyItem } from './support/eggtooth';
import { forget, requestNames, secretsOf } from './support/proxied-stage';
import { type Right, readRights, takeAway } from './support/rights';
import { type Stage, startStage } from './support/stage';

const FIXTURE = 'test/fixtures/rbac/issuer.yaml';
const USER = 'certificate-issuer';
const RIGHTS = readRights(FIXTURE);

let stage: Stage;
let bundle: string;
let kubeconfig: string;

beforeAll(async () => {
  stage = await startStage();
  const { cluster } = stage;
  // Another address than the kubeconfig's, so that the CA comes from the ConfigMap.
  const url = cluster.secondUrl ?? cluster.url;
  bundle = writeBundle(join(cluster.dir, 'second.yaml'), bundleObjects({ url }));
  await cluster.apply(FIXTURE);
  kubeconfig = await cluster.kubeconfigFor({ user: USER });
});
afterAll(() => stage?.stop());
beforeEach(() => forget(stage));

const issue = (...flags: string[]) =>
  eggtooth(['issue', bundle, '--kubeconfig', kubeconfig, '-o', 'json', '--timeout', '10s', ...flags]);

const SECRETS = (verb: string) =>
  RIGHTS.filter((right) => right.verb === verb && right.rule.resources.includes('secrets'));

async function without<Result>(rights: readonly Right[], run: () => Promise<Result>): Promise<Result> {
  const giveBack = await takeAway(stage.cluster, USER, rights);
  try {
    return await run();
  } finally {
    await giveBack();
  }
}

/** What the error says: what failed, and the missing permission. */
const SAYS: readonly (readonly [right: RegExp, what: string, fix: string, requestsLeft: number])[] = [
  [
    /^create certificatesigningrequests$/,
    'cannot create the CertificateSigningRequest',
    '{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create]}',
    0,
  ],
  [
    /^get certificatesigningrequests$/,
    'CertificateSigningRequest NAME: cannot read the request again',
    '{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], resourceNames: [NAME], verbs: [get]}',
    1,
  ],
  [
    /\/approval$/,
    'CertificateSigningRequest NAME: cannot approve the request',
    '{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], resourceNames: [NAME], verbs: [patch]} and {apiGroups: [certificates.k8s.io], resources: [signers], resourceNames: [kubernetes.io/kube-apiserver-client], verbs: [approve]}',
    1,
  ],
  [
    /^approve signers/,
    'CertificateSigningRequest NAME: cannot approve the request',
    '{apiGroups: [certificates.k8s.io], resources: [signers], resourceNames: [kubernetes.io/kube-apiserver-client], verbs: [approve]} in a ClusterRole',
    1,
  ],
  [
    /configmaps/,
    'ConfigMap eggtooth-system/kube-root-ca.crt: cannot read the CA of the cluster',
    '{apiGroups: [""], resources: [configmaps], resourceNames: [kube-root-ca.crt], verbs: [get]} to the user certificate-issuer, in a Role in the namespace eggtooth-system',
    0,
  ],
  [
    /^get secrets/,
    'Secret NAMESPACE/assets-tls: cannot read the Secret',
    '{apiGroups: [""], resources: [secrets], resourceNames: [assets-tls], verbs: [get]} to the user certificate-issuer, in a Role in the namespace NAMESPACE',
    0,
  ],
  [
    /^(create|patch) secrets/,
    'Secret NAMESPACE/assets-tls: cannot write the Secret',
    '{apiGroups: [""], resources: [secrets], resourceNames: [assets-tls], verbs: [create, patch]} to the user certificate-issuer, in a Role in the namespace NAMESPACE',
    0,
  ],
  [
    /^patch helmrepositories/,
    'HelmRepository NAMESPACE/REPOSITORY: cannot ask Flux to reconcile the HelmRepository',
    '{apiGroups: [source.toolkit.fluxcd.io], resources: [helmrepositories], resourceNames: [REPOSITORY], verbs: [patch]} to the user certificate-issuer, in a Role in the namespace NAMESPACE',
    0,
  ],
];

function saysOf({ name, role, rule }: Right) {
  const [, what = '', fix = '', requestsLeft = -1] = SAYS.find(([right]) => right.test(name)) ?? [];
  const fill = (text: string) =>
    text.replaceAll('NAMESPACE', role.metadata.namespace ?? '').replaceAll('REPOSITORY', rule.resourceNames?.[0] ?? '');
  return { what: fill(what), fix: fill(fix), requestsLeft };
}

describe(`a user with the rights of ${FIXTURE}`, () => {
  test('issues a certificate, and verifies it', async () => {
    const { code, stdout, stderr } = await issue();

    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(onlyItem<IssueResult>('issue', { stdout }).checks.every(({ ok }) => ok)).toBe(true);
    expect(await secretsOf(stage)).toHaveLength(2);
  });

  test('cannot list Secrets, and cannot read other ones', async () => {
    await expect(stage.cluster.kubectl(['get', 'secrets', '-n', 'eggtooth-system', '--as', USER])).rejects.toThrow(
      'forbidden',
    );
    await expect(stage.cluster.kubectl(['get', 'secret', 'x', '-n', 'eggtooth-system', '--as', USER])).rejects.toThrow(
      'forbidden',
    );
  });
});

describe('issue without one of these rights', () => {
  test.each(RIGHTS.map((right) => [right.name, right] as const))(
    'reports the missing %s, and writes no Secret',
    async (_, right) => {
      if (right.rule.resources.includes('configmaps') && stage.cluster.secondUrl === undefined) return;
      const { what, fix, requestsLeft } = saysOf(right);

      const { code, stdout, stderr } = await without([right], () => issue());

      const requests = await requestNames(stage);
      const [name = ''] = requests.map((one) => one.replace(/^[^/]*\//, ''));
      expect(stderr).toMatch(
        /^error: .* forbids it \(403\)(: .*)?\n {2}fix: grant this permission: .*\n {2}code: ERR_EGGTOOTH_FORBIDDEN\n$/,
      );
      expect(stderr).toContain(
        `error: ${what.replace('NAME', name)}: the API server ${stage.cluster.url} forbids it (403)`,
      );
      expect(stderr).toContain(`fix: grant this permission: ${fix.replace('NAME', name)}`);
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(await secretsOf(stage)).toEqual([]);
      expect(requests).toHaveLength(requestsLeft);
    },
  );
});

describe('fewer rights are enough', () => {
  test('to issue again while the Secrets exist: without create on Secrets', async () => {
    expect(await issue()).toMatchObject({ code: 0 });
    const patch = JSON.stringify({ data: { 'ca.crt': '' } });
    await stage.cluster.kubectl(['patch', 'secret', 'assets-tls', '-n', 'eggtooth-shop', '--type=merge', '-p', patch]);

    const { code, stdout } = await without(SECRETS('create'), () => issue());

    expect(code).toBe(0);
    expect(onlyItem<IssueResult>('issue', { stdout }).unchanged).toBe(false);
  });

  test('to find that nothing is due, and for --dry-run: only the rights to read', async () => {
    expect(await issue()).toMatchObject({ code: 0 });
    const writing = RIGHTS.filter(({ verb, rule }) => verb !== 'get' || rule.apiGroups.includes('certificates.k8s.io'));

    const [second, dryRun] = await without(writing, async () => [await issue(), await issue('--dry-run')]);

    expect(second).toMatchObject({ code: 0 });
    expect(dryRun).toMatchObject({ code: 0, stderr: `assets-reader: nothing is due\n` });
  });
});
