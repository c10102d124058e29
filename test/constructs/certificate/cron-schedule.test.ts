import { describe, expect, test } from 'vitest';
import { longestPause } from '../../../src/constructs/certificate/cron-schedule';

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];

describe('longestPause', () => {
  test.each<readonly [schedule: string, seconds: number]>([
    ['* * * * *', MINUTE],
    ['*/1 * * * *', MINUTE],
    ['17 * * * *', HOUR],
    ['@hourly', HOUR],
    ['  17   *  * * *  ', HOUR],
    ['*/15 * * * *', 15 * MINUTE],
    ['*/25 * * * *', 25 * MINUTE],
    ['5/20 * * * *', 20 * MINUTE],
    ['0,20,50 * * * *', 30 * MINUTE],
    ['0-10/5,50 * * * *', 40 * MINUTE],
    ['0 */5 * * *', 5 * HOUR],
    ['0 6,18 * * *', 12 * HOUR],
    ['30 3 * * *', DAY],
    ['@daily', DAY],
    ['@midnight', DAY],
    ['0 0 * * ?', DAY],
    ['0 0 ? * *', DAY],
    ['@weekly', 7 * DAY],
    ['0 12 * * mon-fri', 3 * DAY],
    ['0 12 * * MON,wed,Fri', 3 * DAY],
    ['17 8-16 * * 1-5', 64 * HOUR],
    ['0 0 1 * *', 31 * DAY],
    ['@monthly', 31 * DAY],
    ['0 0 31 * *', 61 * DAY],
    // Either field for the day is enough if both are restricted.
    ['0 0 1 * 1', 7 * DAY],
    // A step makes it a restriction too.
    ['0 0 */2 * 1', 2 * DAY],
    ['0 0 1 jan *', 366 * DAY],
    ['@yearly', 366 * DAY],
    ['@annually', 366 * DAY],
    ['0 0 29 feb ?', 4 * 366 * DAY - 3 * DAY],
    ['0 0 30 2 *', Number.POSITIVE_INFINITY],
    ['@every 90m', 90 * MINUTE],
    ['@every 1h30m', 90 * MINUTE],
    ['@every 45s', 45],
  ])('of %j is %i s', (schedule, seconds) => {
    expect(longestPause(schedule)).toBe(seconds);
  });

  test.each([
    ['', 'fields'],
    ['* * * *', 'fields'],
    ['0 * * * * *', 'fields'],
    ['@hourly * * * *', 'minute'],
    ['@Hourly', 'fields'],
    ['@every', 'fields'],
    ['@every 1 hour', 'fields'],
    ['@reboot', 'fields'],
    ['60 * * * *', 'minute'],
    ['-1 * * * *', 'minute'],
    ['1.5 * * * *', 'minute'],
    ['5-1 * * * *', 'minute'],
    ['1-2-3 * * * *', 'minute'],
    ['*/0 * * * *', 'minute'],
    ['*/ * * * *', 'minute'],
    ['1,,2 * * * *', 'minute'],
    ['jan * * * *', 'minute'],
    ['0 24 * * *', 'hour'],
    ['0 0 0 * *', 'day of the month'],
    ['0 0 32 * *', 'day of the month'],
    ['0 0 L * *', 'day of the month'],
    ['0 0 15W * *', 'day of the month'],
    ['0 0 * 13 *', 'month'],
    ['0 0 * 0 *', 'month'],
    ['0 0 * * 7', 'day of the week'],
    ['0 0 * * 5#3', 'day of the week'],
    ['0 0 * * sunday', 'day of the week'],
    ['TZ=UTC 0 * * * *', 'time zone'],
    ['CRON_TZ=UTC 0 * * * *', 'time zone'],
  ])('refuses %j because of its %s', (schedule, what) => {
    expect(longestPause(schedule)).toContain(what);
  });
});
