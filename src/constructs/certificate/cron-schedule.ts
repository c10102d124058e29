/** A field of a schedule: its range, and the names of its values from the first on. */
interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of the week', min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** The values that a field matches. */
interface Matches {
  readonly values: ReadonlySet<number>;
  /** Whether it leaves the choice to the other field for days: `*`, or `?`. */
  readonly isOpen: boolean;
}

/** After so many years, the days of the week fall on the same dates again. */
const CYCLE_YEARS = 28;
const [MINUTE, DAY] = [60, 86_400];

/**
 * The longest pause between two runs of a schedule in cron format, in seconds; Infinity if it never runs, as on February
 * 30. Daylight saving time is not taken into account.
 *
 * Reads a schedule as the CronJob controller does, with the standard parser of robfig/cron: five fields, or a macro.
 * @returns the pause, or what is wrong with the schedule
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function longestPause(schedule: string): number | string {
  const every = /^@every (?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/.exec(schedule);
  if (every !== null) {
    const [hours, minutes, seconds] = every.slice(1).map((part) => Number(part ?? 0));
    return Math.max(1, (hours ?? 0) * 3600 + (minutes ?? 0) * MINUTE + (seconds ?? 0));
  }
  if (/^(CRON_)?TZ=/.test(schedule)) return 'has a time zone, which Kubernetes refuses here';
  const texts = (MACROS[schedule] ?? schedule).trim().split(/\s+/);
  if (texts.length !== FIELDS.length) return `has ${texts.length} fields instead of ${FIELDS.length}`;
  const parsed = FIELDS.map((field, index) => readField(texts[index] ?? '', field));
  const invalid = parsed.indexOf(undefined);
  if (invalid >= 0) return `has an invalid ${FIELDS[invalid]?.name}: ${JSON.stringify(texts[invalid])}`;
  return pauseOf(parsed.filter((matches) => matches !== undefined));
}

function readField(text: string, field: Field): Matches | undefined {
  const items = text.split(',').map((item) => readItem(item, field));
  if (items.some((item) => item === undefined)) return undefined;
  const known = items.filter((item) => item !== undefined);
  return {
    values: new Set(known.flatMap(({ values }) => [...values])),
    isOpen: known.some(({ isOpen }) => isOpen),
  };
}

/** One of the items of a field that commas separate: `*`, `5` or `1-5`, with or without a step such as `/15`. */
function readItem(text: string, field: Field): Matches | undefined {
  const [, range = '', step] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(text) ?? [];
  const every = step === undefined ? 1 : Number(step);
  const [first, last] = bounds(range, step !== undefined, field);
  if (first === undefined || last === undefined || first > last || every === 0) return undefined;
  const values = new Set<number>();
  for (let value = first; value <= last; value += every) values.add(value);
  return { values, isOpen: /^[*?]$/.test(range) && every === 1 };
}

/** `N/STEP` means from N on. */
function bounds(range: string, hasStep: boolean, field: Field): readonly (number | undefined)[] {
  if (range === '*' || range === '?') return [field.min, field.max];
  const [first, last, ...others] = range.split('-').map((text) => readValue(text, field));
  if (others.length > 0) return [];
  if (range.includes('-')) return [first, last];
  return [first, hasStep ? field.max : first];
}

function readValue(text: string, { min, max, names = [] }: Field): number | undefined {
  const index = names.indexOf(text.toLowerCase());
  if (index >= 0) return min + index;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

const NONE: Matches = { values: new Set(), isOpen: false };

function pauseOf([
  minutes = NONE,
  hours = NONE,
  days = NONE,
  months = NONE,
  weekdays = NONE,
]: readonly Matches[]): number {
  const times = [...hours.values].flatMap((hour) => [...minutes.values].map((minute) => hour * 60 + minute));
  times.sort((a, b) => a - b);
  const matching: number[] = [];
  const end = Date.UTC(2000 + CYCLE_YEARS, 0) / 1000 / DAY;
  const begin = Date.UTC(2000, 0) / 1000 / DAY;
  for (let day = begin; day < end; day++) {
    const date = new Date(day * DAY * 1000);
    if (!months.values.has(date.getUTCMonth() + 1)) continue;
    const byDate = days.values.has(date.getUTCDate());
    const byWeekday = weekdays.values.has(date.getUTCDay());
    // If both fields restrict the day, one of them is enough.
    if (days.isOpen || weekdays.isOpen ? byDate && byWeekday : byDate || byWeekday) matching.push(day);
  }
  const [firstDay, firstTime = 0, lastTime = 0] = [matching[0], times[0], times.at(-1)];
  if (firstDay === undefined) return Number.POSITIVE_INFINITY;
  const overnight = longestStep([...matching, firstDay + end - begin]) * 24 * 60 - lastTime + firstTime;
  return Math.max(overnight, longestStep(times)) * MINUTE;
}

function longestStep(sorted: readonly number[]): number {
  return Math.max(0, ...sorted.slice(1).map((value, index) => value - (sorted[index] ?? value)));
}
