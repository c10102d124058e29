import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
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
