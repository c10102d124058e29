import { EggtoothError } from '../../errors';
import type { Rule } from '../finding';
import { CA_ANNOTATION } from '../proxy-url';

/**
 * The URL is valid: https, without credentials, and with the segment in canonical form. If the annotation has a CA for it,
 * that is valid too.
 */
export const url: Rule = {
  id: 'url',
  severity: 'error',
  stops: 'signing',
  *check({ repositories }) {
    for (const { object, target } of repositories) {
      if (!(target instanceof EggtoothError)) continue;
      yield {
        object,
        field: target.code === 'ERR_EGGTOOTH_CA' ? `metadata.annotations['${CA_ANNOTATION}']` : 'spec.url',
        message: target.problem,
        fix: target.fix ?? 'write https://HOST:PORT/api/v1/namespaces/NAMESPACE/pods/NAME:PORT/proxy/PATH',
      };
    }
  },
};
