/** Field manager of every server-side apply. */
export const FIELD_MANAGER = 'eggtooth';

/** The query of a server-side apply. */
export function applyQuery({ dryRun = false }: { readonly dryRun?: boolean }): Record<string, string> {
  return { fieldManager: FIELD_MANAGER, force: 'true', fieldValidation: 'Strict', ...(dryRun && { dryRun: 'All' }) };
}
