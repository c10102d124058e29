import type { Problem } from '../errors';
import { fieldAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';

/** Annotation of a HelmRepository with the duration of its reader's certificate, for example `7d`. */
export const DURATION_ANNOTATION = 'eggtooth.dev/certificate-duration';

/** Kubernetes refuses less (spec.expirationSeconds of a CertificateSigningRequest), in seconds. */
export const SHORTEST_DURATION = 600;
/** What kube-controller-manager signs by default at most (--cluster-signing-duration), in seconds. */
const LONGEST_DURATION = 365 * 86_400;

/** Units of a time, in seconds: days, and those of Go. */
const UNITS: Readonly<Record<string, number>> = {
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
};

/** The longest duration of Go, in seconds. */
const LONGEST_TIME = 2 ** 63 / 1e9;

/** How to write a time. */
export const TIME_FORM = 'write numbers with units, such as 90s, 1h30m or 30d';

/** A time as Go writes durations, and with days, such as `30d`, `1h30m` or `1.5h`, in seconds; `undefined` if it is none. */
export function parseTime(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 40 || !/^((\d+(\.\d*)?|\.\d+)(d|h|m|s|ms|us|µs|ns))+$/.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)([a-zµ]+)/g);
  const seconds = Array.from(parts, ([, number, unit = '']) => Number(number) * (UNITS[unit] ?? 0));
  const total = seconds.reduce((sum, one) => sum + one, 0);
  // 1.1 h are 3960.0000000000005 s of floating point.
  return total < LONGEST_TIME ? Number(total.toFixed(6)) : undefined;
}

/** The inverse of {@link parseTime}, in the largest unit that fits. */
export function printTime(seconds: number): string {
  const [unit, factor] = Object.entries(UNITS).find(([, one]) => one >= 1 && seconds % one === 0) ?? ['s', 1];
  return `${seconds / factor}${unit}`;
}

/** What is wrong with the duration of a certificate, in seconds. */
export function certificateDurationProblem(seconds: number): Problem | undefined {
  if (Number.isInteger(seconds) && seconds >= SHORTEST_DURATION && seconds <= LONGEST_DURATION) return undefined;
  return {
    problem: `invalid duration of a certificate: ${seconds} s`,
    fix: 'use whole seconds, from 10 minutes, since Kubernetes refuses less, to 365 days, which most clusters sign at most',
  };
}

/** The duration that a HelmRepository states for the certificate, or what is wrong with it; `undefined` if it states none. */
export function statedDuration({ metadata }: KubeObject): number | Problem | undefined {
  const value = fieldAt(metadata, 'annotations', DURATION_ANNOTATION);
  if (value === undefined) return undefined;
  const seconds = typeof value === 'string' ? parseTime(value) : undefined;
  if (seconds === undefined) {
    return {
      problem: `${JSON.stringify(value)} is no duration of a certificate`,
      fix: TIME_FORM,
    };
  }
  return certificateDurationProblem(seconds) ?? seconds;
}
