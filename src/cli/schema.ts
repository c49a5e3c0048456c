import type { Command } from 'commander';
import { campaignJsonSchema } from '../campaign/campaign-json-schema.js';
import type { CommandContext } from './command-context.js';

export function addSchemaCommand(program: Command, { terminal }: CommandContext): void {
  program
    .command('schema')
    .description('print the JSON Schema of campaign files, for editors')
    .action(() => terminal.out(JSON.stringify(campaignJsonSchema(), null, 2)));
}
