import { setTimeout as delay } from "node:timers/promises";

/** How long an answer may take, in milliseconds. */
const timeoutMs = 2000;

const ask = async (base, path, method) => {
  const response = await fetch(base + path, { method, headers: { connection: "close" }, signal: AbortSignal.timeout(timeoutMs) });
  await response.arrayBuffer();
  return { status: response.status, version: response.headers.get("x-version") ?? "none" };
};

const problemOf = (error) => (error.name === "TimeoutError" ? `no answer within ${timeoutMs} ms` : (error.cause?.code ?? error.message));

const askSafely = (base, path, method) => ask(base, path, method).catch((error) => ({ problem: problemOf(error) }));

const requests = [["GET", "/"], ["POST", "/"], ["GET", "/work?ms=10"]];

const judge = ({ status, problem }, request) => {
  if (problem !== undefined) return `${request}: ${problem}`;
  return status < 300 ? undefined : `${request} answered ${status}`;
};

/** Asks until the version answers: a balancer that has just loaded its configuration answers from the old one for a moment. */
const firstAnswer = async ({ base, version, withinMs }) => {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await askSafely(base, "/", "GET");
    if (answer.version === version || answer.problem !== undefined || answer.version === "none" || performance.now() > end) return answer;
    await delay(50);
  }
};

/**
 * The smoke test: what a user does, on the service's own routes.
 * @returns `undefined` when it passed, or what failed
 */
export const smokeTest = async ({ base, version, withinMs = 3000 }) => {
  const first = await firstAnswer({ base, version, withinMs });
  const problem = judge(first, "GET /");
  if (problem !== undefined) return problem;
  if (first.version !== version) return `${version} does not answer, but ${first.version}`;
  for (const [method, path] of requests) {
    const failed = judge(await askSafely(base, path, method), `${method} ${path}`);
    if (failed !== undefined) return failed;
  }
  return undefined;
};
