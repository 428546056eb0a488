import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { durationOf, shownAge, shownDuration } from "../../cli/duration.js";
import { failureText } from "../../cli/failure.js";
import { secretsOf } from "../../cli/headers.js";
import { outcomeOf } from "../../cli/outcome.js";
import { cut, plainText, quoted } from "../../cli/plain-text.js";
import { reportOf } from "../../cli/read-report.js";
import { settingsOf } from "../../cli/settings.js";
import { showing } from "../../cli/show.js";
import type { WaitState } from "../../cli/streaks.js";
import { didYouMean } from "../../cli/suggestion.js";
import { targetOf } from "../../cli/target.js";
import { progressText } from "../../cli/wait-text.js";
import { cutToColumns } from "../../cli/width.js";

const isPrintable = (text: string): boolean => !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);

describe("plainText", () => {
  it("leaves no control, no invisible character and no half of a pair, whatever the text", () => {
    const anything = fc.array(fc.integer({ min: 0, max: 0x10_ff_ff })).map((points) => String.fromCodePoint(...points));
    const signs = fc
      .array(fc.constantFrom("\u001B", "\u009B", "[", "]", "0;", "m", "\u0007", "://", "@", "\u202E", "\uD83D", "\uDE00", "\n", " "))
      .map((parts) => parts.join(""));
    const isFit = (text: string, most: number): boolean => isPrintable(plainText(text, most)) && plainText(text, most).length <= most;
    fc.assert(fc.property(fc.oneof(anything, signs), fc.integer({ min: 1, max: 300 }), isFit));
  });

  it("takes escape sequences out whole", () => {
    expect(plainText("\u001B[1;31mred\u001B[0m \u001B]8;;http://a\u0007link\u001B]8;;\u0007 \u001B[2Jend")).toBe("red link end");
  });

  it.each([
    ["postgres://app:hunter22@db:5432/orders is down", "postgres://***@db:5432/orders is down"],
    ["a redis://:p@ss/w@cache b", "a redis://***@cache b"],
    ["amqp://a:b@one,amqp://c:d@two", "amqp://***@two"],
    ["http://host/path me@example.org", "http://host/path me@example.org"],
    ["see //app:hunter22@host/", "see //***@host/"],
    ["GET https://host/?api_key=x&exclude=a#access_token=y failed", "GET https://host/?api_key=***&exclude=a#access_token=*** failed"],
    ["why? a=b", "why? a=b"],
  ])("masks the credentials and values of %j", (text, masked) => expect(plainText(text)).toBe(masked));

  it("never shows half of credentials that are longer than what it looks at", () => {
    expect(plainText(`http://${"u".repeat(5000)}:secret@host`, 5000)).toBe("http://***@host");
  });
});

describe("cut", () => {
  it("cuts no character in half", () => {
    expect(["", "ab", "abc", "abcd", "ab😀d"].map((text) => cut(text, 3))).toEqual(["", "ab", "abc", "ab…", "ab…"]);
    expect(cut("a😀bc", 3)).toBe("a…");
  });
});

describe("quoted", () => {
  it("is the word as it was given, and nothing in it is invisible", () => {
    expect(quoted("  a\n\u202E\u009B😀 ")).toBe('"  a\\n\\u{202e}\\u{9b}😀 "');
  });
});

describe("cutToColumns", () => {
  it("counts what is wide in a terminal as two", () => {
    expect(["abc", "漢字", "漢字x", "a漢字", "😀😀😀", "한글"].map((text) => cutToColumns(text, 4))).toEqual(["abc", "漢字", "漢…", "a漢…", "😀…", "한글"]);
    expect(cutToColumns("漢", 1)).toBe("…");
  });
});

describe("progressText", () => {
  it("is a line of at most so many columns, whatever the server says", async () => {
    const outcome = { status: "unhealthy", passes: false, latencyMs: 1, causes: [], message: "漢".repeat(200) } as const;
    const settings = await settingsOf("wait", ["http://a"]);
    const state: WaitState = { all: [{ target: targetOf("http://a"), outcome, streak: 0 }], settings, tookMs: () => 0 };
    const before = "0 of 1 healthy, 0ms of 5m: http://a/ unhealthy 0/3: ";
    expect(progressText(state, before.length + 21)).toBe(`${before}${"漢".repeat(10)}…`);
  });
});

describe("durations", () => {
  it.each([
    ["500ms", 500],
    ["2s", 2000],
    ["1.5s", 1500],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["24d", 2_073_600_000],
    ["2000", 2000],
    ["100", 100],
  ])("%s is %i ms", (text, ms) => expect(durationOf("--x", text)).toBe(ms));

  it.each(["", "s", "-1s", "1e3", "1,5s", "2 s", "99", "0", "0.4", "0.7", "25d", "99999999999s", "Infinity", "2S"])(
    "%j is refused",
    (text) => expect(() => durationOf("--x", text)).toThrow(/^--x /),
  );

  it("are shown in one unit", () => {
    expect([0, 999, 1000, 4234, 59_900, 60_000, 300_000, 5_400_000, 86_400_000].map(shownDuration)).toEqual([
      "0ms",
      "999ms",
      "1s",
      "4.2s",
      "59.9s",
      "1m",
      "5m",
      "1.5h",
      "1d",
    ]);
    expect([-5, 0, 59_999, 60_000, 3_599_999, 3_600_000, 200_000_000].map(shownAge)).toEqual(["0s", "0s", "59s", "1m", "59m", "1h", "2d"]);
  });

  it("are read as they are shown", () => {
    const isNear = (ms: number): boolean => Math.abs(durationOf("--x", shownDuration(ms)) / ms - 1) < 0.05;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.constantFrom("ms", "s", "m", "h"), (count, unit) =>
        isNear(durationOf("--x", `${count}${unit}`)),
      ),
    );
  });
});

describe("targets", () => {
  it.each([
    ["http://127.0.0.1:3000/health/ready", "http://127.0.0.1:3000/health/ready"],
    ["HTTPS://Orders.example", "https://orders.example/"],
    ["orders:3000/health", "http://orders:3000/health"],
    ["localhost:3000", "http://localhost:3000/"],
    ["[::1]:3000/health", "http://[::1]:3000/health"],
    [":3000/health?exclude=a", "http://127.0.0.1:3000/health?exclude=a"],
    ["3000", "http://127.0.0.1:3000/"],
    ["3000/health", "http://127.0.0.1:3000/health"],
    ["unix:/run/app.sock:/health", "unix:/run/app.sock:/health"],
    ["unix:/run/app.sock", "unix:/run/app.sock:/"],
    ["unix:app.sock://evil/x", "unix:app.sock://evil/x"],
    ["http://user:s3cret@a/?api_key=x&page=2&access-token=y#z", "http://***@a/?api_key=***&page=***&access-token=***"],
    ["http://a/?%74oken=x&JWT=x&pass=x&code=x", "http://a/?%74oken=***&JWT=***&pass=***&code=***"],
    ["http://a/?Exclude=x&exclude=redis&verbose", "http://a/?Exclude=***&exclude=redis&verbose"],
    ["unix:/run/app.sock:/health?token=x", "unix:/run/app.sock:/health?token=***"],
    ["http://user@a/", "http://***@a/"],
  ])("%s is shown as %s", (given, shown) => expect(targetOf(given).shown).toBe(shown));

  it("send a URL's credentials, decoded", () => {
    expect(targetOf("http://a%40b:c%2Fd@host/").address.auth).toBe("a@b:c/d");
    expect(targetOf("http://100%:p@host/").address.auth).toBe("100%:p");
  });

  it("are bounded as they are shown", () => expect(targetOf(`http://a/${"x".repeat(5000)}`).shown).toHaveLength(300));

  it.each(["", "/health", "http://", "http://a b/", "ftp://a", "file:///etc/passwd", "javascript:alert(1)", ":", ":99999", "unix:"])(
    "%j is refused",
    (given) => expect(() => targetOf(given)).toThrow(/^expected /),
  );
});

describe("what must never be shown", () => {
  const shown = (text: string, url: string, headers: Record<string, string> = {}): string =>
    showing([...targetOf(url).secrets, ...secretsOf(headers)])(text);

  it("is every header's value, each of several, credentials alone, and what Basic makes of them", () => {
    const basic = `Basic ${Buffer.from("probe:pa55").toString("base64")}`;
    const headers = { authorization: basic, "x-key": "k-1234, k-5678", cookie: "sid=c00kie; theme=dark" };
    expect(shown(`${basic} | ${basic.slice(6)} | probe | pa55 | k-1234 | k-5678 | c00kie`, "http://a", headers)).toBe(
      ["***", "***", "***", "***", "***", "***", "***"].join(" | "),
    );
    expect(shown("Bearer abcd.efgh for abcd.efgh", "http://a", { authorization: "Bearer abcd.efgh" })).toBe("*** for ***");
  });

  it("is a URL's user name and password, as it stands, decoded and as it is sent", () => {
    const sent = Buffer.from("sk_live_1:p@ss").toString("base64");
    expect(shown(`sk_live_1 p@ss p%40ss Basic ${sent}`, "http://sk_live_1:p%40ss@a/")).toBe("*** *** *** Basic ***");
    expect(shown(`sk_live_1 ${Buffer.from("sk_live_1:").toString("base64")}`, "http://sk_live_1@a/")).toBe("*** ***");
  });

  it("is a query's values, as they stand and decoded, but of those that hold none", () => {
    expect(shown("a%2Fb+c | a/b c | a/b+c | redis", "http://a/?token=a%2Fb+c&exclude=redis")).toBe("*** | *** | *** | redis");
  });

  it("is nothing that is shorter than four characters, and no header that holds no secret", () => {
    expect(shown("abc text/plain", "http://a:abc@b/?c=abc", { "x-key": "abc", accept: "text/plain" })).toBe("abc text/plain");
    expect(shown("abcd", "http://b", { "x-key": "abcd" })).toBe("***");
  });

  it("is masked whole where it is cut, and where it holds another", () => {
    const secret = `SECRET${"x".repeat(300)}`;
    expect(shown(`${"a".repeat(190)} ${secret}`, "http://a", { "x-key": secret })).toBe(`${"a".repeat(190)} ***`);
    expect(shown("abcdefgh", "http://a/?one=abcd&two=abcdefgh")).toBe("***");
  });
});

describe("didYouMean", () => {
  it("names what is near, or ends alike, and nothing else", () => {
    const known = ["--timeout", "--request-timeout", "--header", "--json"];
    expect(["--timeot", "--headers", "--jsno", "--quite", `--${"x".repeat(100)}`].map((word) => didYouMean(word, known))).toEqual([
      '; did you mean "--timeout"?',
      '; did you mean "--header"?',
      '; did you mean "--json"?',
      "",
      "",
    ]);
    expect(didYouMean("--timeout", ["--request-timeout"])).toBe('; did you mean "--request-timeout"?');
  });
});

describe("failureText", () => {
  const error = (code: string, more: object = {}) => Object.assign(new Error("at 10.0.0.1 with s3cret"), { code, ...more });

  it.each([
    [error("ECONNREFUSED"), "connection refused (ECONNREFUSED)"],
    [error("HPE_INVALID_HEADER_TOKEN"), "the answer is not HTTP/1 (HPE_INVALID_HEADER_TOKEN)"],
    [error("ERR_SSL_SOMETHING"), "TLS failed (ERR_SSL_SOMETHING)"],
    [error("ESTRANGE"), "the connection failed (ESTRANGE)"],
    [error("constructor"), "the connection failed (constructor)"],
    [new Error("s3cret"), "the connection failed"],
    [undefined, "the connection failed"],
  ])("names the kind and the code, and nothing of the message: %s", (failure, text) => expect(failureText(failure)).toBe(text));

  it("tells the server that refuses before the network that is not there", () => {
    expect(failureText(error("ENETUNREACH", { errors: [error("ENETUNREACH"), error("ECONNREFUSED")] }))).toBe(
      "connection refused (ECONNREFUSED)",
    );
    expect(failureText(error("X", { errors: [] }))).toBe("the connection failed (X)");
  });
});

describe("what is read from a body", () => {
  it("never throws, and what it tells can be shown, whatever the body", () => {
    const bodies = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .object({ key: fc.constantFrom("status", "causes", "checks", "components", "reason", "message", "__proto__", "a") })
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.constantFrom("application/json", "text/plain", "text/html", undefined), bodies, (type, body) => {
        const answer = { statusCode: 200, headers: { "content-type": type }, body };
        const told = JSON.stringify(outcomeOf(answer, { expectations: { failsDegraded: false }, show: showing([]) }), (_, value) =>
          typeof value === "string" && !isPrintable(value) ? fail(value) : value,
        );
        return typeof told === "string";
      }),
    );
  });

  const fail = (value: string): never => {
    throw new Error(`not printable: ${JSON.stringify(value)}`);
  };

  it("is a name that is text, whatever stands there", () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const body = `{"status":"down","causes":[{"toString":1},${deep},7,"redis"],"checks":{"redis":{"reason":"timeout"}}}`;
    expect(reportOf("application/json", body)).toMatchObject({
      status: "unhealthy",
      causes: [{ name: "unnamed" }, { name: "unnamed" }, { name: "7" }, { name: "redis", reason: "timeout" }],
    });
    const list = '{"checks":[{"name":{"toString":1},"status":"down"}]}';
    expect(reportOf("application/json", list)?.causes).toMatchObject([{ name: "unnamed" }]);
  });

  it("looks at the first thousand checks of a report", () => {
    const body = `{"status":"down","checks":{${Array.from({ length: 50_000 }, (_, index) => `"a${index}":{"status":"down"}`).join(",")}}}`;
    expect(reportOf("application/json", body)?.causes).toHaveLength(1000);
  });
});
