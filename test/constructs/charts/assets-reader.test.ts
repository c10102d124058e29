import { ApiObject, JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ProxyRoute } from '../../../src/chain/proxy-route';
import { AssetsReader, type AssetsReaderProps } from '../../../src/constructs/charts/assets-reader';
import { errorOf } from '../../support/errors';
import { synth } from '../../support/synth';
import { acceptedUsers, refusedUsers } from '../../support/users';

const route = ProxyRoute.pod({ namespace: 'platform', name: 'flux-assets-0', port: 8123 });
const props: AssetsReaderProps = { name: 'assets-reader', route };

const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'assets-reader', namespace: 'platform' },
  rules: [{ apiGroups: [''], resources: ['pods/proxy'], resourceNames: ['flux-assets-0:8123'], verbs: ['get'] }],
};

const roleBinding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'assets-reader', namespace: 'platform' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'assets-reader' }],
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'assets-reader' },
};

describe('an AssetsReader', () => {
  test('can read its route and nothing else, by one Role and one RoleBinding', () => {
    expect(synth((chart) => new AssetsReader(chart, 'reader', props))).toEqual([role, roleBinding]);
  });

  test('can read a Service by the segment of its URL', () => {
    const service = ProxyRoute.service({ namespace: 'platform', name: 'flux-assets', port: 'http' });

    const [object] = synth((chart) => new AssetsReader(chart, 'reader', { ...props, route: service }));

    expect(object?.rules).toEqual([
      { apiGroups: [''], resources: ['services/proxy'], resourceNames: ['flux-assets:http'], verbs: ['get'] },
    ]);
  });

  test('is in the namespace of the route, in whatever Chart', () => {
    const objects = synth((chart) => new AssetsReader(chart, 'reader', props), 'elsewhere');

    expect(objects).toEqual([role, roleBinding]);
  });

  test('names user and Secret after itself by default', () => {
    synth((chart) => {
      const reader = new AssetsReader(chart, 'reader', props);
      expect(reader).toMatchObject({ user: 'assets-reader', secretName: 'assets-reader-tls', route });
    });
  });

  test('can bind another user, and keeps its own name', () => {
    const [, binding] = synth((chart) => {
      const reader = new AssetsReader(chart, 'reader', { ...props, user: 'flux@example.org', secretName: 'tls' });
      expect(reader).toMatchObject({ user: 'flux@example.org', secretName: 'tls' });
    });

    expect(binding).toEqual({
      ...roleBinding,
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'flux@example.org' }],
    });
  });

  test('has the same YAML with every construct id', () => {
    const build = (id: string) => synth((chart) => new AssetsReader(chart, id, props));

    expect(build('renamed')).toEqual(build('reader'));
  });

  test('accepts JSON patches: ApiObject.of returns the Role', () => {
    const objects = synth((chart) => {
      const reader = new AssetsReader(chart, 'reader', props);
      reader.apiObject.addJsonPatch(JsonPatch.add('/metadata/labels', { a: 'role' }));
      reader.binding.addJsonPatch(JsonPatch.add('/metadata/labels', { a: 'binding' }));
      expect(ApiObject.of(reader)).toBe(reader.apiObject);
    });

    expect(objects.map(({ metadata }) => metadata.labels)).toEqual([{ a: 'role' }, { a: 'binding' }]);
  });
});

describe('the user of an AssetsReader', () => {
  test.each(acceptedUsers)('can be %j', (user) => {
    const [, binding] = synth((chart) => new AssetsReader(chart, 'reader', { ...props, user }));

    expect(binding).toHaveProperty('subjects.0.name', user);
  });

  test.each(refusedUsers)('cannot be $user: it $says', ({ user, says }) => {
    const build = () => synth((chart) => new AssetsReader(chart, 'reader', { ...props, user }));

    const error = errorOf('ERR_EGGTOOTH_USER', build);

    expect(error.problem).toContain(`the user ${JSON.stringify(user)} ${says}`);
    expect(error.fix).toBe('choose a name of 1 to 64 letters, digits and . _ : @ / - that does not start with system:');
  });

  test('is checked if it is derived from the name', () => {
    const build = () => synth((chart) => new AssetsReader(chart, 'reader', { ...props, name: 'system:reader' }));

    errorOf('ERR_EGGTOOTH_USER', build);
  });
});

describe('the generation of an AssetsReader', () => {
  const userOf = (more: Partial<AssetsReaderProps>) =>
    synth((chart) => new AssetsReader(chart, 'reader', { ...props, ...more }))[1]?.subjects;

  test.each([
    [undefined, 'assets-reader'],
    [1, 'assets-reader'],
    [2, 'assets-reader:g2'],
    [12, 'assets-reader:g12'],
  ])('%s binds %s, and Role, RoleBinding and Secret keep their names', (generation, name) => {
    const objects = synth((chart) => {
      const reader = new AssetsReader(chart, 'reader', { ...props, generation });
      expect(reader).toMatchObject({ user: name, secretName: 'assets-reader-tls' });
    });

    expect(objects).toEqual([role, { ...roleBinding, subjects: [{ ...roleBinding.subjects[0], name }] }]);
  });

  test('applies to a user of another name', () => {
    expect(userOf({ user: 'flux', generation: 3 })).toMatchObject([{ name: 'flux:g3' }]);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('cannot be %d', (generation) => {
    expect(errorOf('ERR_EGGTOOTH_OPTION', () => userOf({ generation })).fix).toBe('use a positive integer');
  });

  test('cannot be part of the user', () => {
    const error = errorOf('ERR_EGGTOOTH_USER', () => userOf({ user: 'flux:g2' }));

    expect(error.fix).toBe('use the user flux and generation: 2');
  });

  test('counts toward the length of the commonName', () => {
    expect(userOf({ user: 'u'.repeat(61), generation: 9 })).toBeDefined();
    errorOf('ERR_EGGTOOTH_USER', () => userOf({ user: 'u'.repeat(61), generation: 10 }));
  });
});
