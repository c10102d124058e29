import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import { printFinding } from '../../src/chain/finding';
import { rules } from '../../src/chain/rules';
import { printReference, referenceTo } from '../../src/kubernetes/kube-object';
import { goldenObjects } from '../support/golden';
import { brokenHostPorts, soundHostPorts } from './broken/host-ports';
import { brokenImages, soundImages } from './broken/images';
import { brokenObjects, soundObjects } from './broken/objects';
import { brokenSources, soundSources } from './broken/release-sources';
import { brokenReleases, soundReleases } from './broken/releases';
import { brokenRepositories } from './broken/repositories';
import { brokenRights } from './broken/rights';
import { brokenServices, soundServices } from './broken/services';

const broken = [
  ...brokenObjects,
  ...brokenRepositories,
  ...brokenRights,
  ...brokenServices,
  ...brokenHostPorts,
  ...brokenImages,
  ...brokenSources,
  ...brokenReleases,
];
const sound = [...soundObjects, ...soundServices, ...soundHostPorts, ...soundImages, ...soundSources, ...soundReleases];

test("Cozystack's bundle breaks no rule", () => {
  expect(Chain.fromObjects(goldenObjects()).findings()).toEqual([]);
});

test.each(sound)('nor does it with $with', ({ objects }) => {
  expect(Chain.fromObjects(objects).findings().map(printFinding)).toEqual([]);
});

describe.each(rules)('the rule $id', ({ id, severity }) => {
  const table = broken.filter(({ rule }) => rule === id);

  test('is put to the test below', () => {
    expect(table).not.toEqual([]);
  });

  test.each(table)('alone is broken by $by', ({ objects, at, field, says, fix }) => {
    const findings = Chain.fromObjects(objects).findings();

    expect(
      findings.map(({ object, ...finding }) => ({ ...finding, object: printReference(referenceTo(object)) })),
    ).toEqual(
      at.map((object) => ({
        rule: id,
        severity,
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
  test('have an id of their own, in kebab-case', () => {
    const ids = rules.map(({ id }) => id);

    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  test('are the only ones that the table speaks of', () => {
    expect(broken.map(({ rule }) => rule).filter((rule) => !rules.some(({ id }) => id === rule))).toEqual([]);
  });

  test('find nothing in an empty bundle', () => {
    expect(Chain.fromObjects([]).findings()).toEqual([]);
  });

  test('on objects alone need no HelmRepository to speak', () => {
    const alone = [...brokenHostPorts, ...brokenImages, ...brokenReleases].filter(({ by }) => !by.includes('URL'));
    for (const { objects, rule, by } of alone) {
      const rest = objects.filter(({ kind }) => kind !== 'HelmRepository');

      const found = Chain.fromObjects(rest).findings();

      expect(
        found.map((finding) => finding.rule),
        by,
      ).toContain(rule);
    }
  });

  test('never repeat a password', () => {
    for (const { objects } of broken) {
      expect(Chain.fromObjects(objects).findings().map(printFinding).join('\n')).not.toContain('w0rd');
    }
  });
});
