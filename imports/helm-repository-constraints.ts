// Made by `npm run imports`
/** Patterns of fields of spec in the CRD helmrepositories.source.toolkit.fluxcd.io, v1: each one is for new RegExp. */
export const helmRepositoryPatterns = {
  interval: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  timeout: '^([0-9]+(\\.[0-9]+)?(ms|s|m))+$',
  url: '^(http|https|oci)://.*$',
} as const;
