import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import { printFinding } from '../../src/chain/finding';
import { allRules } from '../../src/chain/rules';
import { check } from '../../src/chain/rules/check';
import { printReference, referenceTo } from '../../src/kubernetes/kube-object';
import { goldenObjects } from '../support/golden';
import { soundRights } from './broken/excess';
import { brokenFlux, soundFlux } from './broken/flux';
import { brokenHostPorts, soundHostPorts } from './broken/host-ports';
import { brokenImages, soundImages } from './broken/images';
import { brokenObjects, soundObjects } from './broken/objects';
import { brokenPodRoutes, soundPodRoutes } from './broken/pod-routes';
import { brokenRetries, soundRetries } from './broken/release-retry';
import { brokenSources, soundSources } from './broken/release-sources';
import { brokenReleases, soundReleases } from './broken/releases';
import { brokenRepositories, soundRepositories } from './broken/repositories';
import { brokenRights } from './broken/rights';
import { brokenSecrets, soundSecrets } from './broken/secrets';
import { brokenServices, soundServices } from './broken/services';
import { brokenUpstream, soundUpstream } from './broken/upstream';

const broken = [
  ...brokenObjects,
  ...brokenRepositories,
  ...brokenRights,
  ...brokenSecrets,
  ...brokenServices,
  ...brokenFlux,
  ...brokenPodRoutes,
  ...brokenHostPorts,
  ...brokenImages,
  ...brokenSources,
  ...brokenReleases,
  ...brokenRetries,
  ...brokenUpstream,
];
const sound = [
  ...soundObjects,
  ...soundRepositories,
  ...soundRights,
  ...soundSecrets,
  ...soundServices,
  ...soundFlux,
  ...soundPodRoutes,
  ...soundHostPorts,
  ...soundImages,
  ...soundSources,
  ...soundReleases,
  ...soundRetries,
  ...soundUpstream,
];

test("no rule reports Cozystack's bundle", () => {
  expect(check(Chain.fromObjects(goldenObjects()))).toEqual([]);
});

test.each(sound)('no rule reports $with', ({ objects }) => {
  expect(check(Chain.fromObjects(objects)).map(printFinding)).toEqual([]);
});

describe.each(allRules)('the rule $id', ({ id, severity }) => {
  const table = broken.filter(({ rule }) => rule === id);

  test('has a case in the table', () => {
    expect(table).not.toEqual([]);
  });

  test.each(table)('alone reports $by', ({ objects, at, field, says, fix, severity: stated }) => {
    const findings = check(Chain.fromObjects(objects));

    expect(
      findings.map(({ object, ...finding }) => ({ ...finding, object: printReference(referenceTo(object)) })),
    ).toEqual(
      at.map((object) => ({
        rule: id,
        severity: stated ?? severity,
        object,
        field,
        message: expect.stringContaining(says),
        fix: expect.stringContaining(fix),
      })),
    );
    for (const { object } of findings) expect(objects).toContain(object);
  });
});

describe('all rules', () => {
  test('have unique ids in kebab-case', () => {
    const ids = allRules.map(({ id }) => id);

    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  test('are the only ones in the table', () => {
    expect(broken.map(({ rule }) => rule).filter((rule) => !allRules.some(({ id }) => id === rule))).toEqual([]);
  });

  test('report nothing about an empty bundle', () => {
    expect(check(Chain.fromObjects([]))).toEqual([]);
  });

  test('about pods and HelmReleases report without any HelmRepository', () => {
    const alone = [...brokenHostPorts, ...brokenImages, ...brokenReleases].filter(({ by }) => !by.includes('URL'));
    for (const { objects, rule, by } of alone) {
      const rest = objects.filter(({ kind }) => kind !== 'HelmRepository');

      const found = check(Chain.fromObjects(rest));

      expect(
        found.map((finding) => finding.rule),
        by,
      ).toContain(rule);
    }
  });

  test('never print a password', () => {
    for (const { objects } of broken) {
      expect(check(Chain.fromObjects(objects)).map(printFinding).join('\n')).not.toContain('w0rd');
    }
  });
});
