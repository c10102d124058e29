import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { FluxSync, type FluxSyncProps } from '../../../src/constructs/sync/flux-sync';
import type { GitSource } from '../../../src/constructs/sync/git-source';
import { fieldAt, listAt, stringAt } from '../../../src/kubernetes/fields';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { messageOf } from '../../support/errors';
import { synth } from '../../support/synth';

const git: GitSource = { url: 'https://git.example/platform/cluster', ref: { branch: 'main' } };
const props: FluxSyncProps = { name: 'platform', namespace: 'flux-system', git };

const synthSync = (changes: Partial<FluxSyncProps> = {}): readonly KubeObject[] =>
  synth((chart) => new FluxSync(chart, 'sync', { ...props, ...changes }), 'elsewhere');
const problemOf = (changes: Partial<FluxSyncProps>) => messageOf('ERR_EGGTOOTH_SOURCE', () => synthSync(changes));

describe('FluxSync', () => {
  test('is a GitRepository, and a Kustomization that prunes and deletes nothing with itself', () => {
    const [source, kustomization] = synthSync();

    const metadata = { name: 'platform', namespace: 'flux-system' };
    expect(source).toEqual({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata,
      spec: { url: 'https://git.example/platform/cluster', ref: { branch: 'main' }, interval: '5m0s' },
    });
    expect(kustomization).toEqual({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata,
      spec: {
        interval: '5m0s',
        path: './',
        prune: true,
        deletionPolicy: 'Orphan',
        sourceRef: { kind: 'GitRepository', name: 'platform' },
        patches: expect.any(Array),
      },
    });
  });

  test('requires itself in the source, and lets Flux keep what others need', () => {
    const patches = listAt(synthSync()[1], 'spec', 'patches');

    expect(patches.map((patch) => fieldAt(patch, 'target'))).toEqual([
      undefined,
      { kind: 'Namespace' },
      { kind: 'CustomResourceDefinition' },
      { labelSelector: 'app.kubernetes.io/part-of=flux' },
      { kind: 'Job', annotationSelector: 'eggtooth.dev/first-certificate' },
    ]);
    expect(parse(stringAt(patches[0], 'patch') ?? '')).toEqual({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'platform', namespace: 'flux-system' },
    });
  });

  test('reads an OCI artifact instead, as OciAssets does', () => {
    const version = { tag: 'main' };
    const oci = { url: 'oci://registry.example/platform/cluster', version, insecure: true };
    const [source, kustomization] = synthSync({ git: undefined, oci, interval: '1h', secretRef: { name: 'registry' } });

    expect(source).toMatchObject({
      kind: 'OCIRepository',
      metadata: { name: 'platform', namespace: 'flux-system' },
      spec: { url: oci.url, ref: version, interval: '1h', insecure: true, secretRef: { name: 'registry' } },
    });
    expect(kustomization).toHaveProperty('spec.sourceRef', { kind: 'OCIRepository', name: 'platform' });
  });

  test('can have a path, an interval, credentials, verified commits and keys for SOPS', () => {
    const verify = { mode: 'TagAndHEAD', secretRef: { name: 'signers' } } as const;
    const [source, kustomization] = synthSync({
      git: { url: 'ssh://git@git.example/platform/cluster', ref: { tag: 'v1' }, verify, provider: 'generic' },
      path: './clusters/one',
      interval: '30m',
      secretRef: { name: 'git' },
      decryption: { secretRef: { name: 'sops-age' } },
    });

    expect(source?.spec).toEqual({
      url: 'ssh://git@git.example/platform/cluster',
      ref: { tag: 'v1' },
      interval: '30m',
      secretRef: { name: 'git' },
      verify,
      provider: 'generic',
    });
    expect(kustomization?.spec).toMatchObject({
      path: './clusters/one',
      interval: '30m',
      decryption: { provider: 'sops', secretRef: { name: 'sops-age' } },
    });
  });
});

describe('FluxSync rejects', () => {
  test.each<readonly [what: string, changes: Partial<FluxSyncProps>, problem: string]>([
    ['no source', { git: undefined }, 'has no source'],
    ['two sources', { oci: { url: 'oci://registry.example/a', version: { tag: 'b' } } }, 'has two sources'],
    ['a path out of the source', { path: './../other' }, 'invalid path: "./../other"'],
    ['an absolute path', { path: '/cluster' }, 'invalid path: "/cluster"'],
    ['an empty path', { path: '' }, 'invalid path: ""'],
    ['a path that is no text', { path: 3 as never }, 'invalid path: 3'],
    ['a URL in place of a Git source', { git: 'https://git.example/a' as never }, 'git is no repository with its ref'],
    ['an interval without a unit', { interval: '5' }, 'the interval "5" does not match'],
    ['a name that is no label', { name: 'a'.repeat(64) }, 'has a name of 64 characters'],
  ])('%s', (_, changes, problem) => {
    expect(problemOf(changes)).toContain(problem);
  });

  test.each<readonly [what: string, changes: Partial<GitSource>, problem: string]>([
    ['an scp-like URL', { url: 'git@git.example:platform/cluster' }, 'invalid URL: "***@git.example:platform/cluster"'],
    ['a URL of a file', { url: 'file:///srv/git' }, 'invalid URL'],
    ['a URL without a host', { url: 'https://' }, 'invalid URL'],
    [
      'a password',
      { url: 'https://user:secret@git.example/a' },
      'the URL contains credentials: "https://***@git.example/a"',
    ],
    ['a token', { url: 'https://token@git.example/a' }, 'the URL contains credentials'],
    ['a password for SSH', { url: 'ssh://git:secret@git.example/a' }, 'the URL contains credentials'],
    ['SSH without a key', { url: 'ssh://git@git.example/a' }, 'SSH needs a key'],
    ['no URL', { url: undefined }, 'invalid URL: undefined'],
    ['no ref', { ref: {} }, 'invalid ref: it is empty'],
    ['a ref that is not set', { ref: undefined }, 'invalid ref: it is empty'],
    ['two refs', { ref: { branch: 'main', tag: 'v1' } }, 'invalid ref: branch "main" and tag "v1"'],
    ['an empty branch', { ref: { branch: '' } }, 'invalid ref: branch ""'],
    ['an abbreviated commit', { ref: { commit: 'abc123' } }, 'invalid commit: "abc123"'],
  ])('a Git source with %s', (_, changes, problem) => {
    expect(problemOf({ git: { ...git, ...changes } })).toContain(problem);
  });

  test.each<Partial<FluxSyncProps>>([
    { secretRef: { name: 'Not A Name' } },
    { decryption: { secretRef: { name: '' } } },
    { secretRef: 'git' as never },
    { decryption: 'sops' as never },
    { decryption: {} as never },
  ])('a Secret that cannot exist: %j', (changes) => {
    messageOf('ERR_EGGTOOTH_OPTION', () => synthSync(changes));
  });
});
