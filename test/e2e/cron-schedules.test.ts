import { afterAll, beforeAll, expect, test } from 'vitest';
import { longestPause } from '../../src/constructs/certificate/cron-schedule';
import { type Cluster, startCluster } from '../../tools/control-plane';
import { isCreateRefused } from './support/policy';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());

const cronJob = (schedule: string) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'renewal', namespace: 'default' },
  spec: {
    schedule,
    jobTemplate: {
      spec: {
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'registry.example/a:1' }] } },
      },
    },
  },
});

test.each([
  ...['17 * * * *', '*/5 8-16 1,15 * ?', '5/20 * * * *', '0 0 * JAN-mar Sun', '@hourly', '@midnight', '@every 1h30m'],
  ...['0 0 30 2 *', '0 0 31 * 1', '  17  * * * *  ', '0-10/5,50 * * * *', '? ? ? ? ?'],
])('the API server accepts the schedule %j, as longestPause does', async (schedule) => {
  expect(typeof longestPause(schedule)).toBe('number');
  expect(await isCreateRefused(cluster, cronJob(schedule))).toBe(false);
});

test.each([
  ...['every 5 minutes', '* * * *', '0 * * * * *', '60 * * * *', '0 24 * * *', '0 0 0 * *', '0 0 * 13 *', '0 0 * * 7'],
  ...[
    '0 0 L * *',
    '0 0 * * 5#3',
    '0 0 * * sunday',
    '5-1 * * * *',
    '*/0 * * * *',
    '1-2-3 * * * *',
    '@reboot',
    '@every x',
  ],
  ...['TZ=UTC 0 * * * *', 'CRON_TZ=UTC 0 * * * *', '', '@Hourly'],
])('the API server refuses the schedule %j, as longestPause does', async (schedule) => {
  expect(typeof longestPause(schedule)).toBe('string');
  expect(await isCreateRefused(cluster, cronJob(schedule))).toBe(true);
});
