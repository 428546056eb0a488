// `npm run test:faults`: puts every ready-made check through every fault, prints the matrix as a table, and says whether
// docs/faults.md still tells the same; `-- --write` writes that page anew.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, run } from "./ensure.mjs";

const page = join(root, "docs/faults.md");

const faults = ["up", "refused", "frozen", "dark", "reset", "slow", "restarted", "password", "exhausted"];

/** What the tests of Vitest's JSON report found, in the order of the rows' names. */
export const findingsIn = (files) =>
  files
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed")
    .flatMap(({ meta }) => meta?.findings ?? []);

const rowsOf = (findings) => {
  const rows = new Map();
  for (const finding of findings) {
    const key = `${finding.row} | ${finding.against}`;
    rows.set(key, { ...rows.get(key), [finding.fault]: finding });
  }
  return [...rows].toSorted(([a], [b]) => a.localeCompare(b));
};

// "connection refused (ECONNREFUSED)" and "pool exhausted: 2 of 2 connections are in use", without what differs from run to run.
const kindOf = ({ reason, message = "" }) => (reason === "timeout" ? "timeout" : (message.split(/[(:;]/)[0] ?? "").trim());

const mark = ({ recovery }) => (recovery === "after the client reconnected" ? " †" : "");

/** One cell without its time: `error connection refused`. */
const said = (finding) => {
  if (finding === undefined) return "";
  if (finding.without !== undefined) return "–";
  const kind = finding.status === "ok" ? "" : ` ${kindOf(finding)}`;
  return `${finding.status}${kind}${mark(finding)}`;
};

const line = (cells) => `| ${cells.join(" | ")} |`;

const markdown = (findings, cell) =>
  [line(["check", "against", ...faults]), line(["---", "---", ...faults.map(() => "---")])]
    .concat(rowsOf(findings).map(([key, row]) => line([...key.split(" | "), ...faults.map((fault) => cell(row[fault]))])))
    .join("\n");

const reasons = (findings) => {
  const notes = new Map();
  for (const { row, fault, without } of findings.filter((finding) => finding.without !== undefined)) {
    const key = `${row}: ${without}`;
    notes.set(key, [...(notes.get(key) ?? []), fault]);
  }
  return [...notes].toSorted(([a], [b]) => a.localeCompare(b)).map(([key, which]) => `- ${key} (${which.join(", ")})`).join("\n");
};

const head = `# What each check says under each fault

Seen by the tests, on real servers, drivers and sockets, at each run of \`npm test\`; \`npm run test:faults\` prints this table
with the times, and \`npm run test:faults -- --write\` writes it anew. Each cell asserts the status, the reason, the kind of
failure that the message names and the time it took, and that the check is as before by the next run after the fault is lifted.

| fault | what is done |
|---|---|
| up | nothing |
| refused | nobody listens any more; open connections are reset |
| frozen | the server's processes are stopped (SIGSTOP): it accepts connections and answers nothing |
| dark | a proxy before the server goes on accepting and forwards nothing, in either direction |
| reset | each connection is reset in the middle of the server's next reply |
| slow | each reply is held back for 200 ms, within the check's timeout |
| restarted | the server is killed without a word, and started again |
| password | the client was given a wrong one |
| exhausted | everything that the client's pool may lend is lent |

A row that says that up was not seen has no server here: its driver met a port that nobody listens on (refused), a listener that
answers nothing (dark) and one that resets at the first bytes (reset).

node:sqlite, which Node has since 22.13, is a row of the printed table there; it says what better-sqlite3 does.

† The application's client is one connection that it has to replace or that connects again by itself, at its own pace: the
check is ok by the next run after that.
`;

/** The page as these findings would have it, the same on every Node: without rows that only newer ones have. */
export const pageOf = (all) => {
  const findings = all.filter(({ since }) => since === undefined);
  return `${head}\n${markdown(findings, said)}\n\n## Cells that there are not\n${reasons(findings)}\n`;
};

// What must agree: each cell's status, and whether it is a timeout. Which of two kinds a race ends in may differ.
const essence = (text) => {
  const cell = (value) => /^(?:ok|warn|error timeout|error|–)/.exec(value.trim())?.[0] ?? value.trim();
  return text.split("\n").map((row) => (row.startsWith("|") ? row.split("|").map(cell).join("|") : row)).join("\n");
};

/** Whether docs/faults.md says what was found. */
export const isTold = (findings) => {
  try {
    return essence(readFileSync(page, "utf8")) === essence(pageOf(findings));
  } catch {
    return false;
  }
};

const timed = (finding) => {
  const text = said(finding);
  return finding?.tookMs === undefined ? text : `${text}, ${finding.tookMs} ms`;
};

const triedAgain = (findings) =>
  findings
    .filter(({ attempt = 1 }) => attempt > 1)
    .map(({ row, against, fault, attempt }) => `\n${row} on ${against}, ${fault}: seen at attempt ${attempt}`)
    .join("");

/** The matrix with its times, for a terminal, and which cells were seen at a later attempt only. */
export const tableOf = (findings) => `${markdown(findings, timed)}${triedAgain(findings)}`;

const main = () => {
  const temporary = mkdtempSync(join(tmpdir(), "probekit-faults-"));
  try {
    const output = join(temporary, "faults.json");
    const ok = run("npx", ["vitest", "run", "test/faults/", "--reporter=default", "--reporter=json", `--outputFile.json=${output}`]);
    const findings = findingsIn(JSON.parse(readFileSync(output, "utf8")).testResults);
    console.log(`\n${tableOf(findings)}\n`);
    if (process.argv.includes("--write")) writeFileSync(page, pageOf(findings));
    const told = isTold(findings);
    if (!told) console.error("docs/faults.md tells something else: npm run test:faults -- --write");
    if (!ok || !told) process.exitCode = 1;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main();
