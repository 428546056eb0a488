const code = "PROBEKIT_USAGE";

/** An error that says in one sentence what is wrong with the command line; it ends with exit code 64. Holds no secret. */
export const usageError = (message: string): Error => Object.assign(new Error(message), { code });

/** @throws always, what {@link usageError} makes */
export const misused = (message: string): never => {
  throw usageError(message);
};

/** Whether an error came from {@link usageError}. */
export const isUsageError = (error: unknown): error is Error => error instanceof Error && (error as { code?: unknown }).code === code;
