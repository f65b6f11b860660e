/** Where `--help` or `-h` is among the words of the command, says how it is used and exits with 0. */
export function answerHelp(usage: string): void {
  const words = process.argv.slice(2);
  if (!words.includes('--help') && !words.includes('-h')) return;
  process.stdout.write(usage);
  process.exit(0);
}

/** For a command that takes none: `--help` is answered, any other word is refused with the usage and exit code 2. */
export function takeNoOptions(usage: string): void {
  answerHelp(usage);
  const [word] = process.argv.slice(2);
  if (word === undefined) return;
  process.stderr.write(`"${word}" is not known here.\n${usage}`);
  process.exit(2);
}
