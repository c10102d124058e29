import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { inOrder } from '../../src/up/order';
import { kindsOf } from '../../src/up/probe-crds';

const object = (apiVersion: string, kind: string, name: string): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name },
});

describe('the order of a bundle', () => {
  test('is CRDs, Namespaces, the rest; each in the order in which they come', () => {
    const objects = [
      object('v1', 'Secret', 'a'),
      object('v1', 'Namespace', 'b'),
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'c'),
      object('apps/v1', 'Deployment', 'd'),
      object('v1', 'Namespace', 'e'),
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'f'),
    ];
    const names = (list: readonly KubeObject[]) => list.map(({ metadata }) => metadata.name).join('');

    const { crds, namespaces, rest } = inOrder(objects);

    expect([crds, namespaces, rest].map(names)).toEqual(['cf', 'be', 'ad']);
  });

  test('takes no kind of another group for one of these', () => {
    const objects = [
      object('example.org/v1', 'Namespace', 'a'),
      object('example.org/v1', 'CustomResourceDefinition', 'b'),
    ];

    expect(inOrder(objects)).toEqual({ crds: [], namespaces: [], rest: objects });
  });
});

describe('the kinds of a CRD', () => {
  test('are one for each version that is served', () => {
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
