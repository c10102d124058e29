import { describe, expect, test } from 'vitest';
import { AssetsSidecar, type AssetsSidecarProps } from '../../../src/constructs/charts/assets-sidecar';
import { FluxAio } from '../../../src/constructs/flux-aio/flux-aio';
import { listAt } from '../../../src/kubernetes/fields';
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

  test('can have a name and arguments', () => {
    const args = ['-address=127.0.0.1:8123'];

    expect(containers({ name: 'charts', args })[1]).toMatchObject({ name: 'charts', args });
  });
});
