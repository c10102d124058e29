import type { Problem } from '../errors';
import { fieldAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';

/** Annotation of a HelmRepository with the duration of its reader's certificate, for example `7d`. */
export const DURATION_ANNOTATION = 'eggtooth.dev/certificate-duration';

/** Kubernetes refuses less (spec.expirationSeconds of a CertificateSigningRequest), in seconds. */
export const SHORTEST_DURATION = 600;
/** What kube-controller-manager signs by default at most (--cluster-signing-duration), in seconds. */
const LONGEST_DURATION = 365 * 86_400;

const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/** A time such as `30d`, `12h`, `90m` or `600s` in seconds; `undefined` if it is none. */
export function parseTime(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,8})([dhms])$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return factor === undefined ? undefined : Number(number) * factor;
}

/** The inverse of {@link parseTime}, in the largest unit that fits. */
export function printTime(seconds: number): string {
  const [unit, factor] = Object.entries(UNITS).find(([, one]) => seconds % one === 0) ?? ['s', 1];
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
      fix: 'write a number and a unit: s, m, h or d',
    };
  }
  return certificateDurationProblem(seconds) ?? seconds;
}
