import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { loadCommands } from '../../src/cli/load-commands';
import { commandNames, createProgram } from '../../src/cli/program';

/** The whole help of a command, with what is added after it. */
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  return help;
}

/** The commands at the end of a help. */
function examplesOf(command: Command): readonly string[] {
  const [, examples = ''] = helpOf(command).split('\nExamples:\n');
  return examples.split('\n').filter((line) => /^ {2}[^ #]/.test(line));
}

/** What of a shell's command line is for eggtooth. */
function argumentsOf(example: string): readonly string[] {
  const words = example.split(/ *[|>] */).map((command) => command.trim().split(' '));
  return words.find(([name]) => name === 'eggtooth')?.slice(1) ?? [];
}

describe('the command line', async () => {
  const program = createProgram(await loadCommands(commandNames));
  const commands: readonly (readonly [string, Command])[] = [
    ['eggtooth', program],
    ...program.commands.map((command) => [`eggtooth ${command.name()}`, command] as const),
  ];

  describe.each(commands)('the help of %s', (name, command) => {
    test('describes the command in a capitalized sentence', () => {
      expect(command.description()).toMatch(/^[A-Z][^.]*$/);
    });

    test('describes every argument and every option with a capital', () => {
      const parts = [...command.registeredArguments, ...command.options];

      expect(parts.filter(({ description }) => !/^[A-Z]/.test(description))).toEqual([]);
    });

    test('ends with examples, each after a comment that says what it is for', () => {
      const [, examples = ''] = helpOf(command).split('\nExamples:\n');

      expect(examples).toMatch(/^( {2}# [A-Z].*\n {2}\S.*\n\n?)+$/);
      for (const example of examplesOf(command)) expect(example).toContain(name);
    });
  });

  const examples = commands.flatMap(([, command]) => examplesOf(command)).map((example) => example.trim());

  test.each(examples)('the example "%s" has arguments and options that exist', async (example) => {
    const ran: string[] = [];
    const fresh = createProgram(await loadCommands(commandNames));
    for (const command of fresh.commands) {
      command.configureOutput({ writeOut: () => {} }).action(() => {
        ran.push(command.name());
      });
    }
    const args = argumentsOf(example);

    if (args.includes('--help')) expect(() => fresh.parse(args, { from: 'user' })).toThrow('(outputHelp)');
    else fresh.parse(args, { from: 'user' });

    expect(ran).toEqual(args.includes('--help') ? [] : args.slice(0, 1));
  });

  test('the help of eggtooth lists every command in a group', () => {
    const help = helpOf(program);

    for (const command of program.commands) expect(help).toMatch(new RegExp(`^ {2}${command.name()} +[A-Z]`, 'm'));
    expect(help).toContain('\nBootstrap:\n');
    expect(help).not.toContain('\nCommands:\n');
  });
});

test('the help of eggtooth is the same before any command is loaded', async () => {
  expect(helpOf(createProgram())).toBe(helpOf(createProgram(await loadCommands(commandNames))));
});
