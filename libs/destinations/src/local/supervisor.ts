import { spawn } from 'node:child_process';

/**
 * Runs the command of a job folder, once in all eternity: the hard link `supervisor` is the claim, whoever makes it runs the
 * command and every other one leaves. It stands outside the pusher's session and survives it.
 *
 * Files: `supervisor` and `command` hold "PID START BOOT" of a process; `exit` holds the exit code and is there when all is
 * over; `cancel` asks for the end, and TERM to the supervisor says that it is there; `overtime`: the time limit has struck.
 */
const SCRIPT = `
cd -- "$1" || exit 1
grace=$2 limit=$3 command= killer= timer= interrupted=
set -m
functions='identity() {
  local pid=$1 stat= boot=
  { read -r stat <"/proc/$pid/stat"; read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
  stat=\${stat##*) }
  set -- $stat
  echo "$pid \${20:--} \${boot:--}"
}'
eval "$functions"
identity $$ >"supervisor.$$" && ln "supervisor.$$" supervisor 2>/dev/null || { rm -f "supervisor.$$"; exit 0; }
rm -f "supervisor.$$"
stop() {
  interrupted=1
  [[ -n $command && -z $killer ]] || return
  kill -TERM -- "-$command" 2>/dev/null
  { sleep "$grace"; kill -KILL -- "-$command"; } 2>/dev/null &
  killer=$!
}
trap stop TERM
trap '' INT HUP
"$BASH" -p -c 'eval "$1"; identity $$ >command.new && mv command.new command && kill -0 $PPID 2>/dev/null || exit 125
trap - INT HUP; cd work && . ../environment && exec "$BASH" ../script' taskflow-command "$functions" </dev/null >stdout 2>stderr &
command=$!
if ((limit > 0)); then { sleep "$limit"; : >overtime; kill -TERM $$; } & timer=$!; fi
[[ -e cancel ]] && stop
while :; do
  interrupted=
  wait "$command"
  code=$?
  [[ -n $interrupted ]] || break
done
{ kill -KILL -- "-$command"; for helper in $killer $timer; do kill -KILL -- "-$helper"; done; } 2>/dev/null
if ((code == 0)) && [[ -e output_file ]]; then
  target=$(<output_file)
  cp stdout "$target.part" 2>output_failed && mv "$target.part" "$target" 2>output_failed && rm output_failed
fi
echo "$code" >exit.new && mv exit.new exit
`;

export interface LaunchOptions {
  readonly directory: string;
  /** Seconds between TERM and KILL. */
  readonly graceSeconds: number;
  /** Seconds after which the command is stopped whatever the pusher does; 0 for never. */
  readonly limitSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts a supervisor in a session of its own; harmless when there is one already. Rejects when bash cannot be started. */
export function launchSupervisor(options: LaunchOptions): Promise<void> {
  const { directory, graceSeconds, limitSeconds, environment } = options;
  const child = spawn(
    'bash',
    ['-p', '-c', SCRIPT, 'taskflow-supervisor', directory, String(graceSeconds), String(limitSeconds)],
    { cwd: '/', detached: true, stdio: 'ignore', env: { ...environment } },
  );
  child.unref();
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}
