import { Testing } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../../src/chain/api-server';
import { BootstrapBundle } from '../../../src/constructs/bundle/bootstrap-bundle';
import type { BootstrapBundleProps } from '../../../src/constructs/bundle/bootstrap-bundle-props';
import type { BundleSync } from '../../../src/constructs/bundle/bundle-sync';
import { OciBundle } from '../../../src/constructs/bundle/oci-bundle';
import { messageOf } from '../../support/errors';

const apiServer = ApiServer.fromUrl('https://example.org:6443');
const sync: BundleSync = { git: { url: 'https://git.example/platform/cluster', ref: { branch: 'main' } } };
const bundleWith = (changes: Partial<BootstrapBundleProps> = {}) =>
  new BootstrapBundle(Testing.app(), 'bundle', {
    apiServer,
    namespace: 'platform',
    assets: { image: 'registry.example/assets:1', port: 8123 },
    repositories: [{ name: 'charts', path: '/charts' }],
    sync,
    ...changes,
  });

describe('sync of a bundle', () => {
  test('comes last, with the label and the name of the bundle, in flux-system', () => {
    const bundle = bundleWith();

    const [source, kustomization] = Testing.synth(bundle).slice(-2);
    expect([source.kind, kustomization.kind]).toEqual(['GitRepository', 'Kustomization']);
    for (const { metadata } of [source, kustomization]) {
      expect(metadata).toEqual({
        name: 'platform.flux-assets',
        namespace: 'flux-system',
        labels: { 'eggtooth.dev/bundle': 'platform.flux-assets' },
      });
    }
    expect(bundle.sync?.apiObject.name).toBe('platform.flux-assets');
  });

  test('is in the namespace of the Flux of the bundle, or in the one that it names', () => {
    const flux = { namespace: 'cozy-fluxcd', crds: false } as const;

    expect(bundleWith({ flux }).sync?.source.metadata.namespace).toBe('cozy-fluxcd');
    expect(bundleWith({ sync: { ...sync, namespace: 'gitops' } }).sync?.source.metadata.namespace).toBe('gitops');
  });

  test('needs kustomize-controller', () => {
    const flux = { controllers: ['source-controller', 'helm-controller'], crds: false } as const;

    const message = messageOf('ERR_EGGTOOTH_OPTION', () => bundleWith({ flux }));
    expect(message).toContain('add kustomize-controller to flux.controllers');
  });

  test('is part of an OciBundle too', () => {
    const bundle = new OciBundle(Testing.app(), 'bundle', {
      apiServer,
      namespace: 'platform',
      assets: { name: 'platform', url: 'oci://registry.example/platform/charts', version: { tag: '1' } },
      charts: [{ name: 'network', path: 'charts/network' }],
      sync: { name: 'cluster', oci: { url: 'oci://registry.example/platform/cluster', version: { tag: 'main' } } },
    });

    const kinds = Testing.synth(bundle).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(kinds.slice(-2)).toEqual(['OCIRepository cluster', 'Kustomization cluster']);
  });
});
