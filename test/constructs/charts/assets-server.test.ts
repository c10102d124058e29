import { ApiObject, JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { AssetsServer, type AssetsServerProps } from '../../../src/constructs/charts/assets-server';
import { FluxAio } from '../../../src/constructs/flux-aio/flux-aio';
import { fieldAt } from '../../../src/kubernetes/fields';
import { errorOf, thrownBy } from '../../support/errors';
import { synth } from '../../support/synth';

const props: AssetsServerProps = { namespace: 'platform', image: 'registry.example/assets:1', port: 8123 };

const statefulSet = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'flux-assets', namespace: 'platform', labels: { app: 'flux-assets' } },
  spec: {
    serviceName: 'flux-assets',
    replicas: 1,
    selector: { matchLabels: { app: 'flux-assets' } },
    template: {
      metadata: { labels: { app: 'flux-assets' } },
      spec: {
        hostNetwork: true,
        automountServiceAccountToken: false,
        priorityClassName: 'system-cluster-critical',
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: 'assets-server',
            image: 'registry.example/assets:1',
            resources: { requests: { cpu: '10m', memory: '32Mi' } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              runAsNonRoot: true,
              runAsUser: 65532,
              runAsGroup: 65532,
              capabilities: { drop: ['ALL'] },
              seccompProfile: { type: 'RuntimeDefault' },
            },
            ports: [{ name: 'http', containerPort: 8123, hostPort: 8123 }],
          },
        ],
      },
    },
  },
};

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'flux-assets', namespace: 'platform' },
  spec: { type: 'ClusterIP', selector: { app: 'flux-assets' }, ports: [{ name: 'http', port: 80, targetPort: 8123 }] },
};

describe('an AssetsServer', () => {
  test('is a StatefulSet on the host network and a Service', () => {
    expect(synth((chart) => new AssetsServer(chart, 'server', props))).toEqual([statefulSet, service]);
  });

  test('uses its name for StatefulSet, Service, labels and selectors', () => {
    const objects = synth((chart) => new AssetsServer(chart, 'server', { ...props, name: 'charts' }));

    const renamed = JSON.stringify([statefulSet, service]).replaceAll('flux-assets', 'charts');
    expect(objects).toEqual(JSON.parse(renamed));
  });

  test('passes its arguments to the container', () => {
    const [object] = synth((chart) => new AssetsServer(chart, 'server', { ...props, args: ['-address=:8123'] }));

    expect(object).toHaveProperty('spec.template.spec.containers.0.args', ['-address=:8123']);
  });

  test.each<readonly [string, Partial<AssetsServerProps>, string]>([
    ['env', { env: [{ name: 'A', value: 'b' }] }, 'spec.containers.0.env'],
    ['resources', { resources: { limits: { memory: '1Gi' } } }, 'spec.containers.0.resources'],
    ['securityContext', { securityContext: { runAsUser: 101 } }, 'spec.containers.0.securityContext'],
    ['volumeMounts', { volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] }, 'spec.containers.0.volumeMounts'],
    ['volumes', { volumes: [{ name: 'tmp', emptyDir: {} }] }, 'spec.volumes'],
    ['annotations', { annotations: { 'prometheus.io/scrape': 'false' } }, 'metadata.annotations'],
    ['imagePullSecrets', { imagePullSecrets: [{ name: 'registry' }] }, 'spec.imagePullSecrets'],
    ['nodeSelector', { nodeSelector: { disk: 'ssd' } }, 'spec.nodeSelector'],
    ['onlyTolerations', { onlyTolerations: [{ key: 'a', operator: 'Exists' }] }, 'spec.tolerations'],
    ['priorityClassName', { priorityClassName: 'platform' }, 'spec.priorityClassName'],
  ])('can have other %s of its pod', (name, changes, path) => {
    const [object] = synth((chart) => new AssetsServer(chart, 'server', { ...props, ...changes }));

    expect(object).toHaveProperty(`spec.template.${path}`, changes[name as keyof AssetsServerProps]);
  });

  test.each([1, 80, 1023])('runs as root with one capability on port %i, where others cannot listen', (port) => {
    const [object] = synth((chart) => new AssetsServer(chart, 'server', { ...props, port }));

    const {
      runAsNonRoot: _,
      runAsGroup: __,
      ...context
    } = statefulSet.spec.template.spec.containers[0]?.securityContext ?? {};
    expect(object).toHaveProperty('spec.template.spec.containers.0.securityContext', {
      ...context,
      runAsUser: 0,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    });
  });

  test('has the same YAML with every construct id', () => {
    const build = (id: string) => synth((chart) => new AssetsServer(chart, id, props));

    expect(build('renamed')).toEqual(build('server'));
  });

  test('keeps its namespace in a Chart with another one', () => {
    const objects = synth((chart) => new AssetsServer(chart, 'server', props), 'elsewhere');

    expect(objects).toEqual([statefulSet, service]);
  });

  test('accepts JSON patches: ApiObject.of returns the StatefulSet', () => {
    const [patched, untouched] = synth((chart) => {
      const server = new AssetsServer(chart, 'server', props);
      server.apiObject.addJsonPatch(JsonPatch.add('/spec/template/spec/priorityClassName', 'system-node-critical'));
      server.service.addJsonPatch(JsonPatch.replace('/spec/ports/0/port', 8080));
      expect(ApiObject.of(server)).toBe(server.apiObject);
    });

    expect(patched).toHaveProperty('spec.template.spec.priorityClassName', 'system-node-critical');
    expect(untouched).toHaveProperty('spec.ports.0.port', 8080);
  });

  test('can have replicas, which are ready once a path answers', () => {
    const [object] = synth((chart) => {
      new AssetsServer(chart, 'server', { ...props, replicas: 3, readinessPath: '/charts/index.yaml' });
    });

    expect(object).toHaveProperty('spec.replicas', 3);
    expect(object).toHaveProperty('spec.template.spec.containers.0.readinessProbe', {
      httpGet: { port: 'http', path: '/charts/index.yaml' },
    });
  });

  test('follows Flux to its node if it is to be beside it', () => {
    const objects = synth((chart) => {
      const beside = new FluxAio(chart, 'flux', { namespace: 'cozy-fluxcd' });
      new AssetsServer(chart, 'server', { ...props, beside });
    });
    const [own, flux] = ['StatefulSet', 'Deployment'].map((kind) => objects.find((object) => object.kind === kind));

    expect(own).toHaveProperty('spec.template.spec.affinity.podAffinity', {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          topologyKey: 'kubernetes.io/hostname',
          namespaces: ['cozy-fluxcd'],
          labelSelector: { matchLabels: fieldAt(flux, 'spec', 'template', 'metadata', 'labels') },
        },
      ],
    });
  });

  test.each([0, -1, 1.5, Number.NaN])('is rejected with %d replicas', (replicas) => {
    const build = () => synth((chart) => new AssetsServer(chart, 'server', { ...props, replicas }));

    expect(thrownBy(build)).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem: `invalid replicas: ${replicas}`,
      fix: 'use a positive integer',
      object: { kind: 'StatefulSet', namespace: 'platform', name: 'flux-assets' },
    });
  });

  test('is rejected with two replicas beside Flux, which would need the same port of one node', () => {
    const build = () =>
      synth((chart) => {
        new AssetsServer(chart, 'server', { ...props, replicas: 2, beside: new FluxAio(chart, 'flux') });
      });

    expect(thrownBy(build)).toMatchObject({ code: 'ERR_EGGTOOTH_OPTION', fix: expect.stringContaining('one node') });
  });

  test.each([
    { part: 'port', bad: { port: 0 } },
    { part: 'port', bad: { port: 70000 } },
    { part: 'name', bad: { name: 'Flux_Assets' } },
    { part: 'namespace', bad: { namespace: 'plat.form' } },
  ])('is rejected with an invalid $part: $bad', ({ part, bad }) => {
    const build = () => synth((chart) => new AssetsServer(chart, 'server', { ...props, ...bad }));

    expect(errorOf('ERR_EGGTOOTH_ROUTE', build).problem).toContain(`the route's ${part} `);
  });
});

describe('the routes of an AssetsServer', () => {
  test.each([
    {
      to: 'its pod, with the port',
      route: (server: AssetsServer) => server.podRoute(),
      path: '/api/v1/namespaces/platform/pods/flux-assets-0:8123/proxy',
    },
    {
      to: 'its pod, without the port',
      route: (server: AssetsServer) => server.podRoute({ explicitPort: false }),
      path: '/api/v1/namespaces/platform/pods/flux-assets-0/proxy',
    },
    {
      to: 'its Service, with the name of the port',
      route: (server: AssetsServer) => server.serviceRoute(),
      path: '/api/v1/namespaces/platform/services/flux-assets:http/proxy',
    },
  ])('lead to $to', ({ route, path }) => {
    synth((chart) => expect(`${route(new AssetsServer(chart, 'server', props))}`).toBe(path));
  });
});
