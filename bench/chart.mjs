// The ratios as a picture: bars of ours beside the baselines and the peers, one group a framework.
const [left, width, bar, gap, group] = [250, 620, 18, 5, 34];

const titles = { http: "node:http", express: "Express 5", fastify: "Fastify 5", koa: "Koa 3" };

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const named = { limit: "limit: one constant", habit: "habit: an object" };

/** The bars of one framework, each as a share of ours: the ratios of one round, not rates of different moments. */
const barsOf = (rows) => [
  { name: "probekit", share: 1, ours: true },
  ...rows.map(({ other, ratio, counts }) => ({ name: `${named[other] ?? other}${counts ? "" : " *"}`, share: 1 / ratio, ours: false })),
];

/** An SVG of the rates with two checks. */
export const chart = ({ rows }) => {
  const frameworks = [...new Set(rows.map(({ framework }) => framework))];
  const groups = frameworks.map((framework) => ({ framework, bars: barsOf(rows.filter((row) => row.framework === framework && row.checks === 2)) }));
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ share }) => share)));
  const parts = [];
  let y = 56;
  for (const { framework, bars } of groups) {
    parts.push(`<text x="16" y="${y}" class="title">${titles[framework]}</text>`);
    y += 10;
    for (const { name, share, ours } of bars) {
      const length = Math.round((share / most) * width);
      parts.push(
        `<text x="${left - 8}" y="${y + bar - 5}" text-anchor="end">${escaped(name)}</text>`,
        `<rect x="${left}" y="${y}" width="${length}" height="${bar}" rx="2" class="${ours ? "ours" : "other"}"/>`,
        `<text x="${left + length + 6}" y="${y + bar - 5}">${share.toFixed(2)}</text>`,
      );
      y += bar + gap;
    }
    y += group - 10;
  }
  const style = `text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:13px}.ours{fill:#1a7f37}.other{fill:#afb8c1}.ground{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.other{fill:#57606a}.ours{fill:#3fb950}.ground{fill:#0d1117}}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 90} ${y + 6}" role="img" aria-label="Fresh ready reports a second">
<style>${style}</style>
<rect class="ground" width="100%" height="100%"/>
<text x="16" y="26" class="title">Fresh ready reports of two checks a second, as a share of probekit's: more is faster</text>
${parts.join("\n")}
<text x="16" y="${y - 8}">* in a run whose baseline differed from itself by more than 3 %: it does not count</text>
</svg>
`;
};
