import type { Command } from 'commander';
import type { CommandName } from './program';

const LOADERS: Readonly<Record<CommandName, () => Promise<Command>>> = {
  up: async () => (await import('./up.js')).upCommand(),
  down: async () => (await import('./down.js')).downCommand(),
  migrate: async () => (await import('./migrate.js')).migrateCommand(),
  issue: async () => (await import('./issue.js')).issueCommand(),
  status: async () => (await import('./status.js')).statusCommand(),
  renew: async () => (await import('./renew.js')).renewCommand(),
  revoke: async () => (await import('./revoke.js')).revokeCommand(),
  sign: async () => (await import('./sign.js')).signCommand(),
  request: async () => (await import('./request.js')).requestCommand(),
  approve: async () => (await import('./approve.js')).approveCommand(),
  collect: async () => (await import('./collect.js')).collectCommand(),
  rbac: async () => (await import('./rbac.js')).rbacCommand(),
  csr: async () => (await import('./csr.js')).csrCommand(),
  version: async () => (await import('./version.js')).versionCommand(),
};

/** Loads some commands: the modules of the others are not run. */
export async function loadCommands(names: readonly CommandName[]): Promise<ReadonlyMap<CommandName, Command>> {
  return new Map(await Promise.all(names.map(async (name) => [name, await LOADERS[name]()] as const)));
}
