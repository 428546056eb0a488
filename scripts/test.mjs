// `npm test`, the one command: installs what is missing, then runs every step in order, none of them left out because
// another failed. Each test of Vitest counts as one, each other step too. Last line: `N passed, N failed[, N skipped]`.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { install, root, run } from "./ensure.mjs";
import { findingsIn, isTold, tableOf } from "./faults.mjs";

const temporary = mkdtempSync(join(tmpdir(), "probekit-test-"));
const isCi = process.env.CI === "true";
const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
/** Skipped tests by file. */
const skips = new Map();

const record = (name, passed) => {
  counts[passed ? "passed" : "failed"] += 1;
  if (!passed) failures.push(name);
};

const announce = (name) => console.log(`\n=== ${name}`);

const step = (name, command, args) => {
  announce(name);
  record(name, run(command, args));
};

const npmRun = (script) => step(script, "npm", ["run", "--silent", script]);

/** Suites that start servers, processes and installations come last, so that the quick ones speak first. */
const late = ["cli", "shutdown", "checks", "faults", "examples", "releases", "dist", "performance", "consumers", "next"];

const hasTests = (folder) => readdirSync(join(root, "test", folder), { recursive: true }).some((file) => file.endsWith(".test.ts"));

const suites = () =>
  readdirSync(join(root, "test"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && hasTests(entry.name))
    .map((entry) => entry.name)
    .sort((a, b) => late.indexOf(a) - late.indexOf(b) || a.localeCompare(b));

const readResults = (file) => {
  try {
    return JSON.parse(readFileSync(file, "utf8")).testResults;
  } catch {
    return [];
  }
};

const recordFile = ({ name, status, assertionResults }) => {
  const failed = assertionResults.filter((test) => test.status === "failed");
  for (const test of assertionResults) {
    if (test.status === "passed") counts.passed += 1;
    else if (test.status !== "failed") skips.set(name, (skips.get(name) ?? 0) + 1);
  }
  for (const test of failed) record(test.fullName, false);
  // A file that does not load, or whose hook fails, has no failed test to show for it.
  if (status === "failed" && failed.length === 0) record(relative(root, name), false);
};

const suite = (name) => {
  announce(`test/${name}`);
  const output = join(temporary, `${name}.json`);
  const before = counts.failed;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${output}`];
  const ok = run("npx", ["vitest", "run", `test/${name}/`, ...reporters]);
  const files = readResults(output);
  for (const file of files) recordFile(file);
  // Vitest also fails for what no test owns, such as an unhandled rejection.
  if ((!ok && counts.failed === before) || files.length === 0) record(`test/${name}`, false);
  return files;
};

/** The fault matrix is drawn, and docs/faults.md has to tell the same. Where a part is missing, so are its rows. */
const faultMatrix = () => {
  const findings = findingsIn(suite("faults"));
  console.log(`\n${tableOf(findings)}`);
  if (isCi) record("docs/faults.md tells what the fault matrix found", isTold(findings));
};

/** What is published, as it is published. */
const tarballSteps = () => {
  announce("pack");
  const packed = run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", temporary]);
  record("pack", packed);
  const tarball = join(temporary, readdirSync(temporary).find((file) => file.endsWith(".tgz")) ?? "missing.tgz");
  step("publint", "npx", ["publint", "run", tarball, "--strict"]);
  // Node 20 and every bundler of today read the exports map; only the resolution of TypeScript 4.6 and before does not.
  step("attw", "npx", ["attw", tarball, "--profile", "node16", "--format", "table-flipped"]);
};

const summarise = () => {
  for (const [file, count] of skips) {
    counts.skipped += count;
    console.log(`SKIPPED ${count} in ${relative(root, file)}`);
  }
  if (isCi && counts.skipped > 0) record("nothing is skipped where CI=true", false);
  for (const name of failures) console.log(`FAILED ${name}`);
  const { passed, failed, skipped } = counts;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
};

const main = () => {
  if (!install()) return record("install", false);
  for (const script of ["typecheck", "lint", "exports:check", "build"]) npmRun(script);
  for (const name of suites()) {
    if (name === "faults") faultMatrix();
    else suite(name);
  }
  tarballSteps();
  npmRun("size");
};

try {
  main();
} finally {
  rmSync(temporary, { recursive: true, force: true });
  console.log("");
  summarise();
}
