import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ApiReport, apiReports } from '../../tools/api/reports';
import { checkout } from './support/run';

describe('the reports of the public API', () => {
  let reports: readonly ApiReport[];
  beforeAll(() => {
    reports = apiReports({ write: false });
  });

  test('are up to date', () => {
    const stale = reports.filter(({ changed }) => changed).map(({ file }) => file);

    expect(stale, 'the public API changed: run `npm run api`, and commit api/ if you meant to change it').toEqual([]);
    expect(readdirSync(join(checkout, 'api')).sort()).toEqual(reports.map(({ file }) => file).sort());
  });

  test('find every type that is referred to, and every comment well formed', () => {
    expect(reports.flatMap(({ faults }) => faults)).toEqual([]);
  });
});
