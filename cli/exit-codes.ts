/**
 * What the process ends with. Docker knows 0 and 1 and reserves 2; 64 and 70 are those of sysexits.h, and a signal's is 128
 * and its number, as shells say it.
 * https://docs.docker.com/reference/dockerfile/#healthcheck
 */
export const exitCodes = { passed: 0, failed: 1, usage: 64, internal: 70, SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
