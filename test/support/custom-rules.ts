import type { Rule } from '../../src/chain/finding';

/** A rule that a platform could add: every HelmRepository has a label with the team that owns it. */
export function teamLabel(severity: Rule['severity']): Rule {
  return {
    id: 'team-label',
    severity,
    *check({ repositories }) {
      for (const { object } of repositories) {
        if (object.metadata.labels?.team !== undefined) continue;
        yield { object, field: 'metadata.labels.team', message: 'no team owns it', fix: 'set the label team' };
      }
    },
  };
}
