import { Command } from 'commander';
import { authAudit } from './audit.js';
import { tokenCreate } from './token-create.js';
import { tokenList } from './token-list.js';
import { tokenRevoke } from './token-revoke.js';
import { authWhoami } from './whoami.js';

export function authNoun(): Command {
  const token = new Command('token').description('tokens that let callers in');
  for (const verb of [tokenCreate(), tokenList(), tokenRevoke()]) token.addCommand(verb);
  return new Command('auth')
    .description('who may call the api, and who has changed what')
    .addCommand(token)
    .addCommand(authWhoami())
    .addCommand(authAudit());
}
