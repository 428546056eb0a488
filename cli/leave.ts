type Execve = (file: string, args: readonly string[]) => never;

const isLookingUp = (): boolean => process.getActiveResourcesInfo().includes("GetAddrInfoReqWrap");

// A look-up whose name server is silent can't be called off, and Node waits for it as it exits; a process that becomes
// another one does not. Node before 22.15 can't do that.
const end = (exitCode: number): void => {
  const { execve } = process as { execve?: Execve };
  if (execve !== undefined && isLookingUp()) execve(process.execPath, [process.execPath, "-e", `process.exit(${exitCode})`]);
  process.exit(exitCode);
};

/** A reader that has stalled is waited for no longer than this. */
const flushMs = 500;

/** Ends the process once everything is written, whatever else it still waits for. */
export const leave = (exitCode: number): void => {
  setTimeout(end, flushMs, exitCode);
  process.stdout.write("", () => end(exitCode));
};
