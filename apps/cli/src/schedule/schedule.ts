import { Command } from 'commander';
import { scheduleGet } from './get.js';
import { scheduleList } from './list.js';
import { scheduleNext } from './next.js';
import { schedulePause, scheduleResume } from './pause.js';
import { scheduleSlots } from './slots.js';

export function scheduleNoun(): Command {
  const verbs = [scheduleList(), scheduleGet(), scheduleNext(), scheduleSlots(), schedulePause(), scheduleResume()];
  return verbs.reduce(
    (noun, verb) => noun.addCommand(verb),
    new Command('schedule').description('what runs when, what ran, and what did not and why'),
  );
}
