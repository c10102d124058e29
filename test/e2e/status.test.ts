import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Chain } from '../../src/chain/chain';
import { type Cluster, timeOf } from '../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { type ReaderStatus, status as readStatus } from '../../src/signing/status';
import { certificate, keyObject, keyPair } from '../pki/support/certificates';
import { readExposition } from '../support/exposition';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, onlyItem } from './support/eggtooth';
import { findKeys } from './support/key-forms';
import { forget, NAMESPACES, secretsOf } from './support/proxied-stage';
import { type Stage, startStage } from './support/stage';

const DAY = 86_400_000;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.stop());
beforeEach(() => forget(stage));

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);
const run = (command: string, ...flags: string[]) =>
  eggtooth([command, stage.bundle, '--kubeconfig', stage.cluster.kubeconfig, ...flags]);
const status = (...flags: string[]) => run('status', ...flags);

async function reader(exitCode: number): Promise<ReaderStatus> {
  const { code, stdout } = await status('-o', 'json');
  expect(code).toBe(exitCode);
  return onlyItem('status', { stdout });
}

async function issue(...flags: string[]): Promise<void> {
  expect(await run('issue', ...flags)).toMatchObject({ code: 0 });
}

/** Writes data into the Secret of one namespace. */
async function spoil(namespace: string, data: Readonly<Record<string, string>>): Promise<void> {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  const patch = JSON.stringify({ data: Object.fromEntries(encoded) });
  await kubectl('patch', 'secret', 'assets-tls', '-n', namespace, '--type=merge', '-p', patch);
}

/** Writes a certificate that is not the cluster's, with its key, into all Secrets. */
async function plant(props: Partial<Parameters<typeof certificate>[0]>): Promise<void> {
  const keys = await keyPair();
  const pem = await certificate({ keys, subject: [{ CN: ['assets-reader'] }], ...props });
  const key = keyObject(keys).export({ format: 'pem', type: 'pkcs8' }).toString();
  for (const namespace of NAMESPACES) await spoil(namespace, { 'tls.crt': pem, 'tls.key': key });
}

/** Names other users in the RoleBinding. */
async function bind(...users: string[]): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const patch = JSON.stringify({ subjects: users.map((name) => ({ apiGroup, kind: 'User', name })) });
  await kubectl('patch', 'rolebinding', 'assets-reader', '-n', 'eggtooth-system', '--type=merge', '-p', patch);
}

describe('status of a valid certificate', () => {
  test('returns user, generation, fingerprint, days left and when it is due for every namespace', async () => {
    await issue();
    const [secret] = await secretsOf(stage);
    const pem = Buffer.from(secret?.data['tls.crt'] ?? '', 'base64');
    const { fingerprint256, validTo } = new X509Certificate(pem);

    const { secrets, ...rest } = await reader(0);

    expect(rest).toEqual({ user: 'assets-reader', generation: 1, same: true, problems: [], warnings: [] });
    expect(secrets.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(
      NAMESPACES.map((namespace) => `${namespace}/assets-tls`),
    );
    for (const one of secrets) {
      expect(one).toMatchObject({ user: 'assets-reader', generation: 1, due: false });
      expect(one.fingerprint).toBe(fingerprint256.replaceAll(':', '').toLowerCase());
      expect(one.notAfter).toBe(new Date(validTo).toISOString());
      expect(one.daysLeft).toBe(Math.floor((Date.parse(validTo) - Date.now()) / DAY));
      expect(Date.parse(one.renewAt ?? '')).toBeLessThan(Date.parse(validTo));
    }
  });

  test('prints it as text without the key and writes nothing', async () => {
    await issue();
    const versions = (await secretsOf(stage)).map(({ metadata }) => metadata.resourceVersion);

    const { code, stdout, stderr } = await status();

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^assets-reader: ok, generation 1 in the bundle\n/);
    expect(stdout.match(/36[45] days left, not due for renewal\n/g)).toHaveLength(2);
    const key = Buffer.from((await secretsOf(stage))[0]?.data['tls.key'] ?? '', 'base64').toString();
    expect(findKeys(stdout, [Buffer.from(key.replace(/-----.*-----|\n/g, ''), 'base64')])).toEqual([]);
    expect((await secretsOf(stage)).map(({ metadata }) => metadata.resourceVersion)).toEqual(versions);
  });

  test('prints the same as YAML', async () => {
    await issue();

    expect(parse((await status('-o', 'yaml')).stdout)).toEqual(JSON.parse((await status('-o', 'json')).stdout));
  });

  test.each(['365d', '23d', '12h', '10m'])('does not warn of a new one with a duration of %s', async (duration) => {
    await issue('--duration', duration);

    const { warnings, problems } = await reader(0);

    expect({ warnings, problems }).toEqual({ warnings: [], problems: [] });
  });
});

describe('status by a clock of the API server at which a valid certificate', () => {
  const [minute, hour] = [60_000, 3_600_000];
  const at = async (time: number) => {
    const client = await clusterFromKubeconfig({ kubeconfig: stage.cluster.kubeconfig });
    const later: Cluster = {
      server: client.server,
      certificateAuthority: client.certificateAuthority,
      call: (call) => client.call(call),
      now: () => new Date(timeOf(client).getTime() + time),
      close: () => client.close(),
    };
    try {
      const [found] = await readStatus(later, Chain.fromObjects(readBundle(stage.bundle)));
      return found;
    } finally {
      client.close();
    }
  };

  test.each<readonly [duration: string, before: number, after: number]>([
    ['365d', 250 * DAY, 330 * DAY],
    ['40d', 27 * DAY, 37 * DAY],
    ['12h', 8 * hour, 11 * hour],
    ['1h', 30 * minute, 55 * minute],
  ])('of %s is due for renewal and was not renewed warns, and not before', async (duration, before, after) => {
    await issue('--duration', duration);
    const [secret] = (await reader(0)).secrets;

    expect(await at(before)).toMatchObject({ problems: [], warnings: [] });
    const due = await at(after);
    expect(due?.problems).toEqual([]);
    expect(due?.warnings).toEqual([
      expect.stringMatching(
        new RegExp(`^the certificate of assets-reader is due for renewal since .*, and expires ${secret?.notAfter}$`),
      ),
    ]);
  });
});

describe('status exits 1 and reports', () => {
  const expectProblem = async (problem: string | RegExp) => {
    const { problems } = await reader(1);
    const { code, stderr } = await status();
    expect(problems.join('\n')).toMatch(problem);
    expect(stderr).toMatch(problem);
    expect(stderr).toMatch(/\n {2}fix: .*\n {2}code: ERR_EGGTOOTH_STATUS\n$/s);
    expect(code).toBe(1);
  };

  test('that every Secret is missing', async () => {
    await expectProblem(/eggtooth-system\/assets-tls: does not exist\n.*eggtooth-shop\/assets-tls: does not exist/s);
  });

  test('that one Secret is missing', async () => {
    await issue();
    await kubectl('delete', 'secret', 'assets-tls', '-n', 'eggtooth-shop');

    await expectProblem(/^(?!.*eggtooth-system\/assets-tls: does).*Secret eggtooth-shop\/assets-tls: does not exist/s);
  });

  test('that the certificate has expired', async () => {
    await issue();
    await plant({ notBefore: -3 * 86_400, notAfter: -2 * 86_400 + 60 });

    const { secrets } = await reader(1);
    expect(secrets.map(({ daysLeft }) => daysLeft)).toEqual([-2, -2]);
    await expectProblem(/the certificate expired 2/);
  });

  test.each([
    ['names another user', { subject: 'CN=other' }, 'has the subject "CN=other", not CN=assets-reader'],
    ['names a group too', { subject: 'CN=assets-reader,O=x' }, 'has the subject "CN=assets-reader'],
    ['is a CA', { ca: true }, 'is a CA certificate'],
    [
      'names another generation',
      { subject: 'CN=assets-reader:g2' },
      'is for generation 2 of assets-reader, and the bundle names generation 1',
    ],
  ])('that the certificate %s', async (_, props, problem) => {
    await issue();
    await plant(props);

    await expectProblem(new RegExp(problem));
  });

  test('that the key, the certificate or the CA is another one', async () => {
    await issue();
    await spoil('eggtooth-shop', { 'ca.crt': 'other' });
    await expectProblem("Secret eggtooth-shop/assets-tls: holds another CA than the cluster's");
    const other = keyObject(await keyPair())
      .export({ format: 'pem', type: 'pkcs8' })
      .toString();
    await spoil('eggtooth-shop', { 'tls.key': other });
    await expectProblem('the certificate is for another key');
    await spoil('eggtooth-shop', { 'tls.key': 'hello' });
    await expectProblem('holds no private key');
    await spoil('eggtooth-shop', { 'tls.crt': 'hello' });
    await expectProblem('holds no certificate');
  });

  test('that the namespaces have different certificates, each of them valid', async () => {
    await issue();
    const [before] = (await secretsOf(stage)).filter(({ metadata }) => metadata.namespace === 'eggtooth-shop');
    await forget(stage);
    await issue();
    const patch = JSON.stringify({ data: before?.data });
    await kubectl('patch', 'secret', 'assets-tls', '-n', 'eggtooth-shop', '--type=merge', '-p', patch);

    expect(await reader(1)).toMatchObject({ same: false, problems: ['the Secrets hold different certificates'] });
    expect((await status()).stdout).toContain(', not the same in all Secrets\n');
  });
});

describe('status of a cluster that differs from the bundle', () => {
  beforeEach(() => issue());
  const restore = () => stage.cluster.apply(stage.bundle);

  test.each([
    [['assets-reader:g2'], 'binds generation 2, and the bundle names generation 1'],
    [['somebody-else'], 'does not bind assets-reader, and the bundle names generation 1'],
  ])('exits 1 and reports a RoleBinding of %j', async (users, problem) => {
    await bind(...users);
    try {
      const { problems } = await reader(1);
      expect(problems).toEqual([`RoleBinding eggtooth-system/assets-reader: ${problem}`]);
    } finally {
      await restore();
    }
  });

  test.each(['Group', 'ServiceAccount'])(
    'exits 1 and reports a RoleBinding of a %s with the name of the user',
    async (kind) => {
      const named = kind === 'Group' ? { apiGroup: 'rbac.authorization.k8s.io' } : { namespace: 'eggtooth-system' };
      const patch = JSON.stringify({ subjects: [{ ...named, kind, name: 'assets-reader' }] });
      await kubectl('patch', 'rolebinding', 'assets-reader', '-n', 'eggtooth-system', '--type=merge', '-p', patch);
      try {
        const { problems } = await reader(1);
        expect(problems).toEqual([
          'RoleBinding eggtooth-system/assets-reader: does not bind assets-reader, and the bundle names generation 1',
        ]);
      } finally {
        await restore();
      }
    },
  );

  test('advises to complete a revocation that was interrupted', async () => {
    await plant({ subject: [{ CN: ['assets-reader:g2'] }] });
    await bind('assets-reader', 'assets-reader:g2');
    try {
      const { stderr } = await status();
      expect(stderr).toContain(
        'fix: complete the revocation: run eggtooth revoke with this bundle. Then set generation: 2',
      );
      expect(stderr).not.toContain('eggtooth issue');
    } finally {
      await restore();
    }
  });

  test('says of a bundle that is not applied that it is not, as issue does', async () => {
    const { cluster } = stage;
    const url = cluster.secondUrl ?? cluster.url;
    const objects = bundleObjects({ url, namespaces: ['not-applied', 'neither'] });
    const bundle = writeBundle(join(cluster.dir, 'not-applied.yaml'), objects);
    for (const command of ['status', 'issue']) {
      const run = await eggtooth([command, bundle, '--kubeconfig', cluster.kubeconfig]);

      expect(run.code).toBe(1);
      expect(run.stderr).toContain('Namespace not-applied: does not exist, so the bundle is not applied yet');
      expect(run.stderr).toContain('fix: apply the bundle first: run eggtooth up, or kubectl apply');
    }
  });

  test('warns of a RoleBinding of two generations', async () => {
    await bind('assets-reader', 'assets-reader:g2');
    try {
      const { problems, warnings } = await reader(0);
      expect(problems).toEqual([]);
      expect(warnings).toEqual([
        'RoleBinding eggtooth-system/assets-reader: binds generation 1 and 2: a revocation is not complete, run eggtooth revoke',
      ]);
    } finally {
      await restore();
    }
  });

  test('exits 1 and reports a RoleBinding that does not exist', async () => {
    await kubectl('delete', 'rolebinding', 'assets-reader', '-n', 'eggtooth-system');
    try {
      expect(await reader(1)).toMatchObject({
        problems: ['RoleBinding eggtooth-system/assets-reader: does not exist'],
        fix: 'apply the bundle first: run eggtooth up, or kubectl apply',
      });
    } finally {
      await restore();
    }
  });

  test('exits 1 and reports Secrets and RoleBinding of an earlier generation than the bundle', async () => {
    const text = readFileSync(stage.bundle, 'utf8').replace(
      /(kind: User\n\s+name: )assets-reader$/m,
      '$1assets-reader:g3',
    );
    const bundle = join(stage.cluster.dir, 'g3.yaml');
    writeFileSync(bundle, text);

    const { code, stdout } = await eggtooth(['status', bundle, '--kubeconfig', stage.cluster.kubeconfig, '-o', 'json']);

    expect(code).toBe(1);
    const { user, generation, problems } = onlyItem<ReaderStatus>('status', { stdout });
    expect({ user, generation }).toEqual({ user: 'assets-reader:g3', generation: 3 });
    expect(problems).toEqual([
      'Secret eggtooth-system/assets-tls: is for generation 1 of assets-reader, and the bundle names generation 3',
      'Secret eggtooth-shop/assets-tls: is for generation 1 of assets-reader, and the bundle names generation 3',
      'RoleBinding eggtooth-system/assets-reader: binds generation 1, and the bundle names generation 3',
    ]);
  });
});

describe('status -o prometheus', () => {
  test('prints a valid exposition with when the certificate expires', async () => {
    await issue();
    const { code, stdout, stderr } = await status('-o', 'prometheus');
    const samples = readExposition(stdout);
    const [secret] = (await reader(0)).secrets;

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const ends = samples.filter(({ name }) => name === 'eggtooth_certificate_not_after_timestamp_seconds');
    expect(ends).toEqual(
      NAMESPACES.map((namespace) => ({
        name: 'eggtooth_certificate_not_after_timestamp_seconds',
        labels: { user: 'assets-reader', namespace, secret: 'assets-tls' },
        value: Date.parse(secret?.notAfter ?? '') / 1000,
      })),
    );
  });

  test('prints a valid exposition and exits 1 for a missing Secret', async () => {
    const { code, stdout } = await status('-o', 'prometheus');

    expect(code).toBe(1);
    const good = readExposition(stdout).filter(({ name }) => name === 'eggtooth_certificate_good');
    expect(good.map(({ value }) => value)).toEqual([0, 0]);
  });
});
