import { readFileSync } from 'node:fs';

/** The code block of a document whose fence has this name. Tests run what the document shows. */
export function codeBlock(file: string, name: string): string {
  const blocks = readFileSync(file, 'utf8').matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm);
  for (const [, found, code] of blocks) if (found === name && code !== undefined) return code;
  throw new Error(`${file} has no code block ${name}`);
}
