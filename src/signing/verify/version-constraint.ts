/** A version as Helm reads it: up to two parts and a `v` before it may be missing or extra. */
export interface Version {
  readonly parts: readonly [major: bigint, minor: bigint, patch: bigint];
  /** What follows the first hyphen, without build metadata; empty for a release. */
  readonly pre: string;
}

/** How many parts of a constraint are given: `1.x` has one. */
type Given = 0 | 1 | 2 | 3;

interface Comparison {
  readonly operator: string;
  readonly given: Given;
  readonly version: Version;
}

/** Parts are unsigned and have 64 bits. */
const LIMIT = 2n ** 64n;
const [LONGEST_VERSION, LONGEST_CONSTRAINT, MOST_GROUPS] = [256, 512, 32];

const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const SUFFIX = `(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?`;
const VERSION = new RegExp(`^v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?${SUFFIX}$`);

const SPACE = '[\\t\\n\\f\\r ]';
// As there, a bar counts as a digit, so that `1||2 - 3` is no range of versions.
const WILD = '[0-9|xX*]+';
const WILD_VERSION = `v?(${WILD})(?:\\.(${WILD}))?(?:\\.(${WILD}))?${SUFFIX}`;
const UNGROUPED = WILD_VERSION.replace(/\((?!\?)/g, '(?:');
const RANGE = new RegExp(`${SPACE}*(${UNGROUPED})${SPACE}+-${SPACE}+(${UNGROUPED})${SPACE}*`, 'g');
const OPERATOR = '=>|=<|>=|<=|!=|~>|[=><~^]|';
const ONE = `(?:${OPERATOR})${SPACE}*${UNGROUPED}`;
const GROUP = new RegExp(`^${SPACE}*${ONE}(?:(?:${SPACE}+|${SPACE}*,${SPACE}*)${ONE})*${SPACE}*$`);
const COMPARISON = new RegExp(`(${OPERATOR})${SPACE}*${WILD_VERSION}`, 'g');

/** Parses a version as Helm and Flux do (Masterminds/semver); `undefined` if it is none. */
export function parseVersion(text: string): Version | undefined {
  const [, major, minor = '0', patch = '0', pre = ''] = (text.length <= LONGEST_VERSION && VERSION.exec(text)) || [];
  if (major === undefined || pre.split('.').some((part) => /^0\d+$/.test(part))) return undefined;
  const parts = [BigInt(major), BigInt(minor), BigInt(patch)] as const;
  return parts.some((part) => part >= LIMIT) ? undefined : { parts, pre };
}

/** Compares two versions: negative if the first is older. Build metadata does not count. */
export function compareVersions(one: Version, other: Version): number {
  const parts = compareParts(one, other, 3);
  if (parts !== 0 || one.pre === other.pre) return parts;
  if (one.pre === '' || other.pre === '') return one.pre === '' ? 1 : -1;
  return comparePre(one.pre, other.pre);
}

/**
 * Parses the constraint of a chart's version (`spec.version`) as Flux does: with the rules of Masterminds/semver, which
 * differ from those of npm.
 * @returns whether a version matches; `undefined` if the constraint is invalid
 */
export function parseConstraint(text: string): ((version: Version) => boolean) | undefined {
  if (Buffer.byteLength(text) > LONGEST_CONSTRAINT) return undefined;
  const groups = text.replace(RANGE, '>= $1, <= $2 ').split('||').map(parseGroup);
  const valid = groups.flatMap((group) => group ?? []);
  if (groups.length > MOST_GROUPS || valid.length < groups.length) return undefined;
  return (version) => valid.some((matches) => matches(version));
}

/** Parses comparisons that must all hold. A prerelease only matches if one of them names a prerelease. */
function parseGroup(text: string): ((version: Version) => boolean) | undefined {
  if (!GROUP.test(text)) return undefined;
  const comparisons: Comparison[] = [];
  for (const [, operator = '', ...fields] of text.matchAll(COMPARISON)) {
    const [pre, numbers] = [fields[3], fields.slice(0, 3)];
    const wild = numbers.findIndex((part) => part === undefined || /^[xX*]$/.test(part));
    const given = (wild < 0 ? 3 : wild) as Given;
    const filled = [...numbers.slice(0, given), '0', '0', '0'].slice(0, 3).join('.');
    const version = parseVersion(pre === undefined ? filled : `${filled}-${pre}`);
    if (version === undefined) return undefined;
    comparisons.push({ operator, given, version });
  }
  const takesPre = comparisons.some(({ version }) => version.pre !== '');
  return (version) => (version.pre === '' || takesPre) && comparisons.every((one) => holds(one, version));
}

function holds({ operator, given, version: bound }: Comparison, version: Version): boolean {
  const order = compareVersions(version, bound);
  switch (operator) {
    case '<':
      return order < 0;
    case '>=':
    case '=>':
      return order >= 0;
    case '>':
      return given === 1 || given === 2 ? compareParts(version, bound, given) > 0 : order > 0;
    case '<=':
    case '=<':
      return given === 3 ? order <= 0 : compareParts(version, bound, given === 1 ? 1 : 2) <= 0;
    case '!=':
      if (given === 1) return compareParts(version, bound, 1) !== 0;
      if (given === 2) return compareParts(version, bound, 2) !== 0 || version.pre !== bound.pre;
      return order !== 0;
    case '^':
      return order >= 0 && compareParts(version, bound, caretParts(bound, given)) === 0;
    case '~':
    case '~>':
      return matchesTilde(version, bound, given);
    default:
      return given === 3 ? order === 0 : matchesTilde(version, bound, given);
  }
}

/** Any version matches `~0.0.0`, and so `*`. */
function matchesTilde(version: Version, bound: Version, given: Given): boolean {
  if (compareVersions(version, bound) < 0) return false;
  const isAny = (given === 0 || given === 3) && bound.parts.every((part) => part === 0n);
  return isAny || compareParts(version, bound, given === 1 ? 1 : 2) === 0;
}

/** How many parts must be equal: up to the first that is not 0, or the last that is given. */
function caretParts({ parts: [major, minor] }: Version, given: Given): number {
  if (major > 0n || given === 1) return 1;
  return minor > 0n || given === 2 ? 2 : 3;
}

function compareParts(one: Version, other: Version, count: number): number {
  for (let index = 0; index < count; index++) {
    const [a, b] = [one.parts[index] ?? 0n, other.parts[index] ?? 0n];
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}

function comparePre(one: string, other: string): number {
  const [a, b] = [one.split('.'), other.split('.')];
  const index = a.findIndex((part, at) => part !== b[at]);
  if (index < 0) return -1;
  const [left, right] = [a[index], b[index]];
  if (left === undefined || right === undefined) return right === undefined ? 1 : -1;
  const [isNumber, isOtherNumber] = [left, right].map(isNumeric);
  if (isNumber && isOtherNumber) return BigInt(left) < BigInt(right) ? -1 : 1;
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return left < right ? -1 : 1;
}

function isNumeric(text: string): boolean {
  return /^\d+$/.test(text) && BigInt(text) < LIMIT;
}
