import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { issue } from '../../src/signing/issue';
import type { RevokeResult } from '../../src/signing/revoke';
import { startFlux } from '../../tools/control-plane';
import { certificate, keyObject, keyPair } from '../pki/support/certificates';
import type { Fate, SeenCall } from './support/api-proxy';
import { writeBundle } from './support/bundle';
import { thief } from './support/chain-parts';
import { eggtooth, onlyItem, type Run } from './support/eggtooth';
import { fingerprintOf, fluxIsReady, type Lane, startLane } from './support/lane';
import { type Stage, startStage } from './support/stage';
import { watch } from './support/watch';

const LANES = ['gone', 'empty', 'other', 'group', 'again', 'swap', 'raced', 'fake', 'real'] as const;
const RBAC = 'rbac.authorization.k8s.io';

let stage: Stage;
let lanes: Readonly<Record<(typeof LANES)[number], Lane>>;
beforeAll(async () => {
  stage = await startStage();
  const started = await Promise.all(
    LANES.map(async (name) => [name, await startLane(stage.cluster, name, { closing: true })] as const),
  );
  lanes = Object.fromEntries(started) as typeof lanes;
  for (const [, lane] of started) await issue(lane.client, lane.chain());
  await startFlux(stage.cluster);
  for (const [, lane] of started) await fluxIsReady(stage.cluster, lane);
});
afterAll(() => stage?.stop());

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);
const run = (lane: Lane, verb: string, generation: number, ...flags: string[]): Promise<Run> =>
  eggtooth([verb, lane.bundle(generation), '--kubeconfig', lane.kubeconfig, ...flags]);

/** Revokes, and expects that everything is verified: also that Flux reads. */
async function revoke(lane: Lane, generation: number): Promise<RevokeResult> {
  const { code, stdout, stderr } = await run(lane, 'revoke', generation, '-o', 'json', '--grace', '0s');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const result = onlyItem<RevokeResult>('revoke', { stdout });
  expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(result.checks.filter(({ check }) => check === 'flux')).toHaveLength(2);
  return result;
}

interface Subject {
  readonly kind: string;
  readonly name: string;
}

const user = (name: string): Subject => ({ kind: 'User', name });
const subject = ({ kind, name }: Subject) => ({ apiGroup: RBAC, kind, name });

/** Sets the subjects of a lane's RoleBinding. */
async function bind({ namespaces: [namespace] }: Lane, name: string, ...subjects: Subject[]): Promise<void> {
  const patch = JSON.stringify({ subjects: subjects.map(subject) });
  await kubectl('patch', 'rolebinding', name, '-n', namespace, '--type=merge', '-p', patch);
}

const unbind = ({ namespaces: [namespace] }: Lane, name: string) =>
  kubectl('delete', 'rolebinding', name, '-n', namespace);

/** `KIND NAME` of the subjects of a RoleBinding. */
const subjectsOf = (binding: unknown) =>
  ((binding as { subjects?: Subject[] }).subjects ?? []).map(({ kind, name }) => `${kind} ${name}`);

async function bound({ namespaces: [namespace] }: Lane, name: string): Promise<readonly string[] | undefined> {
  const json = await kubectl('get', 'rolebinding', name, '-n', namespace, '-o', 'json', '--ignore-not-found');
  return json === '' ? undefined : subjectsOf(JSON.parse(json));
}

/** Every version of the RoleBindings of a lane from now on. */
const watchBindings = ({ namespaces: [namespace] }: Lane) =>
  watch<KubeObject>(stage.cluster, `/apis/${RBAC}/v1/namespaces/${namespace}/rolebindings`);

/** Writes a certificate that the cluster did not sign, with its key, into a Secret of each namespace. */
async function plant(namespaces: readonly string[], name: string, commonName: string): Promise<void> {
  const keys = await keyPair();
  const pem = await certificate({ keys, subject: [{ CN: [commonName] }] });
  const key = keyObject(keys).export({ format: 'pem', type: 'pkcs8' }).toString();
  const data = { 'tls.crt': btoa(pem), 'tls.key': btoa(key) };
  for (const namespace of namespaces) {
    await kubectl('patch', 'secret', name, '-n', namespace, '--type=merge', '-p', JSON.stringify({ data }));
  }
}

describe('revoke of a reader whose rights somebody has removed in an emergency', () => {
  test('gives the rights to the new user alone if the RoleBinding was deleted', async () => {
    const lane = lanes.gone;
    const steal = await thief(stage.cluster, 'gone', lane.namespaces[0]);
    expect(await steal()).toBe(200);
    await unbind(lane, 'gone-reader');
    await expect.poll(steal).toBe(403);
    const bindings = await watchBindings(lane);

    const result = await revoke(lane, 1);

    bindings.stop();
    expect(result).toMatchObject({ user: 'gone-reader:g2', revoked: 'gone-reader' });
    expect(bindings.versions.flatMap(subjectsOf)).toEqual(['User gone-reader:g2']);
    expect(await steal()).toBe(403);
    for (const secret of await lane.secrets()) expect(fingerprintOf(secret, 'gone-reader:g2')).toBe(result.fingerprint);
  });

  test('gives the rights to the new user alone if the RoleBinding has no subjects, and lets Flux read', async () => {
    const lane = lanes.empty;
    await bind(lane, 'empty-reader');
    const bindings = await watchBindings(lane);

    await revoke(lane, 1);

    bindings.stop();
    expect(bindings.versions.flatMap(subjectsOf)).not.toContain('User empty-reader');
    expect(await bound(lane, 'empty-reader')).toEqual(['User empty-reader:g2']);
  });

  test('keeps another user that the RoleBinding was given, and does not bring back the old one', async () => {
    const lane = lanes.other;
    await bind(lane, 'other-reader', user('operator'));
    const bindings = await watchBindings(lane);

    await revoke(lane, 1);

    bindings.stop();
    expect(bindings.versions.flatMap(subjectsOf)).not.toContain('User other-reader');
    expect(await bound(lane, 'other-reader')).toEqual(['User operator', 'User other-reader:g2']);
  });

  test('does not take a Group or ServiceAccount of the name for the user', async () => {
    const lane = lanes.group;
    await bind(lane, 'group-reader', { kind: 'Group', name: 'group-reader' });
    const bindings = await watchBindings(lane);

    await revoke(lane, 1);

    bindings.stop();
    expect(bindings.versions.flatMap(subjectsOf)).not.toContain('User group-reader');
    expect(await bound(lane, 'group-reader')).toEqual(['Group group-reader', 'User group-reader:g2']);
  });

  let generation = 1;
  test.each([
    ['has no subjects', () => bind(lanes.again, 'again-reader')],
    ['was deleted', () => unbind(lanes.again, 'again-reader')],
    ['names another user', () => bind(lanes.again, 'again-reader', user('operator'))],
  ])('binds no user again that was unbound after it had a certificate, if the RoleBinding %s', async (_, cut) => {
    const lane = lanes.again;
    const from = generation;
    generation += 2;
    await stage.cluster.apply(lane.bundle(from));
    await revoke(lane, from);
    const steal = await thief(stage.cluster, 'again', lane.namespaces[0]);
    expect(await steal()).toBe(200);
    await cut();
    await expect.poll(steal).toBe(403);
    const bindings = await watchBindings(lane);

    const refused = await run(lane, 'revoke', from, '--grace', '0s');

    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(
      `error: RoleBinding again-system/again-reader: binds no generation of again-reader any more, and the Secret again-system/again-tls has a certificate of again-reader:g${from + 1}`,
    );
    expect(refused.stderr).toContain(`set generation: ${from + 1} of the AssetsReader`);
    expect(refused.stderr).toContain('ERR_EGGTOOTH_GENERATION');
    const result = await revoke(lane, from + 1);
    bindings.stop();
    expect(result.user).toBe(`again-reader:g${from + 2}`);
    expect(bindings.versions.flatMap(subjectsOf)).not.toContain(`User again-reader:g${from + 1}`);
    expect(await steal()).toBe(403);
  });
});

/** Whether a call writes a RoleBinding. */
const isBinding = ({ method, path, query }: SeenCall) =>
  method === 'PATCH' && path.includes('/rolebindings/') && !query.has('dryRun');

describe('revoke of a reader with several RoleBindings', () => {
  /** A bundle with a second RoleBinding. */
  const two = (lane: Lane, generation: number): readonly KubeObject[] =>
    lane.objects(generation).flatMap((object) => {
      if (object.kind !== 'RoleBinding') return [object];
      return [object, { ...object, metadata: { ...object.metadata, name: `${object.metadata.name}-2` } }];
    });

  test('reopens none that is cut already', async () => {
    const lane = lanes.swap;
    const bundle = writeBundle(`${stage.cluster.dir}/swap-two.yaml`, two(lane, 1));
    await stage.cluster.apply(bundle);
    const revokeTwo = (...flags: string[]) =>
      eggtooth(['revoke', bundle, '--kubeconfig', lane.kubeconfig, '--grace', '0s', ...flags]);
    // The run ends between the two RoleBindings.
    const isCut = (call: SeenCall) => isBinding(call) && subjectsOf(JSON.parse(call.body)).length === 1;
    let cuts = 0;
    lane.proxy.interfere((call, moment) => (moment === 'before' && isCut(call) && ++cuts > 1 ? 403 : 'pass'));
    expect(await revokeTwo()).toMatchObject({ code: 1 });
    lane.proxy.interfere();
    const names = ['swap-reader', 'swap-reader-2'];
    const half = await Promise.all(names.map((name) => bound(lane, name)));
    expect(half.map((one) => one?.join()).sort()).toEqual([
      'User swap-reader,User swap-reader:g2',
      'User swap-reader:g2',
    ]);
    const done = names.filter((_, index) => half[index]?.length === 1);
    const bindings = await watchBindings(lane);

    const { code, stderr } = await revokeTwo();

    bindings.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // The watch begins with what exists.
    const versions = bindings.versions.filter(({ metadata }) => done.includes(metadata.name ?? ''));
    expect(versions.map(subjectsOf)).toEqual([['User swap-reader:g2']]);
    expect(await Promise.all(names.map((name) => bound(lane, name)))).toEqual([
      ['User swap-reader:g2'],
      ['User swap-reader:g2'],
    ]);
  });
});

describe('revoke, while somebody else changes the RoleBinding,', () => {
  test('does not bring the old user back if the RoleBinding is deleted before the write', async () => {
    const lane = lanes.raced;
    const bindings = await watchBindings(lane);
    let count = 0;
    lane.proxy.interfere(async (call, moment): Promise<Fate> => {
      if (moment === 'before' && isBinding(call) && count++ === 0) await unbind(lane, 'raced-reader');
      return 'pass';
    });

    const result = await revoke(lane, 1);

    bindings.stop();
    lane.proxy.interfere();
    expect(count).toBe(2);
    expect(bindings.versions.map(subjectsOf)).toEqual([
      ['User raced-reader'],
      // The deletion.
      ['User raced-reader'],
      ['User raced-reader:g2'],
    ]);
    expect(result.user).toBe('raced-reader:g2');
  });

  test('binds nobody if the RoleBinding is deleted before the last write, and does not report success', async () => {
    const lane = lanes.raced;
    await stage.cluster.apply(lane.bundle(2));
    const bindings = await watchBindings(lane);
    let count = 0;
    lane.proxy.interfere(async (call, moment): Promise<Fate> => {
      if (moment === 'before' && isBinding(call) && ++count === 2) await unbind(lane, 'raced-reader');
      return 'pass';
    });

    const { code, stderr } = await run(lane, 'revoke', 2, '--grace', '0s', '--timeout', '5s');

    bindings.stop();
    lane.proxy.interfere();
    expect(code).toBe(1);
    expect(stderr).toMatch(/flux raced-system\/system/);
    expect(await bound(lane, 'raced-reader')).toBeUndefined();
  });
});

describe('A certificate in a Secret that the cluster did not sign', () => {
  test.each(['issue', 'issue --dry-run', 'renew', 'up', 'status'])('does not stop %s', async (command) => {
    const lane = lanes.fake;
    await plant(['fake-shop'], 'fake-tls', 'fake-reader:g99');
    const [verb = '', ...flags] = command.split(' ');

    const { stderr } = await run(lane, verb, 1, ...flags);

    expect(stderr).not.toContain('ERR_EGGTOOTH_GENERATION');
    if (['issue', 'renew', 'up'].includes(command)) {
      for (const secret of await lane.secrets()) fingerprintOf(secret, 'fake-reader');
    }
  });

  let current = 1;
  test.each(['fake-reader:g99', 'fake-reader:g2', 'fake-reader'])(
    'does not stop revoke, and is not taken for an old one, if it names %s',
    async (commonName) => {
      const lane = lanes.fake;
      await run(lane, 'up', current);
      await plant(['fake-shop'], 'fake-tls', commonName);

      const result = await revoke(lane, current);

      current++;
      expect(result.user).toBe(`fake-reader:g${current}`);
      expect(result.checks.filter(({ check }) => check === 'revoked-certificate').map(({ detail }) => detail)).toEqual([
        '403',
        '403',
      ]);
    },
  );
});

describe('A certificate in a Secret that the API server itself judges', () => {
  const direct = (verb: string, ...flags: string[]) =>
    eggtooth([verb, stage.bundle, '--kubeconfig', stage.cluster.kubeconfig, ...flags]);

  test('stops neither issue nor revoke if the cluster did not sign it, or its key is another one', async () => {
    expect(await direct('issue')).toMatchObject({ code: 0 });
    await plant(['eggtooth-shop'], 'assets-tls', 'assets-reader:g99');
    expect(await direct('issue')).toMatchObject({ code: 0 });
    await plant(['eggtooth-shop'], 'assets-tls', 'assets-reader:g7');
    const { data } = (await lanes.real.secrets())[0] ?? {};
    const patch = JSON.stringify({ data: { 'tls.key': data?.['tls.key'] } });
    await kubectl('patch', 'secret', 'assets-tls', '-n', 'eggtooth-shop', '--type=merge', '-p', patch);
    expect(await direct('renew', '--force')).toMatchObject({ code: 0 });
    // All Secrets hold the same certificate of the next user, as if the run before was interrupted.
    await plant(['eggtooth-system', 'eggtooth-shop'], 'assets-tls', 'assets-reader:g2');

    const { code, stdout } = await direct('revoke', '--grace', '0s', '-o', 'json');

    expect(code).toBe(0);
    expect(onlyItem('revoke', { stdout })).toMatchObject({ user: 'assets-reader:g2' });
  });
});

describe('A certificate of a later generation that the API server accepts', () => {
  beforeAll(async () => {
    await revoke(lanes.real, 1);
    await unbind(lanes.real, 'real-reader');
  });

  test.each(['issue', 'issue --dry-run', 'renew', 'up'])('stops %s without any RoleBinding', async (command) => {
    const [verb = '', ...flags] = command.split(' ');

    const { code, stderr } = await run(lanes.real, verb, 1, ...flags);

    expect(stderr).toMatch(/^error: Secret real-s[a-z]+\/real-tls: is for generation 2 of real-reader/);
    expect(code).toBe(1);
    expect(await bound(lanes.real, 'real-reader')).toBeUndefined();
  });
});
