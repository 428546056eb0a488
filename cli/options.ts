/** The commands. */
export const commands = ["check", "wait", "watch"] as const;

/** One of them. */
export type Command = (typeof commands)[number];

/** An option of the command line: how it is spelled, and what the help says. */
export interface Option {
  /** Without its dashes. */
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help; a switch has none. */
  readonly value?: string;
  readonly isRepeatable?: true;
  /** Those that know it; all of them unless it says so. */
  readonly of?: readonly Command[];
  readonly help: string;
}

/** Every option, in the order of the help. */
export const options: readonly Option[] = [
  { name: "timeout", short: "t", value: "DURATION", of: ["check"], help: "limit of the whole exchange (2s)" },
  { name: "timeout", short: "t", value: "DURATION", of: ["wait"], help: "when to give up (5m)" },
  { name: "successes", value: "N", of: ["wait"], help: "how many times in a row each must be healthy (3)" },
  { name: "interval", value: "DURATION", of: ["wait", "watch"], help: "from one request to the next (1s)" },
  { name: "request-timeout", value: "DURATION", of: ["wait", "watch"], help: "limit of one whole exchange (2s)" },
  { name: "expect", value: "WHAT", isRepeatable: true, help: "degraded=fail, version=VERSION, service=NAME" },
  { name: "header", short: "H", value: "HEADER", isRepeatable: true, help: "'Name: value', or @FILE with one on each line; never shown" },
  { name: "json", help: "a line of JSON instead of one for people" },
  { name: "quiet", short: "q", of: ["check", "wait"], help: "say nothing: the exit code alone" },
  { name: "unix-socket", value: "PATH", help: "connect to this socket, whatever host the URL names" },
  { name: "ca", value: "FILE", help: "trust these authorities (PEM), and no others" },
  { name: "cert", value: "FILE", help: "show this client certificate (PEM)" },
  { name: "key", value: "FILE", help: "its private key (PEM), where --cert does not hold it" },
  { name: "servername", value: "NAME", help: "the name that the certificate must be for" },
  { name: "insecure", short: "k", help: "don't verify the server's certificate" },
  { name: "help", short: "h", help: "this" },
  { name: "version", short: "v", help: "the version" },
];

/** The options that a command knows. */
export const optionsOf = (command: Command): readonly Option[] => options.filter(({ of }) => of === undefined || of.includes(command));
