import { App, Chart, Testing, Yaml } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ApiServer, FluxAio, type FluxAioProps } from '../../../src';
import { fluxControllers } from '../../../src/constructs/flux-aio/flux-controllers';
import { fluxReleases } from '../../../src/constructs/flux-aio/flux-releases';
import type { Container, DeploymentManifest } from '../../../src/kubernetes/k8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { thrownBy } from '../../support/errors';

function synth(props?: FluxAioProps): KubeObject[] {
  const chart = new Chart(new App(), 'test');
  new FluxAio(chart, 'flux', props);
  return Testing.synth(chart);
}

function deploymentOf(props?: FluxAioProps): DeploymentManifest {
  const deployment = synth(props).find(({ kind }) => kind === 'Deployment');
  return deployment as unknown as DeploymentManifest;
}

function podOf(props?: FluxAioProps) {
  const { spec } = deploymentOf(props).spec.template;
  if (spec === undefined) throw new Error('the Deployment has no pod');
  return spec;
}

function containersOf(props?: FluxAioProps): Record<string, Container> {
  return Object.fromEntries(podOf(props).containers.map((container) => [container.name, container]));
}

function argsOf(props: FluxAioProps | undefined, controller: string): readonly string[] {
  return containersOf(props)[controller]?.args ?? [];
}

function variableOf(props: FluxAioProps | undefined, variable: string): readonly unknown[] {
  const found = Object.values(containersOf(props)).map(
    ({ env = [] }) => env.find(({ name }) => name === variable)?.value,
  );
  return [...new Set(found)];
}

const refusal = (props: object) => thrownBy(() => synth(props));

describe('FluxAio', () => {
  test('is by default the whole Flux 2.9.5, with the bytes of the snapshot', async () => {
    await expect(Yaml.stringify(...synth())).toMatchFileSnapshot('../__snapshots__/flux-aio.k8s.yaml');
  });

  test('has its objects in the order in which they are applied, the Deployment last', () => {
    expect(synth({ persistence: {} }).map(({ kind }) => kind)).toEqual([
      'Namespace',
      'ServiceAccount',
      'ClusterRoleBinding',
      'ClusterRole',
      'ResourceQuota',
      'PersistentVolumeClaim',
      'Deployment',
    ]);
  });

  test('has no Namespace that every cluster has', () => {
    const objects = synth({ namespace: 'kube-system' });

    expect(objects.filter(({ kind }) => kind === 'Namespace')).toEqual([]);
    expect(objects.map(({ metadata }) => metadata.namespace).filter(Boolean)).toEqual(Array(3).fill('kube-system'));
  });

  test('has cluster-scoped objects without a namespace, even in a Chart that has one', () => {
    const chart = new Chart(new App(), 'test', { namespace: 'elsewhere' });
    new FluxAio(chart, 'flux');

    const namespaces = Testing.synth(chart).map(({ kind, metadata }) => `${kind} in ${metadata.namespace}`);
    expect(namespaces).toEqual([
      'Namespace in undefined',
      'ServiceAccount in flux-system',
      'ClusterRoleBinding in undefined',
      'ClusterRole in undefined',
      'ResourceQuota in flux-system',
      'Deployment in flux-system',
    ]);
  });

  test('names all its objects after itself, so that they do not conflict with those of a second Flux', () => {
    const names = synth({ name: 'second', namespace: 'second' }).map(
      ({ kind, metadata }) => `${kind} ${metadata.name}`,
    );

    expect(names).toEqual([
      'Namespace second',
      'ServiceAccount second',
      'ClusterRoleBinding second',
      'ClusterRole second-view',
      'ResourceQuota second',
      'Deployment second',
    ]);
    expect(deploymentOf({ name: 'second' }).spec.selector.matchLabels).toEqual({ 'app.kubernetes.io/name': 'second' });
    const args = argsOf({ name: 'second', securityProfile: 'restricted' }, 'source-controller');
    expect(args).toContain('--storage-adv-addr=second.$(RUNTIME_NAMESPACE).svc');
    expect(argsOf({ name: 'second', securityProfile: 'restricted' }, 'helm-controller')).toContain(
      '--default-service-account=second',
    );
  });

  describe('on a node that is not ready', () => {
    test('is on the host network, and stops the old pod before it starts a new one', () => {
      expect(podOf()).toMatchObject({ hostNetwork: true, priorityClassName: 'system-cluster-critical' });
      expect(deploymentOf().spec.strategy).toEqual({ type: 'Recreate' });
    });

    test.each([
      'node.kubernetes.io/not-ready',
      'node.kubernetes.io/unreachable',
      'node.kubernetes.io/network-unavailable',
      'node.cilium.io/agent-not-ready',
      'node.cloudprovider.kubernetes.io/uninitialized',
      'node.cluster.x-k8s.io/uninitialized',
      'node-role.kubernetes.io/control-plane',
      'node-role.kubernetes.io/master',
      'node-role.kubernetes.io/controlplane',
      'node-role.kubernetes.io/etcd',
      'CriticalAddonsOnly',
    ])('tolerates the taint %s with every effect, indefinitely', (key) => {
      expect(podOf().tolerations).toContainEqual({ key, operator: 'Exists' });
    });

    test.each(['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'])(
      'does not tolerate the taint node.kubernetes.io/%s, and would not work there',
      (key) => {
        expect(podOf().tolerations).not.toContainEqual(expect.objectContaining({ key: `node.kubernetes.io/${key}` }));
      },
    );

    test('can have more tolerations, or only others, and another affinity', () => {
      const tolerations = [{ key: 'dedicated', operator: 'Exists' }];
      const affinity = { nodeAffinity: {} };

      expect(podOf({ affinity })).toMatchObject({ affinity });
      expect(podOf({ tolerations }).tolerations).toEqual([...(podOf().tolerations ?? []), ...tolerations]);
      expect(podOf({ tolerations, onlyTolerations: [] }).tolerations).toEqual([]);
      expect(podOf({ onlyTolerations: tolerations }).tolerations).toEqual(tolerations);
    });

    test('can have annotations, pull secrets, a node selector, another priority, and volumes', () => {
      const volumes = [{ name: 'ca', configMap: { name: 'ca' } }];
      const volumeMounts = [{ name: 'ca', mountPath: '/etc/ssl/certs' }];
      const pod = {
        imagePullSecrets: [{ name: 'registry' }],
        nodeSelector: { disk: 'ssd' },
        priorityClassName: 'platform',
      };
      const props: FluxAioProps = { ...pod, volumes, volumeMounts, annotations: { 'prometheus.io/scrape': 'false' } };

      expect(podOf(props)).toMatchObject(pod);
      expect(podOf(props).volumes).toEqual([...(podOf().volumes ?? []), ...volumes]);
      for (const { volumeMounts: mounts = [] } of podOf(props).containers) {
        expect(mounts.at(-1)).toEqual(volumeMounts[0]);
      }
      expect(deploymentOf(props)).toHaveProperty('spec.template.metadata.annotations', {
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true',
        'prometheus.io/scrape': 'false',
      });
    });

    test('can have another security context in every controller', () => {
      const securityContext = { runAsUser: 1337 };

      expect(podOf({ securityContext }).containers.map((one) => one.securityContext)).toEqual(
        fluxControllers.map(() => securityContext),
      );
    });

    test('has a dnsPolicy only if one is set', () => {
      expect(podOf()).not.toHaveProperty('dnsPolicy');
      expect(podOf({ dnsPolicy: 'Default' }).dnsPolicy).toBe('Default');
    });
  });

  describe('without kube-proxy', () => {
    test.each([
      ['KubePrism of Talos', 'https://localhost:7445', 'localhost', '7445'],
      ['an address of the control plane', 'https://10.0.0.1:6443', '10.0.0.1', '6443'],
      ['an IPv6 address, without its brackets', 'https://[fd00::1]:6443', 'fd00::1', '6443'],
      ['a hosted endpoint on the usual port', 'https://api.example.org', 'api.example.org', '443'],
    ])('connects to the API server at %s', (_, url, host, port) => {
      const props = { apiServer: ApiServer.fromUrl(url) };

      expect(variableOf(props, 'KUBERNETES_SERVICE_HOST')).toEqual([host]);
      expect(variableOf(props, 'KUBERNETES_SERVICE_PORT')).toEqual([port]);
    });

    test('does not use a proxy for the API server and for exceptions', () => {
      const props: FluxAioProps = {
        apiServer: ApiServer.fromUrl('https://api.example.org:6443'),
        proxy: { https: 'http://proxy.example:3128', exceptions: ['10.0.0.0/8'] },
      };

      expect(variableOf(props, 'HTTPS_PROXY')).toEqual(['http://proxy.example:3128']);
      expect(variableOf(props, 'HTTP_PROXY')).toEqual([undefined]);
      expect(variableOf(props, 'NO_PROXY')).toEqual(['.cluster.local.,.cluster.local,.svc,api.example.org,10.0.0.0/8']);
    });

    test('uses the address of the Service kubernetes by default', () => {
      expect(variableOf(undefined, 'KUBERNETES_SERVICE_HOST')).toEqual([undefined]);
    });
  });

  describe('images', () => {
    test.each(Object.entries(fluxReleases))('of Flux %s are those of its release', (version, { tags }) => {
      const found = Object.values(containersOf({ version })).map(({ image }) => image);

      expect(found).toEqual(fluxControllers.map((name) => `ghcr.io/fluxcd/${name}:${tags[name]}`));
    });

    test.each(Object.keys(fluxReleases).filter((version) => version !== '2.10.0'))(
      'of Flux %s have digests',
      (version) => {
        for (const { image } of Object.values(containersOf({ version, digests: true }))) {
          expect(image).toMatch(/^ghcr\.io\/fluxcd\/[a-z-]+:v\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
        }
      },
    );

    test('of a release that is not known are those that are given', () => {
      const image = (name: string) => `registry.example/${name}:v9`;
      const options = Object.fromEntries(fluxControllers.map((name) => [name, { image: image(name) }]));
      const flux = containersOf({ version: '2.11.0', options, digests: true });

      expect(Object.values(flux).map((container) => container.image)).toEqual(fluxControllers.map(image));
      const { 'source-controller': source } = options;
      const few = { version: '2.11.0-rc.1', controllers: ['source-controller'] as const };
      expect(containersOf({ ...few, options: { 'source-controller': source } })['source-controller']?.image).toBe(
        image('source-controller'),
      );
      expect(refusal({ version: '2.11.0', options: { 'source-controller': source } })).toMatchObject({
        code: 'ERR_EGGTOOTH_OPTION',
        problem:
          'eggtooth has no images of Flux 2.11.0: kustomize-controller, helm-controller, notification-controller, source-watcher',
        fix: expect.stringMatching(/^set the option image of each of them, or use one of the releases 2\.7\.0 to /),
      });
    });

    test.each(['toString', '2.9', 'v2.9.5', '', '../2.9.5'])('of %j do not exist, for it is no release', (version) => {
      expect(refusal({ version })).toMatchObject({
        code: 'ERR_EGGTOOTH_OPTION',
        problem: `invalid Flux release: ${version}`,
        fix: 'use one of 2.7.0 to 2.7.5, 2.8.0 to 2.8.8, 2.9.0 to 2.9.5, 2.10.0, or another version such as 2.11.0 with its own images and CRDs',
      });
    });

    test('can come from another registry and be pinned by digest', () => {
      const { image } = containersOf({ registry: 'mirror.example/flux', digests: true })['source-controller'] ?? {};

      expect(image).toMatch(/^mirror\.example\/flux\/source-controller:v1\.9\.5@sha256:[0-9a-f]{64}$/);
    });

    test('are rejected if a digest is unknown and no image is set', () => {
      expect(refusal({ version: '2.10.0', digests: true })).toMatchObject({
        code: 'ERR_EGGTOOTH_OPTION',
        problem: 'no digest of source-controller in Flux 2.10.0',
        fix: 'set its image with a digest, or use one of the releases 2.7.0 to 2.7.5, 2.8.0 to 2.8.8, 2.9.0 to 2.9.5',
      });

      const image = `localhost/source-controller@sha256:${'0'.repeat(64)}`;
      const options = { 'source-controller': { image } };
      const given = containersOf({ version: '2.10.0', digests: true, controllers: ['source-controller'], options });
      expect(given['source-controller']?.image).toBe(image);
    });
  });

  describe('controllers', () => {
    test('are the selected ones, in the order of the pod', () => {
      const controllers = ['helm-controller', 'source-controller'] as const;

      expect(Object.keys(containersOf({ controllers }))).toEqual(['source-controller', 'helm-controller']);
    });

    test('send events only with notification-controller, and use ExternalArtifacts only with source-watcher', () => {
      const all = argsOf(undefined, 'helm-controller');
      const few = argsOf({ controllers: ['source-controller', 'helm-controller'] }, 'helm-controller');
      const gone = ['--events-addr=http://localhost:9690', '--feature-gates=ExternalArtifact=true'];

      expect(all.filter((arg) => !few.includes(arg))).toEqual(gone);
    });

    test('have the same flags in every release, and no feature gate but ExternalArtifact', () => {
      const flagsOf = (version: string) => Object.values(containersOf({ version })).map(({ args }) => args);

      for (const version of Object.keys(fluxReleases)) expect(flagsOf(version)).toEqual(flagsOf('2.9.5'));
      const gates = flagsOf('2.10.0').flatMap((args = []) => args.filter((arg) => arg.startsWith('--feature-gates')));
      expect(new Set(gates)).toEqual(new Set(['--feature-gates=ExternalArtifact=true']));
    });

    test('share no port', () => {
      const ports = podOf().containers.flatMap((container) => container.ports ?? []);

      expect(new Set(ports.map(({ containerPort }) => containerPort)).size).toBe(ports.length);
      expect(new Set(ports.map(({ name }) => name)).size).toBe(ports.length);
    });

    test('have probes on ports that they declare', () => {
      for (const { ports = [], livenessProbe, readinessProbe } of podOf().containers) {
        const names = ports.map(({ name }) => name);
        expect(names).toContain(livenessProbe?.httpGet?.port);
        expect(names).toContain(readinessProbe?.httpGet?.port);
      }
    });

    test('can have their own resources, concurrency and flags, the flags last', () => {
      const resources = { limits: { memory: '2Gi' } };
      const options = { 'source-watcher': { resources, concurrency: 20, extraArgs: ['--http-retry=3'] } };
      const { 'source-watcher': watcher, 'helm-controller': other } = containersOf({ options });

      expect(watcher?.resources).toEqual(resources);
      expect(watcher?.args?.slice(-2)).toEqual(['--concurrent=20', '--http-retry=3']);
      expect(other?.resources).toEqual({ requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '1Gi' } });
      expect(other?.args).toContain('--concurrent=5');
    });

    test('are restricted to their namespace by the profile restricted', () => {
      const added = (controller: string) => {
        const before = argsOf(undefined, controller);
        return argsOf({ securityProfile: 'restricted' }, controller).filter((arg) => !before.includes(arg));
      };

      expect(added('source-controller')).toEqual([]);
      expect(added('notification-controller')).toEqual(['--no-cross-namespace-refs']);
      expect(added('helm-controller')).toEqual(['--no-cross-namespace-refs', '--default-service-account=flux']);
      expect(added('kustomize-controller')).toEqual([
        '--no-cross-namespace-refs',
        '--no-remote-bases',
        '--default-service-account=flux',
      ]);
    });
  });

  test('can store artifacts in a PersistentVolumeClaim', () => {
    const persistence = { size: '1Gi', storageClassName: 'local' };
    const claim = synth({ persistence }).find(({ kind }) => kind === 'PersistentVolumeClaim');

    expect(claim?.metadata).toMatchObject({ name: 'flux', namespace: 'flux-system' });
    expect(claim?.spec).toEqual({
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: 'local',
    });
    expect(podOf({ persistence }).volumes).toContainEqual({
      name: 'data',
      persistentVolumeClaim: { claimName: 'flux' },
    });
  });

  test.each([
    [
      { version: '2.6.0' },
      `eggtooth has no images of Flux 2.6.0: ${fluxControllers.join(', ')}`,
      'set the option image of each of them, or use one of the releases 2.7.0 to 2.7.5, 2.8.0 to 2.8.8, 2.9.0 to 2.9.5, 2.10.0',
    ],
    [
      { controllers: ['helm-controller'] },
      'source-controller is missing: helm-controller',
      'add source-controller, which reads the charts',
    ],
    [
      { controllers: [] },
      'source-controller is missing: there are no controllers',
      'add source-controller, which reads the charts',
    ],
    [
      { controllers: ['source-controller', 'image-controller'] },
      'unknown controller: image-controller',
      `use some of ${fluxControllers.join(', ')}`,
    ],
    [{ options: { helm: {} } }, 'unknown controller: helm', `use some of ${fluxControllers.join(', ')}`],
  ])('rejects %j', (props, problem, fix) => {
    expect(refusal(props)).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem,
      fix,
      object: { kind: 'Deployment', namespace: 'flux-system', name: 'flux' },
    });
  });
});
