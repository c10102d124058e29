import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { stagesOf } from '../../src/up/apply-objects';
import { kindsOf } from '../../src/up/links/probe-crds';

const object = (apiVersion: string, kind: string, name: string): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name },
});

describe('stagesOf', () => {
  test('returns CRDs, Namespaces and all other objects, each in the order of the bundle', () => {
    const objects = [
      object('v1', 'Secret', 'a'),
      object('v1', 'Namespace', 'b'),
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'c'),
      object('apps/v1', 'Deployment', 'd'),
      object('v1', 'Namespace', 'e'),
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'f'),
    ];
    const names = (list: readonly KubeObject[]) => list.map(({ metadata }) => metadata.name).join('');

    const { crds, namespaces, others } = stagesOf(objects);

    expect([crds, namespaces, others].map(names)).toEqual(['cf', 'be', 'ad']);
  });

  test('treats kinds of the same names in other API groups like any other object', () => {
    const objects = [
      object('example.org/v1', 'Namespace', 'a'),
      object('example.org/v1', 'CustomResourceDefinition', 'b'),
    ];

    expect(stagesOf(objects)).toEqual({ crds: [], namespaces: [], others: objects });
  });
});

describe('kindsOf', () => {
  test('returns one kind for each served version of a CRD', () => {
    const versions = [
      { name: 'v1', served: true },
      { name: 'v1beta1', served: false },
      { name: 'v2', served: true },
    ];
    const crd = {
      ...object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'eggs.example.org'),
      spec: { group: 'example.org', names: { kind: 'Egg' }, versions },
    };

    expect(kindsOf(crd)).toEqual([
      { apiVersion: 'example.org/v1', kind: 'Egg' },
      { apiVersion: 'example.org/v2', kind: 'Egg' },
    ]);
  });
});
