import { DURATION_ANNOTATION, printTime, statedDuration } from '../certificate-duration';
import type { Rule } from '../finding';

/** The duration of a certificate is valid, and the same in every HelmRepository that states it for a user. */
export const certificateDuration: Rule = {
  id: 'certificate-duration',
  severity: 'error',
  stops: 'signing',
  *check({ repositories, credentials }) {
    const field = `metadata.annotations['${DURATION_ANNOTATION}']`;
    for (const { object } of repositories) {
      const stated = statedDuration(object);
      if (typeof stated === 'object') yield { object, field, message: stated.problem, fix: stated.fix };
    }
    for (const { user, duration, repositories: ofUser } of credentials) {
      for (const { object } of ofUser) {
        const stated = statedDuration(object);
        if (typeof stated !== 'number' || duration === undefined || stated === duration) continue;
        yield {
          object,
          field,
          message: `the certificate of ${user} cannot be valid for both ${printTime(stated)} and ${printTime(duration)}`,
          fix: `write ${printTime(duration)} in each of its HelmRepositories, or another duration in all of them`,
        };
      }
    }
  },
};
