// Runs a release strategy with real processes behind a real load balancer, under load, and draws what happened.
//   node examples/releases/run.mjs rolling|blue-green|canary|recreate|deploy|crash [options], or help
// Exit code: 0 released (or recovered), 1 rolled back, 2 the run itself failed, 64 wrong use.
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseOptions, usage } from "./support/options.mjs";
import { summarise } from "./picture/summary.mjs";
import { drawSvg } from "./picture/svg.mjs";
import { drawText } from "./picture/text.mjs";
import { perform } from "./support/stage.mjs";
import { blueGreen } from "./strategies/blue-green.mjs";
import { canary } from "./strategies/canary.mjs";
import { crash } from "./strategies/crash.mjs";
import { deploy } from "./strategies/deploy.mjs";
import { recreate } from "./strategies/recreate.mjs";
import { rolling } from "./strategies/rolling.mjs";

const plans = { rolling, "blue-green": blueGreen, canary, recreate, deploy, crash };
const exitCodes = { released: 0, recovered: 0, "rolled back": 1 };

const keep = async (wanted, { name, result, summary }) => {
  const folder = wanted ?? (await mkdtemp(join(tmpdir(), "release-")));
  await mkdir(folder, { recursive: true });
  const file = (ending) => join(folder, `${name}.${ending}`);
  await writeFile(file("svg"), drawSvg(result, summary));
  await writeFile(file("json"), `${JSON.stringify({ ...result, summary })}\n`);
  console.log(`\n${file("svg")} shows it as a picture, ${file("json")} holds every figure.`);
};

const main = async () => {
  const { options, problem, isHelp = false } = parseOptions(process.argv.slice(2));
  if (isHelp) {
    console.log(usage);
    return 0;
  }
  if (problem !== undefined) {
    console.error(`${problem}\n${usage}`);
    return 64;
  }
  const result = await perform(plans[options.strategy], options);
  const summary = summarise(result);
  console.log(`\n${drawText(result, summary)}`);
  await keep(options.out, { name: options.strategy, result, summary });
  return exitCodes[result.outcome] ?? 2;
};

process.exitCode = await main().catch((error) => {
  console.error(error);
  return 2;
});
