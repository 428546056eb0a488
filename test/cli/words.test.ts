import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { durationOf, shownAge, shownDuration } from "../../cli/duration.js";
import { failureText } from "../../cli/failure.js";
import { secretsOf } from "../../cli/headers.js";
import { cut, plainText } from "../../cli/plain-text.js";
import { reportOf } from "../../cli/read-report.js";
import { didYouMean } from "../../cli/suggestion.js";
import { targetOf } from "../../cli/target.js";

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
  ])("masks the credentials of %j", (text, masked) => expect(plainText(text)).toBe(masked));

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

  it.each(["", "s", "-1s", "1e3", "1,5s", "2 s", "99", "0", "25d", "99999999999s", "Infinity", "2S"])("%j is refused", (text) =>
    expect(() => durationOf("--x", text)).toThrow(/^--x /),
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
    ["http://user:s3cret@a/?api_key=x&page=2&access-token=y#z", "http://***@a/?api_key=***&page=2&access-token=***"],
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
  it("is every header's value and credentials, but of those that hold none", () => {
    expect(
      secretsOf({ accept: "application/json", "user-agent": "something", authorization: "Bearer abcdefgh", "x-short": "abc" }),
    ).toEqual(["Bearer abcdefgh", "abcdefgh"]);
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

describe("reportOf", () => {
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
        const told = JSON.stringify(reportOf(type, body) ?? {}, (_, value) =>
          typeof value === "string" && !isPrintable(value) ? fail(value) : value,
        );
        return typeof told === "string";
      }),
    );
  });

  const fail = (value: string): never => {
    throw new Error(`not printable: ${JSON.stringify(value)}`);
  };

  it("looks at the first thousand checks of a report", () => {
    const body = `{"status":"down","checks":{${Array.from({ length: 50_000 }, (_, index) => `"a${index}":{"status":"down"}`).join(",")}}}`;
    expect(reportOf("application/json", body)?.causes).toHaveLength(1000);
  });
});
