import { describe, expect, test } from 'vitest';
import { AssetsSidecar, type AssetsSidecarProps } from '../../../src/constructs/charts/assets-sidecar';
import { FluxAio } from '../../../src/constructs/flux-aio/flux-aio';
import { fieldAt, listAt, stringAt } from '../../../src/kubernetes/fields';
import { thrownBy } from '../../support/errors';
import { synth } from '../../support/synth';

function podOf(props: Partial<AssetsSidecarProps> = {}): unknown {
  const objects = synth((chart) => {
    const flux = new FluxAio(chart, 'flux', { controllers: ['source-controller'] });
    new AssetsSidecar(chart, 'assets', { flux, image: 'registry.example/assets:1', port: 8123, ...props });
  });
  return fieldAt(objects.at(-1), 'spec', 'template', 'spec');
}

const containers = (props: Partial<AssetsSidecarProps> = {}) => listAt(podOf(props), 'containers');

describe('an AssetsSidecar', () => {
  test('is another container of Flux and not an object', () => {
    expect(containers().slice(1)).toEqual([
      {
        name: 'flux-assets',
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
        ports: [{ name: 'http-assets', containerPort: 8123 }],
        volumeMounts: [
          { name: 'no-token-8123', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
        ],
      },
    ]);
  });

  test('can have variables, resources, a security context and volumes', () => {
    const changes = {
      env: [{ name: 'A', value: 'b' }],
      resources: { requests: { cpu: '1' } },
      securityContext: { runAsUser: 101 },
    };
    const pod = podOf({
      ...changes,
      volumes: [{ name: 'cache', emptyDir: {} }],
      volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
    });

    expect(fieldAt(pod, 'containers', '1')).toMatchObject(changes);
    expect(fieldAt(pod, 'containers', '1', 'volumeMounts', '0')).toEqual({ name: 'cache', mountPath: '/cache' });
    expect(listAt(pod, 'volumes').map((volume) => stringAt(volume, 'name'))).toEqual([
      'data',
      'tmp',
      'cache',
      'no-token-8123',
    ]);
  });

  test('leaves each of two sidecars its own empty folder in place of the token', () => {
    const objects = synth((chart) => {
      const flux = new FluxAio(chart, 'flux', { controllers: ['source-controller'] });
      new AssetsSidecar(chart, 'one', { flux, name: 'one', image: 'registry.example/assets:1', port: 8123 });
      new AssetsSidecar(chart, 'two', { flux, name: 'two', image: 'registry.example/assets:1', port: 8124 });
    });
    const volumes = listAt(objects.at(-1), 'spec', 'template', 'spec', 'volumes');

    expect(volumes.map((volume) => stringAt(volume, 'name'))).toEqual([
      'data',
      'tmp',
      'no-token-8123',
      'no-token-8124',
    ]);
  });

  test.each([0, -1, 65536, 1.5, Number.NaN, '8123' as unknown as number])('is rejected with the port %s', (port) => {
    const { message } = thrownBy(() => containers({ port }));

    expect(message).toContain(`Deployment flux-system/flux: invalid port of the sidecar flux-assets: ${port}`);
    expect(message).toContain('fix: use an integer from 1 to 65535');
  });

  test.each([1, 65535])('can have the port %i', (port) => {
    expect(containers({ port })[1]).toHaveProperty('ports.0.containerPort', port);
  });

  test('can have a name and arguments', () => {
    const args = ['-address=127.0.0.1:8123'];

    expect(containers({ name: 'charts', args })[1]).toMatchObject({ name: 'charts', args });
  });
});
