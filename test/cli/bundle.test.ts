import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { bundleObjects, writeBundle } from '../e2e/support/bundle';
import { refusedUsers } from '../support/users';
import { expectError, readers, type Workspace, workspace } from './support/workspace';

/** Runs `csr`, and lists the files that it created. */
async function csr(place: Workspace, bundle?: string, input?: string) {
  const before = readdirSync(place.folder);
  const args = ['csr', ...(bundle === undefined ? [] : [bundle]), '--key-out', 'tls.key'];
  const run = await place.eggtooth(args, { input });
  return { ...run, left: readdirSync(place.folder).filter((name) => !before.includes(name)) };
}

describe('the bundle of a command', () => {
  test('can be a file', async () => {
    expect(await csr(workspace(), 'bundle.yaml')).toMatchObject({ code: 0, left: ['tls.key'] });
  });

  test('can be a folder, and is everything below it', async () => {
    const place = workspace();
    mkdirSync(place.path('manifests/deep'), { recursive: true });
    renameSync(place.path('bundle.yaml'), place.path('manifests/deep/bundle.k8s.yaml'));

    expect(await csr(place, 'manifests')).toMatchObject({ code: 0, stderr: '' });
  });

  test('can be standard input', async () => {
    const place = workspace();
    const { code, stdout } = await csr(place, '-', readFileSync(place.path('bundle.yaml'), 'utf8'));

    expect(code).toBe(0);
    expect(parse(stdout).kind).toBe('CertificateSigningRequest');
  });

  test('is the folder dist, where cdk8s synth writes, if none is passed', async () => {
    const place = workspace();
    mkdirSync(place.path('dist'));
    renameSync(place.path('bundle.yaml'), place.path('dist/bundle.k8s.yaml'));

    expect(await csr(place)).toMatchObject({ code: 0, left: ['tls.key'] });
  });

  test('can be JSON, and a List is read as its items', async () => {
    const place = workspace();
    writeFileSync(place.path('list.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: readers() }));

    expect(await csr(place, 'list.json')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a folder with the bundles of two clusters', () => {
  function twoClusters(): Workspace {
    const place = workspace();
    mkdirSync(place.path('dist'));
    const [one, other] = ['one', 'other'].map((host) =>
      bundleObjects({ url: `https://${host}.example:6443`, namespaces: ['platform', 'shop'] }),
    );
    writeBundle(place.path('dist/0000-production.k8s.yaml'), one ?? []);
    writeBundle(place.path('dist/0001-staging.k8s.yaml'), other ?? []);
    return place;
  }

  test.each([
    ['up', ['up']],
    ['issue', ['issue']],
    ['status', ['status']],
    ['renew', ['renew']],
    ['revoke', ['revoke']],
    ['down', ['down']],
    ['request', ['request', '--key-out', 'tls.key']],
    ['csr', ['csr', '--key-out', 'tls.key']],
    ['rbac', ['rbac', 'issue']],
    ['migrate', ['migrate', 'dist', 'dist']],
  ])('lets %s end with their names, before it looks for a cluster', async (_, args) => {
    const place = twoClusters();
    const run = await place.eggtooth(args, { env: { KUBECONFIG: place.path('missing') } });

    expectError(run, 'ERR_EGGTOOTH_BUNDLE', 'the manifests are those of 2 bundles: production, staging (');
    expect(run.stderr).toContain('fix: choose one with --bundle NAME, or name the files of one bundle');
  });

  test('is read as the one that is named, also after another path', async () => {
    const place = twoClusters();
    writeFileSync(place.path('more.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata: {name: more}\n');
    const run = await place.eggtooth(['csr', 'more.yaml', 'dist', '--bundle', 'staging', '--key-out', 'tls.key']);

    expect(run.code).toBe(0);
    expect(run.stderr).toBe('bundle staging: more.yaml, dist/0001-staging.k8s.yaml\n');
  });
});

describe('several paths', () => {
  test('are one set of manifests', async () => {
    const place = workspace();
    const [repositories, others] = [true, false].map((is) =>
      readers().filter(({ kind }) => (kind === 'HelmRepository') === is),
    );
    writeBundle(place.path('repositories.yaml'), repositories ?? []);
    writeBundle(place.path('others.yaml'), others ?? []);

    expectError(await csr(place, 'repositories.yaml'), 'ERR_EGGTOOTH_CHAIN', 'role-covers-route');
    expect(await place.eggtooth(['csr', 'repositories.yaml', 'others.yaml', '--key-out', 'tls.key'])).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  test('after --prune are those of the bundle', async () => {
    const run = await workspace().eggtooth(['up', '--prune', 'bundle.yaml', '--kubeconfig', 'missing']);

    expectError(run, 'ERR_EGGTOOTH_KUBECONFIG', 'the kubeconfig missing cannot be read');
  });

  test.each([
    ['a name after the bundle', ['bundle.yaml', 'assets-reader-1']],
    ['a name alone, for the bundle in dist', ['assets-reader-1']],
    ['no name', ['bundle.yaml']],
    ['neither', []],
  ])('are told apart from the name of a request: collect with %s', async (_, args) => {
    const place = workspace();
    mkdirSync(place.path('dist'));
    writeBundle(place.path('dist/bundle.yaml'), readers());
    await place.eggtooth(['csr', 'bundle.yaml', '--key-out', 'tls.key']);

    const run = await place.eggtooth(['collect', ...args, '--key', 'tls.key', '--kubeconfig', 'missing']);

    expectError(run, 'ERR_EGGTOOTH_KUBECONFIG', 'the kubeconfig missing cannot be read');
  });
});

describe('csr reports one error and creates no key file', () => {
  test('if the default bundle does not exist', async () => {
    const run = await csr(workspace());

    expectError(run, 'ERR_EGGTOOTH_BUNDLE', 'no such bundle: dist');
    expect(run.stderr).toContain('fix: run cdk8s synth, or name the file or folder with the manifests');
    expect(run.left).toEqual([]);
  });

  test.each([
    ['is empty', ''],
    ['contains only comments', '# nothing\n---\n# here\n'],
    ['is a string', 'hello\n'],
    ['is a list', '- a\n- b\n'],
    ['is a number', '42\n'],
    ['contains an object that is not a Kubernetes object', 'a: b\n'],
    ['contains an object without metadata', 'apiVersion: v1\nkind: Secret\n'],
    ['is not YAML', 'a: [b\n'],
    ['is binary', '\0\x01\x02\xff'],
    ['ends in the middle of a string', 'apiVersion: v1\nkind: "Secr'],
  ])('if the file %s', async (_, text) => {
    const place = workspace();
    writeFileSync(place.path('bad.yaml'), text);
    const run = await csr(place, 'bad.yaml');

    expectError(run, 'ERR_EGGTOOTH_BUNDLE', 'bad.yaml');
    expect(run.left).toEqual([]);
  });

  test('if the folder is empty', async () => {
    const place = workspace();
    mkdirSync(place.path('empty'));

    expectError(await csr(place, 'empty'), 'ERR_EGGTOOTH_BUNDLE', 'no Kubernetes objects found: empty');
  });

  test('if standard input is empty', async () => {
    expectError(await csr(workspace(), '-', ''), 'ERR_EGGTOOTH_BUNDLE', 'no Kubernetes objects found: standard input');
  });

  test('if nothing in the bundle reads through the API server', async () => {
    const place = workspace([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }]);
    const run = await csr(place, 'bundle.yaml');

    expectError(run, 'ERR_EGGTOOTH_CHAIN', 'no HelmRepository in the bundle reads through the API server');
    expect(run.left).toEqual([]);
  });
});

describe('csr rejects a RoleBinding and creates no key file', () => {
  test.each(refusedUsers)('if it names the user $user, which must not be in a certificate', async ({ user, says }) => {
    const objects = readers().map((object) =>
      object.kind === 'RoleBinding' ? { ...object, subjects: [{ ...firstSubject(object), name: user }] } : object,
    );
    const run = await csr(workspace(objects), 'bundle.yaml');

    expectError(run, 'ERR_EGGTOOTH_CHAIN', `the user ${JSON.stringify(user)} ${says}`);
    expect(run.left).toEqual([]);
  });
});

describe('up', () => {
  const up = (place: Workspace) => place.eggtooth(['up', 'bundle.yaml', '--kubeconfig', 'missing']);

  test('rejects a bundle that breaks a rule of the chain before it looks for a cluster', async () => {
    const run = await up(workspace(readers().filter(({ kind }) => kind !== 'Role')));

    expectError(run, 'ERR_EGGTOOTH_CHAIN', 'error role-covers-route: ');
  });

  test('accepts a bundle that needs no certificate', async () => {
    const run = await up(workspace([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }]));

    expectError(run, 'ERR_EGGTOOTH_KUBECONFIG', 'the kubeconfig missing cannot be read');
  });
});

function firstSubject({ subjects }: Readonly<Record<string, unknown>>): object {
  const [subject] = Array.isArray(subjects) ? subjects : [];
  return subject;
}
