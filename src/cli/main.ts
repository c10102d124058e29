#!/usr/bin/env node
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { commandsIn, createProgram } from './program';
import { run } from './run';

/**
 * Node.js 22 keeps compiled code. Its own folder for that is in the temporary folder, which others may write to: whoever
 * writes the compiled code has all rights of its user.
 */
function cacheCompiledCode(): void {
  const { enableCompileCache } = module as { readonly enableCompileCache?: (folder?: string) => void };
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'eggtooth', 'compile-cache');
  enableCompileCache?.(process.env.NODE_COMPILE_CACHE ?? folder);
}

if (commandsIn(process.argv.slice(2)).length === 0) {
  run(createProgram());
} else {
  cacheCompiledCode();
  import('./run-command.js');
}
