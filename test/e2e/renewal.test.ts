import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Chain } from '../../src';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import type { CronJobManifest } from '../../src/kubernetes/k8s';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { certificateSigningRequest, requestGvk, requestReference } from '../../src/pki/certificate-signing-request';
import { createRequest } from '../../src/pki/create-request';
import type { RenewResult } from '../../src/signing/renew';
import { assertPolicy } from '../../src/signing/request/assert-policy';
import { requestLabels } from '../../src/signing/request/own-requests';
import { eventually, startFlux } from '../../tools/control-plane';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, onlyItem } from './support/eggtooth';
import { requestNames, type SecretObject, secretsOf } from './support/proxied-stage';
import { kubeconfigOfServiceAccount } from './support/renewal-job';
import { type Right, readRights, takeAway } from './support/rights';
import { type Stage, startStage } from './support/stage';

const [NAMESPACE, RENEWAL_JOB] = ['eggtooth-system', 'assets-renewal'];
const USER = `system:serviceaccount:${NAMESPACE}:${RENEWAL_JOB}`;
const POLICY = `${RENEWAL_JOB}.${NAMESPACE}`;
const RENEWAL = { image: 'registry.example/eggtooth:1', duration: Duration.hours(2), schedule: '*/5 * * * *' };
const BINDING = ['validatingadmissionpolicybinding', POLICY];

let stage: Stage;
let kubeconfig: string;
/** The file that the ConfigMap mounts, and the arguments that the CronJob runs with. */
let [chain, args]: [string, readonly string[]] = ['', []];

beforeAll(async () => {
  stage = await startStage({ renewal: RENEWAL });
  const { cluster, bundle } = stage;
  chain = join(cluster.dir, 'chain.yaml');
  await readChain();
  const job = readBundle(bundle).find(({ kind }) => kind === 'CronJob') as CronJobManifest;
  args = job.spec.jobTemplate.spec?.template.spec?.containers[0]?.args ?? [];
  kubeconfig = await kubeconfigOfServiceAccount(cluster, { namespace: NAMESPACE, name: RENEWAL_JOB });
  await issueAsAdministrator();
  await startFlux(cluster);
});
afterAll(() => stage?.stop());

/** Runs what the CronJob runs, with other paths for the chain and the token. */
const renew = (...flags: string[]) => {
  const own = args.map((arg) => (arg === '/etc/eggtooth/chain.yaml' ? chain : arg));
  return eggtooth([...own, '--kubeconfig', kubeconfig, '-o', 'json', ...flags]);
};

async function readChain(): Promise<void> {
  const configMap = ['get', 'configmap', RENEWAL_JOB, '-n', NAMESPACE, '-o', 'json'];
  writeFileSync(chain, JSON.parse(await stage.cluster.kubectl(configMap)).data['chain.yaml']);
}

async function issueAsAdministrator(): Promise<void> {
  const { code, stderr } = await eggtooth(['issue', stage.bundle, '--kubeconfig', stage.cluster.kubeconfig]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
}

/** Makes a certificate due by damaging one of its copies. */
async function damage(): Promise<void> {
  const patch = ['--type=merge', '-p', JSON.stringify({ data: { 'tls.crt': '' } })];
  await stage.cluster.kubectl(['patch', 'secret', 'assets-tls', '-n', 'eggtooth-shop', ...patch]);
}

const fingerprints = (secrets: readonly SecretObject[]) =>
  secrets.map(({ metadata }) => metadata.annotations['eggtooth.dev/fingerprint']);

/** Everything that a renewal writes. */
async function written() {
  const secrets = (await secretsOf(stage)).map(({ metadata }) => metadata.resourceVersion);
  return { secrets, requests: await requestNames(stage) };
}

async function inForce(expected: boolean): Promise<void> {
  const client = await clusterFromKubeconfig({ kubeconfig });
  const check = () => assertPolicy(client, { policy: POLICY, chains: [Chain.fromObjects(readBundle(chain))] });
  const isInForce = () =>
    check().then(
      () => true,
      () => false,
    );
  await eventually(async () => (await isInForce()) === expected);
  client.close();
}

describe('The renewal job', () => {
  beforeEach(() => inForce(true));

  test('has its chain in a ConfigMap, without a Secret', () => {
    expect(readBundle(chain).map(({ kind, metadata: { namespace, name } }) => `${kind} ${namespace}/${name}`)).toEqual([
      'Role eggtooth-system/assets-reader',
      'RoleBinding eggtooth-system/assets-reader',
      'HelmRepository eggtooth-system/system',
      'HelmRepository eggtooth-shop/apps',
    ]);
  });

  test('writes nothing while nothing is due', async () => {
    const before = await written();

    const { code, stdout, stderr } = await renew();

    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(onlyItem('renew', { stdout })).toMatchObject({ user: 'assets-reader', result: 'not-due', unchanged: true });
    expect(await written()).toEqual(before);
  });

  test('renews a due certificate in every namespace with its duration', async () => {
    const before = await secretsOf(stage);
    await damage();

    const { code, stdout, stderr } = await renew();

    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { unchanged, fingerprint, notBefore, notAfter, checks } = onlyItem<RenewResult>('renew', { stdout });
    expect(unchanged).toBe(false);
    expect(checks.every(({ ok }) => ok)).toBe(true);
    expect(Date.parse(notAfter) - Date.parse(notBefore)).toBeLessThanOrEqual((2 * 3600 + 300) * 1000);
    expect(fingerprints(await secretsOf(stage))).toEqual([fingerprint, fingerprint]);
    expect(fingerprints(before)).not.toContain(fingerprint);
  });

  test('deletes the request that its renewal replaced and leaves that of a person to the cluster', async () => {
    await damage();
    await issueAsAdministrator();
    await damage();
    expect(await renew()).toMatchObject({ code: 0 });
    await damage();
    expect(await renew()).toMatchObject({ code: 0 });

    const { items } = JSON.parse(await stage.cluster.kubectl(['get', 'csr', '-o', 'json']));
    const makers: string[] = items.map(({ spec }: { spec: { username: string } }) => spec.username);
    expect(makers.filter((maker) => maker === USER)).toHaveLength(1);
    expect(makers.filter((maker) => maker === 'admin').length).toBeGreaterThan(0);
  });

  test("renews while strangers' requests with its labels fill more than an answer may hold", async () => {
    const client = await clusterFromKubeconfig({ kubeconfig: stage.cluster.kubeconfig });
    const objects = new ClusterObjects(client);
    const { request } = await createRequest({ user: 'assets-reader' });
    const padded = `${request}${'\n'.repeat(950_000)}`;
    for (let count = 0; count < 60; count++) {
      const metadata = { name: `stranger-${count}`, labels: requestLabels({ name: 'assets-reader' }) };
      await objects.create(certificateSigningRequest({ metadata, request: padded, algorithm: 'P-256' }));
    }
    await damage();

    const { code, stdout, stderr } = await renew();

    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(onlyItem('renew', { stdout })).toMatchObject({ result: 'renewed' });
    // What must list requests, such as the clean-up of a migration, does so in pages.
    const listed = await objects.list(requestGvk);
    expect(listed.filter(({ metadata }) => metadata.name?.startsWith('stranger-'))).toHaveLength(60);
    for (let count = 0; count < 60; count++) await objects.delete(requestReference({ name: `stranger-${count}` }));
    client.close();
  });

  test('creates no Secret, since a person issues the first certificate', async () => {
    await stage.cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', 'eggtooth-shop']);

    const { code, stderr } = await renew();

    expect(stderr).toContain('error: Secret eggtooth-shop/assets-tls: cannot write the Secret');
    expect(stderr).toContain('code: ERR_EGGTOOTH_FORBIDDEN');
    expect(code).toBe(1);
    expect(await secretsOf(stage)).toHaveLength(1);
    await issueAsAdministrator();
    expect(await renew()).toMatchObject({ code: 0 });
  });

  test('may request no other kind of key and no longer duration', async () => {
    await damage();
    const before = await secretsOf(stage);

    const [rsa, longer] = [await renew('--key-algorithm=RSA'), await renew('--duration=3h')];

    expect(rsa.stderr).toContain('cannot create the CertificateSigningRequest');
    expect(rsa.stderr).toContain('code: ERR_EGGTOOTH_FORBIDDEN');
    expect(longer.stderr).toContain('error: the duration 3h is longer than the 2h that the bundle states');
    expect([rsa.code, longer.code]).toEqual([1, 2]);
    expect(await secretsOf(stage)).toEqual(before);
    expect(await renew()).toMatchObject({ code: 0 });
  });
});

describe('The renewal job does nothing', () => {
  const binding = (action: string) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: POLICY },
    spec: { policyName: POLICY, validationActions: [action] },
  });

  beforeEach(async () => {
    await stage.cluster.apply(binding('Deny'));
    await inForce(true);
    await damage();
  });

  async function refusesToWork(): Promise<void> {
    const before = await written();

    const { code, stdout, stderr } = await renew();

    expect(stderr).toMatch(
      new RegExp(
        `^error: ValidatingAdmissionPolicy ${POLICY}: is not in force: .*\\n {2}fix: .*\\n {2}code: ERR_EGGTOOTH_POLICY\\n$`,
      ),
    );
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(await written()).toEqual(before);
  }

  test('while its policy is not bound', async () => {
    await stage.cluster.kubectl(['delete', ...BINDING]);
    await inForce(false);

    await refusesToWork();

    await stage.cluster.apply(binding('Deny'));
    await inForce(true);
    expect(await renew()).toMatchObject({ code: 0 });
  });

  test('while its policy only warns', async () => {
    await stage.cluster.apply(binding('Warn'));
    await inForce(false);

    await refusesToWork();
  });

  test('while another policy than its own is in force', async () => {
    const before = await written();

    const { code, stderr } = await renew('--require-policy', 'another');

    expect(stderr).toContain(
      `error: cannot make sure that the admission policy another is in force: ${POLICY} denies the request\n`,
    );
    expect(stderr).toContain('code: ERR_EGGTOOTH_FORBIDDEN');
    expect(code).toBe(1);
    expect(await written()).toEqual(before);
  });
});

describe('The renewal job without one of its permissions', () => {
  let rights: readonly Right[];
  beforeAll(async () => {
    await stage.cluster.apply(stage.bundle);
    await inForce(true);
    const own = readBundle(stage.bundle).filter(({ metadata }) => metadata.name === POLICY);
    rights = readRights(writeBundle(join(stage.cluster.dir, 'rights.yaml'), own));
  });

  /** Not needed here: to delete the replaced request, to see who was revoked, and to ask what everybody may. */
  const OPTIONAL = /^delete certificatesigningrequests|^get rolebindings|^create subjectaccessreviews/;

  test('fails and reports the missing permission', async () => {
    const needed = rights.filter(({ name }) => !OPTIONAL.test(name));
    for (const right of needed) {
      await damage();
      const giveBack = await takeAway(stage.cluster, USER, [right]);

      const { code, stderr } = await renew();

      await giveBack();
      expect(stderr, right.name).toContain('code: ERR_EGGTOOTH_FORBIDDEN');
      expect(code, right.name).toBe(1);
    }
    expect(needed).toHaveLength(12);
    expect(rights).toHaveLength(15);
    expect(await renew()).toMatchObject({ code: 0 });
  });

  test('to ask what everybody may fails only where everybody may more than Kubernetes allows', async () => {
    const [apiVersion, apiGroup] = ['rbac.authorization.k8s.io/v1', 'rbac.authorization.k8s.io'];
    const metadata = { name: 'node-viewers' };
    const viewers = [
      {
        apiVersion,
        kind: 'ClusterRole',
        metadata,
        rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }],
      },
      {
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata,
        roleRef: { apiGroup, kind: 'ClusterRole', name: metadata.name },
        subjects: [{ apiGroup, kind: 'Group', name: 'system:authenticated' }],
      },
    ];
    const ask = rights.filter(({ name }) => name.startsWith('create subjectaccessreviews'));
    await stage.cluster.apply(viewers);
    const may = ['auth', 'can-i', 'list', 'nodes', '--as=anybody', '--as-group=system:authenticated'];
    await eventually(async () => expect(await stage.cluster.kubectl(may)).toContain('yes'));
    try {
      await damage();
      expect(await renew()).toMatchObject({ code: 0 });

      await damage();
      const giveBack = await takeAway(stage.cluster, USER, ask);
      const { code, stderr } = await renew();
      await giveBack();
      expect(code).toBe(1);
      expect(stderr).toContain('list /nodes * in ');
      expect(stderr).toContain('create on subjectaccessreviews is forbidden');
    } finally {
      await stage.cluster.kubectl(
        ['delete', '-f', '-'],
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: viewers }),
      );
    }
  });
});

describe('The renewal job of a revoked user', () => {
  test('renews nothing until the bundle has the next generation, and then only that one', async () => {
    const { cluster } = stage;
    await cluster.apply(stage.bundle);
    await inForce(true);
    const revoke = ['revoke', stage.bundle, '--grace', '0s', '--kubeconfig', cluster.kubeconfig];
    expect(await eggtooth(revoke)).toMatchObject({ code: 0 });
    const before = await secretsOf(stage);

    const revoked = await renew('--force');

    expect(revoked.stderr).toContain('code: ERR_EGGTOOTH_GENERATION');
    expect(revoked.code).toBe(1);
    expect(await secretsOf(stage)).toEqual(before);

    const next = bundleObjects({ url: cluster.url, readerGeneration: 2, renewal: RENEWAL });
    await cluster.apply(writeBundle(join(cluster.dir, 'next.yaml'), next));
    await readChain();
    const { code, stdout } = await eventually(async () => {
      const run = await renew('--force');
      return run.code === 0 && run;
    });

    expect(code).toBe(0);
    expect(onlyItem('renew', { stdout })).toMatchObject({ user: 'assets-reader:g2', generation: 2, result: 'renewed' });
  });
});
