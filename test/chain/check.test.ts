import { JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import type { ChainLinks } from '../../src/chain/chain-links';
import type { Rule } from '../../src/chain/finding';
import { allRules } from '../../src/chain/rules';
import { assertSignable, assertSound, check, warningsOf, warningsOfSigning } from '../../src/chain/rules/check';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { teamLabel } from '../support/custom-rules';
import { errorOf, messageOf } from '../support/errors';
import { find, goldenObjects, goldenWith, goldenWithout } from '../support/golden';
import { release } from './broken/release';

const golden = Chain.fromObjects(goldenObjects());
const apps = 'HelmRepository cozystack-apps';

/** The golden bundle with a HelmRelease that waits for one that is not there: a warning. */
const withWarning = Chain.fromObjects([...goldenObjects(), release('any', { dependsOn: [{ name: 'none' }] })]);

describe('check', () => {
  test('reports nothing about a sound chain', () => {
    expect(check(golden)).toEqual([]);
  });

  test('reports what a custom rule finds, beside the rules of eggtooth', () => {
    const objects = goldenWith(apps, JsonPatch.replace('/spec/interval', 'often'));

    expect(check(Chain.fromObjects(objects), [...allRules, teamLabel('error')])).toEqual([
      expect.objectContaining({ rule: 'interval', object: find(objects, apps) }),
      ...['system', 'apps', 'extra'].map((name) => ({
        rule: 'team-label',
        severity: 'error',
        object: find(objects, `HelmRepository cozystack-${name}`),
        field: 'metadata.labels.team',
        message: 'no team owns it',
        fix: 'set the label team',
      })),
    ]);
  });

  test('checks the given rules alone', () => {
    const objects = goldenWith(apps, JsonPatch.replace('/spec/interval', 'often'));

    expect(check(Chain.fromObjects(objects), [])).toEqual([]);
  });

  test('accepts links that do not come from Chain.fromObjects', () => {
    const { objects, repositories, routes, credentials, bindings, workloads, releases } = golden;
    const links: ChainLinks = { objects, repositories, routes, credentials, bindings, workloads, releases };

    expect(check(links, [teamLabel('error')])).toHaveLength(3);
  });

  test('accepts a rule that is an instance of a class', () => {
    class NoKind implements Rule {
      readonly id = 'no-kind';
      readonly severity = 'error';
      constructor(private readonly kind: string) {}
      *check({ objects }: ChainLinks) {
        const fault = { field: 'kind', message: `no ${this.kind} is allowed`, fix: 'remove it' };
        for (const object of objects) if (object.kind === this.kind) yield { object, ...fault };
      }
    }

    expect(check(golden, [new NoKind('Service')])).toMatchObject([
      { rule: 'no-kind', severity: 'error', message: 'no Service is allowed' },
    ]);
  });
});

describe('warningsOf', () => {
  test('returns the warnings and no error', () => {
    const objects = [...withWarning.objects, find(goldenObjects(), apps)];

    expect(warningsOf(Chain.fromObjects(objects))).toMatchObject([
      { rule: 'release-depends-on', severity: 'warning', object: { kind: 'HelmRelease' } },
    ]);
  });

  test('of the signing step has the errors that do not stop it, as warnings', () => {
    const broken = release('any', { install: undefined, dependsOn: [{ name: 'none' }] });
    const chain = Chain.fromObjects([...goldenWith(apps, JsonPatch.remove('/spec/certSecretRef')), broken]);

    expect(check(chain).map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
      'error cert-secret-ref',
      'warning release-depends-on',
      'error release-retry',
    ]);
    expect(warningsOfSigning(chain).map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
      'warning release-depends-on',
      'warning release-retry',
    ]);
  });

  test('returns the warnings of custom rules', () => {
    expect(warningsOf(golden, [teamLabel('warning')])).toHaveLength(3);
  });
});

describe('assertSound and assertSignable', () => {
  test.each([
    ['a sound chain', golden],
    ['a chain with a warning', withWarning],
  ])('accept %s', (_, chain) => {
    expect(() => assertSound(chain)).not.toThrow();
    expect(() => assertSignable(chain)).not.toThrow();
  });

  test('differ in errors about pods and releases, which do not stop what only needs a certificate', () => {
    const faults: readonly KubeObject[][] = [
      [...goldenObjects(), release('any', { install: undefined })],
      goldenWith('StatefulSet cozystack-assets', JsonPatch.replace('/spec/template/spec/containers/0/image', 'any')),
      goldenWith(
        'StatefulSet cozystack-assets',
        JsonPatch.replace('/spec/template/spec/containers/0/ports/0/hostPort', 10250),
      ),
      goldenWith(apps, JsonPatch.replace('/spec/interval', 'often')),
    ];
    for (const chain of faults.map((objects) => Chain.fromObjects(objects))) {
      expect(() => assertSound(chain)).toThrow('the bundle breaks 1 rule of the chain:');
      expect(() => assertSignable(chain)).not.toThrow();
    }
  });

  test('report every error at once, and how many rules are broken', () => {
    const objects = goldenWithout('RoleBinding cozystack-assets-reader').map((object) =>
      object.kind === 'StatefulSet'
        ? JsonPatch.apply(object, JsonPatch.remove('/spec/template/spec/hostNetwork'))
        : object,
    );

    const message = messageOf('ERR_EGGTOOTH_CHAIN', () => assertSound(Chain.fromObjects(objects)));

    expect(messageOf('ERR_EGGTOOTH_CHAIN', () => assertSignable(Chain.fromObjects(objects)))).toBe(message);
    expect(message.split('\n')).toEqual([
      'the bundle breaks 2 rules of the chain:',
      expect.stringMatching(
        /^ {2}error reader-bound: Role cozy-system\/cozystack-assets-reader metadata\.name: .*; fix: /,
      ),
      expect.stringMatching(/^ {2}error host-network: StatefulSet cozy-system\/cozystack-assets spec\..*; fix: /),
    ]);
  });

  test('count rules, not findings', () => {
    const message = messageOf('ERR_EGGTOOTH_CHAIN', () => assertSound(golden, [teamLabel('error')]));

    expect(message.split('\n')).toHaveLength(4);
    expect(message).toMatch(/^the bundle breaks 1 rule of the chain:\n/);
  });
});

describe('a bundle that needs no certificate', () => {
  const repositories = ['system', 'apps', 'extra'].map((name) => `HelmRepository cozystack-${name}`);

  test.each([
    { what: 'without objects', objects: [] },
    { what: 'without HelmRepositories', objects: goldenWithout(...repositories) },
  ])('is sound and not signable: $what', ({ objects }) => {
    const chain = Chain.fromObjects(objects);

    expect(() => assertSound(chain)).not.toThrow();
    const error = errorOf('ERR_EGGTOOTH_CHAIN', () => assertSignable(chain));
    expect(error.problem).toBe('no HelmRepository in the bundle reads through the API server');
  });
});
