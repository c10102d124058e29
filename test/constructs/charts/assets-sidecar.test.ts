import { describe, expect, test } from 'vitest';
import { AssetsSidecar, type AssetsSidecarProps } from '../../../src/constructs/charts/assets-sidecar';
import { FluxAio } from '../../../src/constructs/flux-aio/flux-aio';
import { listAt } from '../../../src/kubernetes/fields';
import { thrownBy } from '../../support/errors';
import { synth } from '../../support/synth';

function containers(props: Partial<AssetsSidecarProps> = {}): readonly unknown[] {
  const objects = synth((chart) => {
    const flux = new FluxAio(chart, 'flux', { controllers: ['source-controller'] });
    new AssetsSidecar(chart, 'assets', { flux, image: 'registry.example/assets:1', port: 8123, ...props });
  });
  return listAt(objects.at(-1), 'spec', 'template', 'spec', 'containers');
}

describe('an AssetsSidecar', () => {
  test('is another container of Flux and not an object', () => {
    expect(containers().slice(1)).toEqual([
      {
        name: 'flux-assets',
        image: 'registry.example/assets:1',
        ports: [{ name: 'http-assets', containerPort: 8123 }],
      },
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
