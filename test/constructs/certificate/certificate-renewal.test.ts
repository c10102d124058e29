import { type Chart, Duration, JsonPatch, Testing } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  ApiServer,
  AssetsReader,
  AssetsRepository,
  BootstrapBundle,
  type BootstrapBundleProps,
  CertificateRenewal,
  type CertificateRenewalProps,
  Chain,
  ProxyRoute,
} from '../../../src';
import { assertSignable, check } from '../../../src/chain/rules/check';
import { listAt, stringAt } from '../../../src/kubernetes/fields';
import type { JobManifest } from '../../../src/kubernetes/k8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { requestForms } from '../../../src/pki/request-forms';
import { thrownBy } from '../../support/errors';
import { find, labelOf } from '../../support/golden';
import { synth } from '../../support/synth';

const CA = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const apiServer = ApiServer.fromUrl('https://example.org:6443');
const place = { name: 'assets-renewal', namespace: 'platform' };
const NAME = 'assets-renewal.platform';

function repositoriesOf(chart: Chart, endpoint: ApiServer, id = ''): readonly AssetsRepository[] {
  const route = ProxyRoute.pod({ namespace: 'platform', name: `flux-assets${id}-0`, port: 8123 });
  const reader = new AssetsReader(chart, `reader${id}`, { name: `assets-reader${id}`, route });
  return ['platform', 'tenants'].map((namespace) => {
    const props = { name: `charts${id}`, namespace, path: '/charts', apiServer: endpoint, reader };
    return new AssetsRepository(chart, `${namespace}${id}`, props);
  });
}

/** The objects of a renewal, without its readers and repositories. */
function renewal(changes: Partial<CertificateRenewalProps> = {}, endpoint = apiServer): readonly KubeObject[] {
  const objects = synth((chart) => {
    const repositories = repositoriesOf(chart, endpoint);
    const image = 'registry.example/eggtooth:1';
    new CertificateRenewal(chart, 'renewal', { ...place, image, repositories, ...changes });
  });
  return objects.slice(4);
}

const podOf = (objects: readonly KubeObject[]) => {
  const { spec } = find([...objects], 'CronJob assets-renewal') as unknown as {
    spec: { jobTemplate: { spec: { template: { spec: Record<string, unknown> } } } };
  };
  return spec.jobTemplate.spec.template.spec;
};
/** The chain in the ConfigMap. */
function chainOf(objects: readonly KubeObject[]): Chain {
  const text = stringAt(find([...objects], 'ConfigMap assets-renewal'), 'data', 'chain.yaml') ?? '';
  return Chain.fromObjects(parseAllDocuments(text).map((document): KubeObject => document.toJS()));
}
const containerOf = (objects: readonly KubeObject[]) => listAt(podOf(objects), 'containers')[0];

describe('a renewal', () => {
  test('has the policy and its binding before every right, and the job last', () => {
    expect(
      renewal().map(({ metadata, ...object }) => `${labelOf({ metadata, ...object })} ${metadata.namespace ?? ''}`),
    ).toEqual([
      `ValidatingAdmissionPolicy ${NAME} `,
      `ValidatingAdmissionPolicyBinding ${NAME} `,
      'ServiceAccount assets-renewal platform',
      'ConfigMap assets-renewal platform',
      `Role ${NAME} platform`,
      `RoleBinding ${NAME} platform`,
      `Role ${NAME} tenants`,
      `RoleBinding ${NAME} tenants`,
      `ClusterRole ${NAME} `,
      `ClusterRoleBinding ${NAME} `,
      'CronJob assets-renewal platform',
    ]);
  });

  test('breaks no rule of the chain', () => {
    const objects = synth((chart) => {
      const repositories = repositoriesOf(chart, apiServer);
      new CertificateRenewal(chart, 'renewal', { ...place, image: 'registry.example/eggtooth:1', repositories });
    });

    expect(check(Chain.fromObjects(objects))).toEqual([]);
  });

  test('is checked by the rules: its image must be pinned', () => {
    expect(() => renewal({ image: 'registry.example/eggtooth' })).toThrow('image-pinned');
  });

  test('keeps its namespaces in a Chart with another one, and adds none to cluster-scoped objects', () => {
    const build = (namespace?: string) =>
      synth((chart) => {
        const repositories = repositoriesOf(chart, apiServer);
        new CertificateRenewal(chart, 'renewal', { ...place, image: 'registry.example/eggtooth:1', repositories });
      }, namespace);

    expect(build('elsewhere')).toEqual(build());
  });

  test('contains the whole chain that it renews, which is sound by itself', () => {
    const chain = chainOf(renewal());

    expect(() => assertSignable(chain)).not.toThrow();
    expect(chain.credentials.map(({ user, secrets }) => [user, secrets.map(({ namespace }) => namespace)])).toEqual([
      ['assets-reader', ['platform', 'tenants']],
    ]);
    expect(chain.objects).toHaveLength(4);
    expect(chain.objects.map(({ kind }) => kind)).not.toContain('Secret');
  });
});

describe('the rights of a renewal', () => {
  test('cover only its Secrets and repositories, by name', () => {
    const [role] = renewal().filter(({ kind, metadata }) => kind === 'Role' && metadata.namespace === 'tenants');

    expect(role?.rules).toEqual([
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['assets-reader-tls'], verbs: ['get', 'patch'] },
      {
        apiGroups: ['source.toolkit.fluxcd.io'],
        resources: ['helmrepositories'],
        resourceNames: ['charts'],
        verbs: ['get', 'patch'],
      },
    ]);
  });

  test('allow it to read the RoleBindings of the reader', () => {
    const [role] = renewal().filter(({ kind, metadata }) => kind === 'Role' && metadata.namespace === 'platform');

    expect(listAt(role, 'rules')[2]).toEqual({
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['rolebindings'],
      resourceNames: ['assets-reader'],
      verbs: ['get'],
    });
  });

  test('have no wildcard, and rules without names only for requests and reviews', () => {
    const rules = renewal().flatMap((object) => listAt(object, 'rules'));

    expect(JSON.stringify(rules)).not.toContain('"*"');
    const nameless = rules.filter((rule) => listAt(rule, 'resourceNames').length === 0);
    expect(nameless.flatMap((rule) => listAt(rule, 'resources'))).toEqual([
      'certificatesigningrequests',
      'certificatesigningrequests/approval',
      'subjectaccessreviews',
    ]);
  });

  test('are bound only to its service account', () => {
    const bindings = renewal().filter(({ kind }) => /^(Cluster)?RoleBinding$/.test(kind));

    expect(bindings).toHaveLength(3);
    for (const { subjects } of bindings) expect(subjects).toEqual([{ kind: 'ServiceAccount', ...place }]);
  });

  test('have different names for renewal jobs of the same name in two namespaces', () => {
    const names = ['platform', 'staging'].map((namespace) =>
      renewal({ namespace }).flatMap(({ kind, metadata }) => (/Role|Policy/.test(kind) ? [metadata.name] : [])),
    );

    expect(new Set(names[0]).size).toBe(1);
    expect(names[0]?.[0]).not.toBe(names[1]?.[0]);
  });
});

describe('the policy of a renewal', () => {
  const policyOf = (changes?: Partial<CertificateRenewalProps>) =>
    find([...renewal(changes)], `ValidatingAdmissionPolicy ${NAME}`) as unknown as {
      spec: Record<string, unknown> & {
        readonly variables: readonly { readonly name: string; readonly expression: string }[];
      };
    };

  test('applies to its service account, and to every change of a request', () => {
    const { spec } = policyOf();

    expect(spec.failurePolicy).toBe('Fail');
    expect(spec.matchConditions).toEqual([
      {
        name: 'user',
        expression: "request.userInfo.username == 'system:serviceaccount:platform:assets-renewal'",
      },
    ]);
    expect(JSON.stringify(spec.matchConstraints)).toContain('["CREATE","UPDATE","DELETE"]');
  });

  test('has every possible beginning of a request for the user', () => {
    const { expression = '' } = policyOf().spec.variables.find(({ name }) => name === 'lengths') ?? {};

    const forms = requestForms('assets-reader');
    expect(forms).toHaveLength(11);
    for (const { start, length } of forms) expect(expression).toContain(`'${start}': ${length}`);
  });

  test('limits the duration to the one that the chain states and the job requests', () => {
    const objects = renewal({ duration: Duration.hours(12) });
    const chain = chainOf(objects);

    expect(JSON.stringify(find([...objects], `ValidatingAdmissionPolicy ${NAME}`))).toContain(
      'expirationSeconds <= 43200',
    );
    expect(chain.credentials.map(({ duration }) => duration)).toEqual([43_200]);
    expect(containerOf(objects)).toHaveProperty('args', [
      'renew',
      '/etc/eggtooth/chain.yaml',
      `--require-policy=${NAME}`,
    ]);
  });

  test('denies what it does not allow', () => {
    expect(find([...renewal()], `ValidatingAdmissionPolicyBinding ${NAME}`).spec).toEqual({
      policyName: NAME,
      validationActions: ['Deny'],
    });
  });
});

describe('the job of a renewal', () => {
  test('runs before there is a CNI: on the host network, on a node that is not ready, with the address of the endpoint', () => {
    const pod = podOf(renewal({}, ApiServer.fromUrl('https://[fd00::1]:7445')));

    expect(pod).toMatchObject({ hostNetwork: true });
    expect(pod.tolerations).toContainEqual({ key: 'node.kubernetes.io/not-ready', operator: 'Exists' });
    expect(listAt(pod, 'containers')[0]).toHaveProperty('env', [
      { name: 'KUBERNETES_SERVICE_HOST', value: 'fd00::1' },
      { name: 'KUBERNETES_SERVICE_PORT', value: '7445' },
    ]);
  });

  test('has a restricted security context, and only the volumes with its token and the chain', () => {
    const pod = podOf(renewal());

    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(listAt(pod, 'containers')).toEqual([
      expect.objectContaining({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      }),
    ]);
    expect(listAt(pod, 'volumes').map((volume) => Object.keys(volume as object))).toEqual([
      ['configMap', 'name'],
      ['name', 'projected'],
    ]);
    expect(JSON.stringify(pod)).not.toMatch(/hostPath|privileged|"secret"/);
  });

  test('never runs twice at the same time, and runs every hour by default', () => {
    expect(find([...renewal()], 'CronJob assets-renewal').spec).toMatchObject({
      concurrencyPolicy: 'Forbid',
      schedule: '17 * * * *',
    });
    expect(find([...renewal({ schedule: '*/5 * * * *' })], 'CronJob assets-renewal').spec).toMatchObject({
      schedule: '*/5 * * * *',
    });
  });

  test("verifies the API server with the endpoint's CA if there is one, and else with the cluster's", () => {
    const caOf = (objects: readonly KubeObject[]) => {
      const sources = listAt(listAt(podOf(objects), 'volumes')[1], 'projected', 'sources');
      return sources.flatMap((source) => stringAt(source, 'configMap', 'name') ?? []);
    };

    expect(caOf(renewal())).toEqual(['kube-root-ca.crt']);
    const own = renewal({}, ApiServer.fromUrl('https://example.org:6443', { certificateAuthority: CA }));
    expect(caOf(own)).toEqual(['assets-renewal']);
    expect(find([...own], 'ConfigMap assets-renewal')).toHaveProperty(['data', 'ca.crt'], CA);
  });
});

describe('a renewal that issues the first certificate', () => {
  const first = (changes: Partial<CertificateRenewalProps> = {}) => renewal({ firstCertificate: true, ...changes });
  const rulesOf = (objects: readonly KubeObject[]) =>
    objects.flatMap((object) => listAt(object, 'rules').map((rule) => [object.metadata.namespace, rule] as const));
  const isAboutSecrets = (rule: unknown) => listAt(rule, 'resources').includes('secrets');

  test('has both policies and their bindings before every right, and its Job last', () => {
    const labels = first().map(labelOf);

    expect(labels.slice(0, 4)).toEqual([
      `ValidatingAdmissionPolicy ${NAME}`,
      `ValidatingAdmissionPolicyBinding ${NAME}`,
      `ValidatingAdmissionPolicy ${NAME}.secrets`,
      `ValidatingAdmissionPolicyBinding ${NAME}.secrets`,
    ]);
    expect(labels.at(-1)).toBe('Job assets-renewal-first');
  });

  test('may create only Secrets of certain names, beside the one that checks the policy', () => {
    expect(rulesOf(first()).filter(([, rule]) => isAboutSecrets(rule))).toEqual([
      [
        'platform',
        {
          apiGroups: [''],
          resources: ['secrets'],
          resourceNames: ['assets-reader-tls'],
          verbs: ['get', 'patch', 'create'],
        },
      ],
      [
        'platform',
        { apiGroups: [''], resources: ['secrets'], resourceNames: [`${NAME}.secrets`], verbs: ['patch', 'create'] },
      ],
      [
        'tenants',
        {
          apiGroups: [''],
          resources: ['secrets'],
          resourceNames: ['assets-reader-tls'],
          verbs: ['get', 'patch', 'create'],
        },
      ],
    ]);
  });

  test('has each write of a Secret in one policy, so that a denial tells which one is enforced', () => {
    const writes = [NAME, `${NAME}.secrets`].map((name) => {
      const rules = listAt(
        find([...first()], `ValidatingAdmissionPolicy ${name}`),
        'spec',
        'matchConstraints',
        'resourceRules',
      );
      return rules.filter(isAboutSecrets).flatMap((rule) => listAt(rule, 'operations'));
    });

    expect(writes).toEqual([['UPDATE', 'DELETE'], ['CREATE']]);
  });

  test('changes nothing but that: without it nothing may create a Secret', () => {
    const [without, withJob] = [renewal(), first()];

    expect(JSON.stringify(without)).not.toMatch(/"Job"|\.secrets"|first-certificate/);
    expect(rulesOf(without).some(([, rule]) => isAboutSecrets(rule) && listAt(rule, 'verbs').includes('create'))).toBe(
      false,
    );
    expect(podOf(withJob)).toEqual(podOf(without));
  });

  test('runs its Job until it is done, with the pod of the CronJob', () => {
    const objects = first({ imagePullSecrets: [{ name: 'registry' }], priorityClassName: 'system-cluster-critical' });
    const { spec } = find([...objects], 'Job assets-renewal-first') as unknown as JobManifest;

    expect(spec).toMatchObject({ backoffLimit: 2 ** 31 - 1, ttlSecondsAfterFinished: 60 });
    expect(spec).not.toHaveProperty('activeDeadlineSeconds');
    const { restartPolicy, containers, ...pod } = spec.template.spec ?? { containers: [] };
    const { restartPolicy: never, containers: others, ...cronPod } = podOf(objects);
    expect([restartPolicy, never]).toEqual(['OnFailure', 'Never']);
    expect(pod).toEqual(cronPod);
    expect(pod).toMatchObject({
      imagePullSecrets: [{ name: 'registry' }],
      priorityClassName: 'system-cluster-critical',
    });
    const [container] = containers;
    expect([{ ...container, args: container?.args?.slice(0, -1) }]).toEqual(others);
    expect(container?.args?.at(-1)).toBe('--wait=15m');
  });

  test('has a Job with the longest name that is valid', () => {
    const objects = first({ name: 'a'.repeat(52) });

    expect(objects.at(-1)?.metadata.name).toHaveLength(58);
  });

  test('breaks no rule of the chain', () => {
    const objects = synth((chart) => {
      const repositories = repositoriesOf(chart, apiServer);
      const image = 'registry.example/eggtooth:1';
      new CertificateRenewal(chart, 'renewal', { ...place, image, repositories, firstCertificate: true });
    });

    expect(check(Chain.fromObjects(objects))).toEqual([]);
  });
});

describe('a renewal is rejected', () => {
  const CRONJOB = { apiVersion: 'batch/v1', kind: 'CronJob', namespace: 'platform' };

  test.each(['', 'Upper', 'dot.ted', 'a'.repeat(53), '-a'])('with the name %j', (name) => {
    const error = thrownBy(() => renewal({ name }));

    expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_OPTION', object: { ...CRONJOB, name } });
  });

  const everyMinute = '* * * * *';
  test.each([
    ['shorter than Kubernetes accepts', Duration.minutes(9)],
    ['longer than clusters sign', Duration.days(730)],
    ['longer than clusters sign by a second', Duration.seconds(365 * 86_400 + 1)],
    ['of no whole seconds', Duration.millis(7_200_001)],
  ])('with a duration %s', (_, duration) => {
    expect(thrownBy(() => renewal({ duration, schedule: everyMinute }))).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: `invalid duration of a certificate: ${duration.toSeconds({ integral: false })} s`,
      fix: expect.stringContaining('from 10 minutes'),
    });
  });

  test.each([
    ['every 5 minutes', 'has 3 fields instead of 5'],
    ['17 * * *', 'has 4 fields instead of 5'],
    ['17 24 * * *', 'has an invalid hour: "24"'],
    ['TZ=Europe/Berlin 17 * * * *', 'has a time zone'],
    ['', 'has 1 fields instead of 5'],
  ])('with the schedule %j', (schedule, problem) => {
    expect(thrownBy(() => renewal({ schedule }))).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: expect.stringContaining(problem),
      object: { ...CRONJOB, name: 'assets-renewal' },
    });
  });

  test.each([
    ['an hourly schedule and 1 hour', '17 * * * *', Duration.hours(1), 'pauses for up to 1h, and a certificate of 1h'],
    ['an hourly schedule and 10 hours', '@hourly', Duration.hours(10), 'pauses for up to 1h, and a certificate of 10h'],
    ['a schedule for working hours', '17 8-16 * * mon-fri', Duration.days(7), 'pauses for up to 64h'],
    [
      'a weekly schedule and the default duration',
      '@weekly',
      undefined,
      'pauses for up to 7d, and a certificate of 7d',
    ],
    ['a schedule that never runs', '0 0 30 2 *', Duration.days(365), 'never runs'],
  ])('with %s: it may expire before the job runs', (_, schedule, duration, problem) => {
    expect(thrownBy(() => renewal({ schedule, duration }))).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: expect.stringContaining(problem),
      fix: 'run the job more often, or set a longer duration',
      object: { ...CRONJOB, name: 'assets-renewal' },
    });
  });

  test.each([
    ['17 * * * *', Duration.hours(12)],
    ['*/5 * * * *', Duration.hours(1)],
    ['@daily', Duration.days(11)],
    ['0 3 * * sun', Duration.days(90)],
    ['@every 30m', Duration.hours(6)],
  ])('but not with the schedule %j and a duration that it can keep', (schedule, duration) => {
    expect(() => renewal({ schedule, duration })).not.toThrow();
  });

  test('with another duration than its reader', () => {
    const build = (chart: Chart) => {
      const route = ProxyRoute.pod({ namespace: 'platform', name: 'flux-assets-0', port: 8123 });
      const reader = new AssetsReader(chart, 'reader', { name: 'assets-reader', route, duration: Duration.days(30) });
      const props = { name: 'charts', namespace: 'platform', path: '/charts', apiServer, reader };
      const repositories = [new AssetsRepository(chart, 'charts', props)];
      const image = 'registry.example/eggtooth:1';
      new CertificateRenewal(chart, 'renewal', { ...place, image, repositories, duration: Duration.days(7) });
    };

    expect(thrownBy(() => synth(build))).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: 'has another duration than its reader: 7d',
    });
  });

  test('with a chain in its ConfigMap that breaks a rule', () => {
    const build = (chart: Chart) => {
      const repositories = repositoriesOf(chart, apiServer);
      repositories[0]?.apiObject.addJsonPatch(JsonPatch.replace('/spec/interval', 'often'));
      const image = 'registry.example/eggtooth:1';
      new CertificateRenewal(chart, 'renewal', { ...place, image, repositories: [...repositories, ...repositories] });
    };

    expect(() => synth(build)).toThrow(
      /in the ConfigMap platform\/assets-renewal: error interval: HelmRepository platform\/charts/,
    );
  });

  test('without repositories', () => {
    expect(thrownBy(() => renewal({ repositories: [] }))).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: 'has no repositories',
    });
  });

  test.each([
    ['several readers', apiServer],
    ['several API servers', ApiServer.fromUrl('https://localhost:7445')],
  ])('with repositories of %s', (_, endpoint) => {
    const build = (chart: Chart) => {
      const repositories = [...repositoriesOf(chart, apiServer), ...repositoriesOf(chart, endpoint, '-2')];
      new CertificateRenewal(chart, 'renewal', { ...place, image: 'registry.example/eggtooth:1', repositories });
    };

    expect(thrownBy(() => synth(build))).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: 'has repositories with several readers or API servers',
    });
  });
});

describe('a bundle with a renewal', () => {
  const props: BootstrapBundleProps = {
    apiServer,
    namespace: 'platform',
    assets: { image: 'registry.example/assets:1', port: 8123 },
    repositories: [{ name: 'system', path: '/system' }],
    renewal: { image: 'registry.example/eggtooth:1' },
  };

  test('names the renewal after the server, and adds it after the repositories', () => {
    const bundle = new BootstrapBundle(Testing.app(), 'bundle', props);

    const labels = Testing.synth(bundle).map(labelOf);
    expect(labels.slice(5, 7)).toEqual([
      'HelmRepository system',
      'ValidatingAdmissionPolicy flux-assets-renewal.platform',
    ]);
    expect(labels.at(-1)).toBe('CronJob flux-assets-renewal');
    expect(bundle.renewal?.apiObject.name).toBe('flux-assets-renewal');
  });

  test.each([
    ['of the renewal', { renewal: { image: 'registry.example/eggtooth:1', duration: Duration.days(2) } }, '2d'],
    ['of the reader', { readerDuration: Duration.days(3) }, '3d'],
    ['of the reader without a renewal', { readerDuration: Duration.days(3), renewal: undefined }, '3d'],
    ['by default', {}, '7d'],
  ])('states the duration %s in every HelmRepository, and in the ConfigMap of the job', (_, changes, stated) => {
    const objects: KubeObject[] = Testing.synth(new BootstrapBundle(Testing.app(), 'bundle', { ...props, ...changes }));

    const annotations = { 'eggtooth.dev/certificate-duration': stated };
    expect(find(objects, 'HelmRepository system').metadata.annotations).toMatchObject(annotations);
    const chains = objects.flatMap((object) => stringAt(object, 'data', 'chain.yaml') ?? []);
    expect(chains).toHaveLength('renewal' in changes && changes.renewal === undefined ? 0 : 1);
    for (const chain of chains) expect(chain).toContain(`eggtooth.dev/certificate-duration: ${stated}`);
  });

  test.each(['sidecar', 'same-node'] as const)('needs the API server as the chart source, not %s', (localhost) => {
    const build = () => new BootstrapBundle(Testing.app(), 'bundle', { ...props, localhost, flux: {} });

    expect(thrownBy(build)).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: 'a bundle that reads on localhost has no certificate to renew: bundle',
    });
  });
});
