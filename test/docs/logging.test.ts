import { existsSync } from "node:fs";
import { Writable } from "node:stream";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { createHealth, type Health, type Logger } from "probekit";
import { describe, expect, it } from "vitest";
import { createLogger, format, transports } from "winston";
import { pageOf } from "./support/snippets.js";

const refused = new Error("connection refused (ECONNREFUSED)", { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }) });
const sentence = expect.stringMatching(/^check "database" is error \(failed: connection refused \(ECONNREFUSED\)\); it was pending for \d+\.\d s$/);

/** Lets a logger hear of one failing check. */
const failOnce = async (logger: Logger): Promise<void> => {
  const health = createHealth({ logger });
  health.register("database", () => Promise.reject(refused));
  await health.report("ready");
};

/** A stream that keeps the lines written to it. */
const memory = () => {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  return { stream, last: (): unknown => JSON.parse(lines.at(-1) ?? "null") };
};

describe("docs/logging.md", () => {
  const page = pageOf("docs/logging.md");

  it("names every snippet", () => {
    expect(page.names).toEqual(["entry.ts", "pino.ts", "winston.ts", "open-telemetry.ts"]);
    expect(page.count).toBe(page.names.length);
  });

  it("has snippets that pass the types", async () => {
    expect(await page.compile()).toBe("");
  }, 120_000);

  it("has links that lead somewhere", () => {
    expect(page.links.length).toBeGreaterThan(0);
    expect(page.links.filter((link) => !existsSync(link))).toEqual([]);
  });

  it("takes the fields of an entry apart", async () => {
    const { health, written } = (await page.load("entry.ts")) as { health: Health; written: () => string[] };
    health.register("database", () => Promise.reject(refused));
    await health.report("ready");
    expect(JSON.parse(written().at(-1) ?? "null")).toMatchObject({ level: "error", event: "change", message: sentence, check: "database", status: "error", previousStatus: "pending" });
  });

  it("has a recipe that pino writes whole", async () => {
    const { pinoLogger } = (await page.load("pino.ts")) as { pinoLogger: (to: Writable) => Logger };
    const { stream, last } = memory();
    await failOnce(pinoLogger(stream));
    expect(last()).toMatchObject({
      level: 50,
      component: "health",
      event: "change",
      check: "database",
      status: "error",
      msg: sentence,
      error: { message: refused.message, stack: refused.stack, cause: { code: "ECONNREFUSED" } },
    });
  });

  it("has a recipe that winston writes whole", async () => {
    const { winstonLogger } = (await page.load("winston.ts")) as { winstonLogger: (to: unknown) => Logger };
    const { stream, last } = memory();
    await failOnce(winstonLogger(createLogger({ format: format.json(), transports: [new transports.Stream({ stream })] })));
    expect(last()).toMatchObject({
      level: "error",
      component: "health",
      event: "change",
      check: "database",
      status: "error",
      message: sentence,
      error: { message: refused.message, stack: refused.stack, cause: { code: "ECONNREFUSED" } },
    });
  });

  it("has a recipe that OpenTelemetry exports whole", async () => {
    const { openTelemetryLogger } = (await page.load("open-telemetry.ts")) as { openTelemetryLogger: (provider: unknown) => Logger };
    const exporter = new InMemoryLogRecordExporter();
    await failOnce(openTelemetryLogger(new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })));
    const record = exporter.getFinishedLogRecords().at(-1);
    expect(record).toMatchObject({ severityNumber: 17, severityText: "ERROR", eventName: "probekit.change", body: sentence });
    expect(record?.attributes).toEqual({
      "probekit.check": "database",
      "probekit.check.status": "error",
      "probekit.check.previous_status": "pending",
      "probekit.lasted_ms": expect.any(Number),
      "exception.type": "Error",
      "exception.message": refused.message,
      "exception.stacktrace": `${refused.stack}\nCaused by: ${(refused.cause as Error).stack} (ECONNREFUSED)`,
    });
  });
});
