import { describeCron } from './describe-cron.js';
import { parseSchedule } from './parse-schedule.js';

test.each([
  ['0 6 * * *', 'every day at 06:00 America/New_York'],
  ['0 6,18 * * *', 'every day at 06:00 and 18:00 America/New_York'],
  ['30 6 * * 1-5', 'every weekday at 06:30 America/New_York'],
  ['0 0 * * mon,fri', 'every Monday and Friday at 00:00 America/New_York'],
  ['15 10 5 1 * *', 'on day 1 of the month at 05:10:15 America/New_York'],
  ['0 5 1-3,15,L * *', 'on days 1 to 3 and 15 and the last day of the month at 05:00 America/New_York'],
  ['0 5 L-2 * *', 'on 2 days before the last of the month at 05:00 America/New_York'],
  [
    '0 5 15W,LW 3 *',
    'on the weekday nearest day 15 and the last weekday of the month in March at 05:00 America/New_York',
  ],
  ['0 5 * * 5#2', 'on the second Friday of the month at 05:00 America/New_York'],
  ['0 5 * 1,7 5L', 'on the last Friday of the month in January and July at 05:00 America/New_York'],
  ['0 5 13 * 5', 'on day 13 of the month or every Friday at 05:00 America/New_York'],
  ['@yearly', 'on day 1 of the month in January at 00:00 America/New_York'],
  ['* * * * *', 'every minute'],
  ['*/5 * * * *', 'every 5 minutes'],
  ['@hourly', 'every hour'],
  ['15 * * * *', 'every hour at minute 15'],
  ['7,37 * * * *', 'every hour at minutes 7 and 37'],
  ['0 */2 * * *', 'every 2 hours America/New_York'],
  ['*/10 9-17 * * 1-5', 'every 10 minutes from 09:00 to 17:59 on every weekday America/New_York'],
  ['*/10 */6 * * *', 'every 10 minutes of every 6 hours America/New_York'],
  ['30 1-20 * * *', 'every hour at minute 30 from 01:00 to 20:59 America/New_York'],
  ['*/5 1,3,9 * * *', 'every 5 minutes in the hours 01, 03 and 09 America/New_York'],
  ['* * * * * *', 'every second'],
  ['*/10 * * * * *', 'every 10 seconds'],
  ['30 * * * * *', 'every minute at second 30'],
  ['1,7 * * * * *', 'at seconds 1 and 7 of every minute'],
  ['*/20 */15 * * * *', 'every 20 seconds of every 15 minutes'],
])('%s', (cron, words) => {
  expect(describeCron(parseSchedule({ cron, timezone: 'America/New_York' }, 'schedule'))).toBe(words);
});

test('intervals', () => {
  expect(describeCron(parseSchedule({ every: '90m' }, 'schedule'))).toBe('every 1h30m');
  expect(describeCron(parseSchedule({ every: 60, anchor: '2026-01-01' }, 'schedule'))).toBe(
    'every 1m from 2026-01-01T00:00:00.000Z',
  );
});
