import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ApiCall, Cluster } from '../../src/cluster/cluster';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { EggtoothError } from '../../src/errors';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { requestReconcile } from '../../src/signing/flux/reconcile-request';
import { waitForFlux } from '../../src/signing/flux/wait-for-flux';
import { applyObjects } from '../../src/up/apply-objects';
import { readRepositoryState } from '../../src/up/links/repository-state';
import { planUp } from '../../src/up/plan-up';
import { Run } from '../../src/up/run';
import { type ControlPlane, eventually, startControlPlane } from '../../tools/control-plane';
import { createAuthority } from '../../tools/control-plane/pki';

let plane: ControlPlane;
let cluster: Cluster;
/** The calls that write, without dry runs. */
const writes: string[] = [];
beforeAll(async () => {
  plane = await startControlPlane();
  const real = await clusterFromKubeconfig({ kubeconfig: plane.kubeconfig });
  const call = (one: ApiCall) => {
    if (one.method !== 'GET' && one.query?.dryRun === undefined) writes.push(`${one.method} ${one.path}`);
    return real.call(one);
  };
  cluster = { server: real.server, certificateAuthority: real.certificateAuthority, call, close: () => real.close() };
});
afterAll(async () => {
  cluster?.close();
  await plane?.stop();
});
beforeEach(() => {
  writes.length = 0;
});

const object = (kind: string, name: string, rest: object, namespace = 'default', apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  ...rest,
});
const configMap = (name: string, namespace?: string) => object('ConfigMap', name, { data: { a: 'b' } }, namespace);
const create = (...objects: readonly KubeObject[]) =>
  plane.kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
const failureOf = async (promise: Promise<unknown>): Promise<EggtoothError> => {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof EggtoothError) return error;
  throw new Error(`no EggtoothError: ${error}`);
};
const applyTo = (one: KubeObject) => failureOf(new ClusterObjects(cluster).apply(one));
const container = (rest: object = {}) => ({ name: 'main', image: 'registry.example/a:1', ...rest });
const template = (...containers: readonly object[]) => ({ metadata: { labels: { app: 'x' } }, spec: { containers } });
const deployment = (name: string, ...containers: readonly object[]) =>
  object(
    'Deployment',
    name,
    { spec: { selector: { matchLabels: { app: 'x' } }, template: template(...containers) } },
    'default',
    'apps/v1',
  );
const namespace = (name: string, labels = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

describe('an object that the API server refuses, before anything is written', () => {
  const env = [
    { name: 'A', value: '1' },
    { name: 'A', value: '2' },
  ];
  const ports = [{ containerPort: 80 }, { containerPort: 80 }];
  const withMetadata = (extra: object) => {
    const one = configMap('copied');
    return { ...one, metadata: { ...one.metadata, ...extra } } as KubeObject;
  };

  test.each<readonly [what: string, refused: KubeObject, code: string, text: string]>([
    [
      'a duplicate variable',
      deployment('env', container({ env })),
      'ERR_EGGTOOTH_API',
      'duplicate entries for key [name="A"]',
    ],
    ['a duplicate port', deployment('port', container({ ports })), 'ERR_EGGTOOTH_API', 'duplicate entries for key'],
    [
      'a container twice',
      deployment('twice', container(), container()),
      'ERR_EGGTOOTH_API',
      'duplicate entries for key',
    ],
    ['an unknown field', deployment('typo', container({ imagee: 'x' })), 'ERR_EGGTOOTH_API', 'imagee'],
    ['a value of another type', object('ConfigMap', 'type', { data: { a: ['x'] } }), 'ERR_EGGTOOTH_API', 'data'],
    ['an invalid value', deployment('value', container({ name: 'NOT_A_NAME' })), 'ERR_EGGTOOTH_API', 'NOT_A_NAME'],
    ['managedFields', withMetadata({ managedFields: [{ manager: 'x' }] }), 'ERR_EGGTOOTH_BUNDLE', 'managedFields'],
    ['a stale resourceVersion', withMetadata({ resourceVersion: '1' }), 'ERR_EGGTOOTH_API', 'resourceVersion'],
    ['another uid', withMetadata({ uid: 'another' }), 'ERR_EGGTOOTH_API', 'uid'],
  ])('is reported: %s', async (what, refused, code, text) => {
    if (what.includes('resourceVersion') || what.includes('uid')) await create(configMap('copied')).catch(() => {});
    for (const run of [applyObjects, planUp]) {
      const error = await failureOf(run(cluster, [configMap('first'), refused], { timeout: 30_000 }));
      expect(error.code).toBe(code);
      expect(error.message).toContain(`${refused.kind} default/${refused.metadata.name}: `);
      expect(error.message).toContain(text);
      expect(error.fix).toBeDefined();
    }
    expect(writes).toEqual([]);
  });

  test('is reported together with all others, those of a namespace that does not exist yet too', async () => {
    const refused = [
      deployment('one', container({ env })),
      { ...deployment('two', container({ ports })), metadata: { name: 'two', namespace: 'later' } },
      { ...configMap('three'), dta: {} },
    ];
    for (const run of [applyObjects, planUp]) {
      const { message } = await failureOf(run(cluster, [namespace('later'), configMap('first'), ...refused]));
      expect(message).toContain('3 objects are rejected:');
      for (const name of ['Deployment default/one', 'Deployment later/two', 'ConfigMap default/three']) {
        expect(message).toContain(`\n  ${name}: `);
      }
      expect(message).not.toContain('kube-node-lease');
    }
    expect(writes).toEqual([]);
  });

  test('is reported if an immutable field would change, with the field', async () => {
    const claims = [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ];
    const set = (selector: string, serviceName: string) => ({
      ...object('StatefulSet', 'set', {
        spec: {
          serviceName,
          selector: { matchLabels: { app: selector } },
          template: { ...template(container()), metadata: { labels: { app: selector } } },
          volumeClaimTemplates: claims,
        },
      }),
      apiVersion: 'apps/v1',
    });
    const job = (image: string): KubeObject => ({
      ...object('Job', 'job', {
        spec: { template: { spec: { restartPolicy: 'Never', containers: [container({ image })] } } },
      }),
      apiVersion: 'batch/v1',
    });
    const binding = (role: string): KubeObject => ({
      ...object('RoleBinding', 'binding', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      }),
      apiVersion: 'rbac.authorization.k8s.io/v1',
    });
    const secret = (value: string) => object('Secret', 'frozen', { immutable: true, data: { a: value } });
    await applyObjects(cluster, [set('x', 'a'), job('a'), binding('view'), secret('YQ==')]);
    writes.length = 0;

    const error = await failureOf(
      applyObjects(cluster, [set('y', 'b'), job('b'), binding('edit'), secret('TOPSECRET+==')]),
    );
    expect(error.message).toContain('4 objects are rejected:');
    for (const name of [
      'StatefulSet default/set',
      'Job default/job',
      'RoleBinding default/binding',
      'Secret default/frozen',
    ]) {
      expect(error.message).toContain(`\n  ${name}: `);
    }
    expect(error.message.match(/delete the object first/g)).toHaveLength(4);
    expect(error.message).not.toContain('TOPSECRET');
    expect(writes).toEqual([]);
    expect((await applyTo(secret('Yg=='))).refusal).toBe('immutable');
  });

  test('is no obstacle if the bundle itself changes the CRD, or brings what the object refers to', async () => {
    const crd = (properties: object): KubeObject => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'eggs.example.org' },
      spec: {
        group: 'example.org',
        names: { kind: 'Egg', plural: 'eggs' },
        scope: 'Namespaced',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
          },
        ],
      },
    });
    const egg = (spec: object) => ({ ...object('Egg', 'egg', { spec }), apiVersion: 'example.org/v1' });
    const color = { color: { type: 'string' } };
    await applyObjects(cluster, [egg({ color: 'white' }), crd(color)], { timeout: 60_000 });
    const larger = [egg({ color: 'white', size: 1 }), crd({ ...color, size: { type: 'integer' } })];

    expect((await planUp(cluster, larger)).objects).toMatchObject([{ result: 'configured' }, { result: 'unchecked' }]);
    // The API server publishes the new schema a moment later.
    await eventually(async () => {
      const applied = await applyObjects(cluster, larger, { timeout: 60_000 });
      expect(applied.at(-1)).toMatchObject({ kind: 'Egg' });
    });
  });
});

describe('a 403', () => {
  test('of RBAC names the user and the rule that is missing, ready to be copied', async () => {
    const user = 'jane@example.org';
    const jane = await clusterFromKubeconfig({ kubeconfig: await plane.kubeconfigFor({ user }) });
    const secret = object('Secret', 'assets-tls', { data: { a: 'YQ==' } });
    try {
      const error = await failureOf(new ClusterObjects(jane).apply(secret));
      expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_FORBIDDEN', status: 403, refusal: 'permission' });
      expect(error.problem).toContain(`the user ${user} may not patch secrets assets-tls in the namespace default`);
      const rule = '{apiGroups: [""], resources: [secrets], resourceNames: [assets-tls], verbs: [create, patch]}';
      expect(error.fix).toBe(`grant this permission: ${rule} to the user ${user}, in a Role in the namespace default`);
      await plane.apply([
        {
          ...object('Role', 'copied', { rules: [rule].map((text) => JSON.parse(quoteYaml(text))) }),
          apiVersion: 'rbac.authorization.k8s.io/v1',
        },
        {
          ...object('RoleBinding', 'copied', {
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'copied' },
            subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
          }),
          apiVersion: 'rbac.authorization.k8s.io/v1',
        },
      ]);
      await eventually(() => new ClusterObjects(jane).apply(secret));

      const listed = await failureOf(new ClusterObjects(jane).list({ apiVersion: 'v1', kind: 'Node' }));
      expect(listed.fix).toBe(
        `grant this permission: {apiGroups: [""], resources: [nodes], verbs: [list]} to the user ${user}, in a ClusterRole`,
      );
      const path = await failureOf(jane.call({ purpose: 'read', method: 'GET', path: '/metrics' }));
      expect(path.fix).toContain('grant this permission: {nonResourceURLs: [/metrics], verbs: [get]} to the user');
    } finally {
      jane.close();
    }
  });

  test('of RBAC for rights that the user may not grant is told from a missing permission', async () => {
    const user = 'granter';
    await plane.kubectl([
      'create',
      'clusterrole',
      user,
      '--verb=create,patch,get',
      '--resource=roles.rbac.authorization.k8s.io',
    ]);
    await plane.kubectl(['create', 'clusterrolebinding', user, `--clusterrole=${user}`, `--user=${user}`]);
    const granter = await clusterFromKubeconfig({ kubeconfig: await plane.kubeconfigFor({ user }) });
    const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }];
    const role = { ...object('Role', 'granted', { rules }), apiVersion: 'rbac.authorization.k8s.io/v1' };
    const error = await failureOf(new ClusterObjects(granter).apply(role));
    granter.close();

    expect(error.refusal).toBe('escalation');
    expect(error.fix).not.toContain('grant this permission');
  });

  test('of a namespace that is being deleted is reported before anything is written', async () => {
    await create(namespace('ending'), {
      ...configMap('holds', 'ending'),
      metadata: { name: 'holds', namespace: 'ending', finalizers: ['example.org/x'] } as object,
    });
    await plane.kubectl(['delete', 'namespace', 'ending', '--wait=false']);
    const late = configMap('late', 'ending');

    const error = await failureOf(applyObjects(cluster, [configMap('first'), late]));
    expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_FORBIDDEN', refusal: 'terminating' });
    expect(error.fix).toContain('wait until the namespace is gone');
    const { refusal } = await applyTo(object('Secret', 'late', { data: {} }, 'ending'));
    expect(refusal).toBe('terminating');
    const both = await failureOf(applyObjects(cluster, [namespace('ending'), late]));
    expect(both.message).toContain('Namespace ending: cannot be applied: it is being deleted, and waits for');
    expect(writes).toHaveLength(1);
    await plane.kubectl([
      'patch',
      'configmap',
      'holds',
      '-n',
      'ending',
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":null}}',
    ]);
  });

  test('of a quota, a LimitRange, the pod security level and a ServiceAccount says which', async () => {
    const limited = 'limited';
    const pod = (name: string, spec: object = {}) =>
      object('Pod', name, { spec: { containers: [container()], ...spec } }, limited);
    await create(namespace(limited, { 'pod-security.kubernetes.io/enforce': 'baseline' }));
    await plane.kubectl(['wait', '--for=create', 'serviceaccount/default', '-n', limited, '--timeout=60s']);

    expect(await applyTo(pod('privileged', { hostNetwork: true }))).toMatchObject({
      refusal: 'pod-security',
      fix: expect.stringContaining('pod-security.kubernetes.io/enforce'),
    });
    expect(await applyTo(pod('orphan', { serviceAccountName: 'nobody' }))).toMatchObject({
      refusal: 'service-account',
      problem: expect.stringContaining('nobody'),
    });
    await create(
      object('LimitRange', 'range', { spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] } }, limited),
    );
    const resources = { limits: { cpu: '2' } };
    await eventually(async () => {
      const error = await applyTo(pod('large', { containers: [container({ resources })] }));
      expect(error).toMatchObject({ refusal: 'limit-range', fix: expect.stringContaining('LimitRange') });
    });
    await create(object('ResourceQuota', 'few', { spec: { hard: { 'count/configmaps': '1', pods: '0' } } }, limited));
    await plane.kubectl([
      'wait',
      '--for=jsonpath={.status.hard.pods}=0',
      'resourcequota/few',
      '-n',
      limited,
      '--timeout=60s',
    ]);
    await eventually(async () => {
      const error = await failureOf(applyObjects(cluster, [configMap('second', limited)]));
      expect(error).toMatchObject({ refusal: 'quota', fix: expect.stringContaining('raise the ResourceQuota few') });
    });
    expect(writes.filter((write) => write.includes('configmaps'))).toEqual([]);
  });

  test('of a webhook names it, also of one that does not answer', async () => {
    const authority = await createAuthority('webhooks');
    const { certificate, key } = await authority.signServer('webhook', ['localhost'], ['127.0.0.1']);
    const server = createServer({ cert: certificate, key }, (request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        const {
          apiVersion,
          kind,
          request: { uid },
        } = JSON.parse(text);
        const status = { code: 403, message: 'no owner. User "x" cannot get resource "y" in API group ""' };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ apiVersion, kind, response: { uid, allowed: false, status } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const webhook = (name: string, at: number, sideEffects: string, label: string) => ({
      name: `${name}.example.org`,
      clientConfig: {
        url: `https://127.0.0.1:${at}/`,
        caBundle: Buffer.from(authority.certificate).toString('base64'),
      },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps', 'secrets'] }],
      objectSelector: { matchLabels: { webhook: label } },
      admissionReviewVersions: ['v1'],
      sideEffects,
      timeoutSeconds: 5,
    });
    await create({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'webhooks' },
      webhooks: [webhook('denies', port, 'None', 'denies'), webhook('fails', 1, 'None', 'fails')],
    });
    const labeled = (kind: string, label: string) => {
      const one = { ...object(kind, `webhook-${label}`, {}) };
      return { ...one, metadata: { ...one.metadata, labels: { webhook: label } } };
    };
    try {
      for (const kind of ['ConfigMap', 'Secret']) {
        await eventually(async () => {
          const denied = await failureOf(applyObjects(cluster, [configMap('first'), labeled(kind, 'denies')]));
          expect(denied).toMatchObject({ refusal: 'webhook', fix: expect.stringContaining('denies.example.org') });
          expect(denied.fix).not.toContain('grant this permission');
        });
      }
      writes.length = 0;
      expect(await planUp(cluster, [labeled('ConfigMap', 'fails')])).toMatchObject({
        objects: [{ result: 'created', reason: expect.stringContaining('failed calling webhook "fails.example.org"') }],
      });
      const failed = await failureOf(new ClusterObjects(cluster).apply(labeled('ConfigMap', 'fails')));
      expect(failed).toMatchObject({
        refusal: 'webhook-failed',
        retryable: true,
        fix: expect.stringContaining('fails.example.org'),
      });
    } finally {
      server.close();
      await plane.kubectl(['delete', 'validatingwebhookconfiguration', 'webhooks']);
    }
  });

  test('of a ValidatingAdmissionPolicy names it, whatever its status, and the bundle may change the policy', async () => {
    const [group, name] = ['admissionregistration.k8s.io/v1', 'no-eggs'];
    const policy = (expression: string, reason: string): readonly KubeObject[] => [
      {
        apiVersion: group,
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name },
        spec: {
          matchConstraints: {
            resourceRules: [
              { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
            ],
          },
          validations: [{ expression, reason, message: 'no eggs' }],
        },
      },
      {
        apiVersion: group,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name },
        spec: { policyName: name, validationActions: ['Deny'] },
      },
    ];
    for (const reason of ['Invalid', 'Forbidden']) {
      await applyObjects(cluster, policy("object.metadata.name != 'egg'", reason));
      const status = reason === 'Invalid' ? 422 : 403;
      const dryRun = () => new ClusterObjects(cluster).apply(configMap('egg'), { dryRun: true });
      await eventually(async () => expect(await failureOf(dryRun())).toMatchObject({ deniedBy: name, status }));
      const denied = await failureOf(applyObjects(cluster, [configMap('before-egg'), configMap('egg')]));
      expect(denied).toMatchObject({ refusal: 'policy', deniedBy: name, status });
      expect(denied.fix).toContain('ValidatingAdmissionPolicy no-eggs');
      expect(writes.filter((write) => write.includes('before-egg'))).toEqual([]);
    }
    const changed = [...policy('true', 'Invalid'), configMap('egg')];
    expect((await planUp(cluster, changed)).objects.at(-1)).toMatchObject({ result: 'unchecked' });
    await eventually(() => applyObjects(cluster, changed));
    await plane.kubectl(['delete', 'validatingadmissionpolicybinding', name]);
  });
});

describe('a HelmRepository that is being deleted', () => {
  test('is not waited for: up and issue say what holds it', async () => {
    await plane.apply(fluxCrds(newestFlux).filter(({ metadata }) => metadata.name?.startsWith('helmrepositories.')));
    await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    const repository = {
      ...object('HelmRepository', 'system', { spec: { url: 'https://10.0.0.1:6443/x' } }),
      apiVersion: 'source.toolkit.fluxcd.io/v1',
    };
    const held = { ...repository, metadata: { ...repository.metadata, finalizers: ['finalizers.fluxcd.io'] } };
    await create(held as KubeObject);
    await plane.kubectl(['delete', 'helmrepository', 'system', '--wait=false']);
    await requestReconcile(cluster, repository);

    const { broken, waiting } = await readRepositoryState(new Run(cluster, {}), repository);
    expect({ ...broken, waiting }).toMatchObject({
      problem: 'is being deleted, and waits for finalizers.fluxcd.io',
      waiting: false,
    });
    const repositories = [{ object: repository }] as unknown as Parameters<typeof waitForFlux>[1]['repositories'];
    const started = performance.now();
    expect(await waitForFlux(cluster, { repositories }, { timeout: 60_000 })).toMatchObject([
      { ok: false, detail: 'is being deleted, and waits for finalizers.fluxcd.io' },
    ]);
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

/** A rule of one line as JSON. */
function quoteYaml(rule: string): string {
  return rule.replaceAll(/(?<=[{[ ])([A-Za-z][\w.@/-]*)(?=[:,\]])/g, '"$1"');
}
