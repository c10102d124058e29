import { EggtoothError } from '../../errors';
import { isFluxSource } from '../../kubernetes/kinds';
import { printReference, referenceTo } from '../../kubernetes/kube-object';
import type { ChainLinks } from '../chain-links';
import { type Finding, printFinding, type Rule } from '../finding';
import { allRules } from '.';

/**
 * Checks a chain against rules.
 *
 * @param rules - the rules to check, in the order in which they report
 * @returns every finding, in the order of the rules; none if the chain breaks no rule
 * @example
 * ```ts
 * const findings = check(Chain.fromObjects(objects), [...allRules, ownRegistry]);
 * ```
 */
export function check(chain: ChainLinks, rules: readonly Rule[] = allRules): readonly Finding[] {
  return rules.flatMap((rule) =>
    Array.from(rule.check(chain), ({ severity = rule.severity, object, field, message, fix }) => {
      return { rule: rule.id, severity, object, field, message, fix };
    }),
  );
}

/**
 * Checks a chain, and returns the findings of severity `warning`, which nothing fails on.
 *
 * @example
 * ```ts
 * for (const warning of warningsOf(chain)) console.error(printFinding(warning));
 * ```
 */
export function warningsOf(chain: ChainLinks, rules?: readonly Rule[]): readonly Finding[] {
  return check(chain, rules).filter(({ severity }) => severity === 'warning');
}

/**
 * Checks a chain, and returns the findings that {@link assertSignable} accepts, as warnings: errors about pods and releases
 * stop the synth and `up`, but not the commands for certificates.
 */
export function warningsOfSigning(chain: ChainLinks, rules: readonly Rule[] = allRules): readonly Finding[] {
  const stopping = new Set(rules.filter(stopsSigning).map(({ id }) => id));
  return check(chain, rules)
    .filter(({ rule, severity }) => severity === 'warning' || !stopping.has(rule))
    .map((finding) => ({ ...finding, severity: 'warning' }));
}

function stopsSigning({ stops }: Rule): boolean {
  return stops === 'signing';
}

/**
 * Rejects a chain that breaks a rule of severity `error`. A bundle without HelmRepositories that read through the API
 * server breaks none of the rules about them.
 *
 * @example
 * ```ts
 * assertSound(Chain.fromObjects(objects));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` with all errors at once
 */
export function assertSound(chain: ChainLinks, rules?: readonly Rule[]): void {
  const errors = check(chain, rules).filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const { size } = new Set(errors.map(({ rule }) => rule));
  const list = errors.map((finding) => `\n  ${printFinding(finding)}`).join('');
  throw new EggtoothError(
    'ERR_EGGTOOTH_CHAIN',
    `the bundle breaks ${size} rule${size === 1 ? '' : 's'} of the chain:${list}`,
  );
}

/**
 * Why no certificate is needed: the bundle has sources of charts, and Flux reads none of them through the API server.
 * `undefined` if one is needed, or if the bundle has no source at all, as after a wrong path.
 */
export function whyNoCertificate({ repositories, objects }: ChainLinks): string | undefined {
  const source = repositories.length === 0 ? objects.find(isFluxSource) : undefined;
  if (source === undefined) return undefined;
  const reference = printReference(referenceTo(source));
  return `nothing in the bundle needs a certificate: Flux does not read ${reference} through the API server`;
}

/**
 * Rejects a chain with an error in one of its links, or one that needs no certificate. Errors about pods and releases do not
 * count: see {@link warningsOfSigning}.
 *
 * @example
 * ```ts
 * assertSignable(Chain.fromObjects(objects));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN`
 */
export function assertSignable(chain: ChainLinks, rules: readonly Rule[] = allRules): void {
  const reason = whyNoCertificate(chain);
  if (reason !== undefined) {
    throw new EggtoothError('ERR_EGGTOOTH_CHAIN', reason, {
      fix: 'run eggtooth up, which needs no certificate then; or name the bundle that has one',
    });
  }
  if (chain.repositories.length === 0) {
    throw new EggtoothError('ERR_EGGTOOTH_CHAIN', 'no HelmRepository in the bundle reads through the API server', {
      fix: 'run cdk8s synth, then name the file or folder that contains the HelmRepositories',
    });
  }
  assertSound(chain, rules.filter(stopsSigning));
}
